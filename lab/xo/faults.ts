import { setTimeout as sleep } from "node:timers/promises";
import { XoError } from "./errors.ts";

/** An error that the next calls of a method get. */
interface Failure {
  readonly method: string;
  readonly code: number;
  readonly message: string;
  /** After: the method does its work first, and only its answer is lost. */
  readonly when: "before" | "after";
  times: number;
}

interface Delay {
  readonly method: string;
  readonly milliseconds: number;
  times: number;
}

/** Faults that tests ask for. A method name of "*" means every method of XO's outside `lab.`; XAPI's begin with `xapi.`. */
export class Faults {
  private failures: Failure[] = [];
  private delays: Delay[] = [];
  private readonly held: string[] = [];
  private readonly connections = new Set<() => void>();

  failNext(failure: Readonly<Failure>): void {
    this.failures.push({ ...failure });
  }

  delay(delay: Readonly<Delay>): void {
    this.delays.push({ ...delay });
  }

  /** Takes all faults back. */
  clear(): void {
    this.failures = [];
    this.delays = [];
  }

  /** Runs a method under the faults that are asked for it. */
  async around<T>(method: string, run: () => Promise<T>): Promise<T> {
    const delay = this.take(this.delays, method);
    if (delay) await this.hold(delay);
    const failure = this.take(this.failures, method);
    if (failure?.when === "before") throw new XoError(failure.code, failure.message);
    const result = await run();
    if (failure) throw new XoError(failure.code, failure.message);
    return result;
  }

  /** How many calls of a method have arrived and wait out their delay. */
  heldCalls(method: string): number {
    return this.held.filter((each) => each === method).length;
  }

  /** Registers a connection that can be dropped. Returns what takes it off the list. */
  watch(drop: () => void): () => void {
    this.connections.add(drop);
    return () => this.connections.delete(drop);
  }

  /** Drops all connections without a good-bye and returns how many there were. */
  dropConnections(): number {
    const count = this.connections.size;
    for (const drop of [...this.connections]) drop();
    return count;
  }

  private async hold({ method, milliseconds }: Delay): Promise<void> {
    this.held.push(method);
    await sleep(milliseconds);
    this.held.splice(this.held.indexOf(method), 1);
  }

  private take<T extends { readonly method: string; times: number }>(
    list: T[],
    method: string,
  ): T | undefined {
    if (method.startsWith("lab.")) return undefined;
    const found = list.find(
      (each) =>
        each.times > 0 && (each.method === method || (each.method === "*" && !method.startsWith("xapi."))),
    );
    if (found) found.times--;
    return found;
  }
}

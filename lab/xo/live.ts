import type { GuestFacts } from "../hypervisor/types.ts";
import { newId } from "./stable-id.ts";
import type { LiveVm, Operations } from "./views/vm.ts";

/** What is known of the guests only while this process runs: their agents' facts and operations under way. */
export class Live {
  private readonly facts = new Map<string, GuestFacts>();
  private readonly operations = new Map<string, Operations>();
  private readonly queues = new Map<string, Promise<unknown>>();
  private readonly listeners: (() => void)[] = [];
  /** Grows with every change. */
  revision = 0;

  of(vm: string): LiveVm {
    return { facts: this.facts.get(vm), operations: this.operations.get(vm) ?? {} };
  }

  /** Sets or, with undefined, forgets the facts of a guest. Returns whether that changed anything. */
  setFacts(vm: string, facts: GuestFacts | undefined): boolean {
    if (JSON.stringify(this.facts.get(vm)) === JSON.stringify(facts)) return false;
    if (facts) this.facts.set(vm, facts);
    else this.facts.delete(vm);
    this.changed();
    return true;
  }

  /** Runs an operation on a VM after those that were asked for before; it shows while it runs. */
  exclusive<T>(vm: string, operation: string, run: () => Promise<T>): Promise<T> {
    const before = this.queues.get(vm) ?? Promise.resolve();
    const result = before.then(async () => {
      const task = newId();
      this.setOperations(vm, { ...this.operations.get(vm), [task]: operation });
      try {
        return await run();
      } finally {
        const { [task]: _done, ...rest } = this.operations.get(vm) ?? {};
        this.setOperations(vm, rest);
      }
    });
    const settled = result.catch(() => undefined);
    this.queues.set(vm, settled);
    void settled.then(() => {
      if (this.queues.get(vm) === settled) this.queues.delete(vm);
    });
    return result;
  }

  /** Called after each change. */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  private setOperations(vm: string, operations: Operations): void {
    if (Object.keys(operations).length > 0) this.operations.set(vm, operations);
    else this.operations.delete(vm);
    this.changed();
  }

  private changed(): void {
    this.revision++;
    for (const listener of this.listeners) listener();
  }
}

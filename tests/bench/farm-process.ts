import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StateFigures } from "./state.ts";

/** What one run of the engine took. */
export interface Taken {
  readonly seconds: number;
  /** Seconds of processor time of the engine with its program and plug-ins: what else runs hardly changes it. */
  readonly processor: number;
}

/** What a farm of the bench can be asked for. */
export interface FarmCalls {
  /** Makes so many sites, and as many resources that do nothing. Once. */
  up(sites: number): Promise<StateFigures & Taken>;
  /** A preview in which nothing changed. */
  preview(): Promise<Taken>;
  /** The same with the policy pack. */
  judged(): Promise<Taken>;
  /** A preview of the resources that do nothing, in which nothing changed. */
  noop(): Promise<Taken>;
  /** A preview after one tenant changed. */
  changed(): Promise<Taken>;
}

/** A call between the processes. */
export interface Request {
  readonly call: keyof FarmCalls;
  readonly args: readonly number[];
}

/** Its answer. */
export type Answer = { readonly result: unknown } | { readonly failure: string };

/** A farm on paper in a process of its own, since a process has one FARM_HOME; removed when it is closed. */
export class FarmProcess implements FarmCalls {
  readonly #child: ChildProcess;

  constructor() {
    const home = mkdtempSync(join(tmpdir(), "farm-bench-"));
    this.#child = fork(join(import.meta.dirname, "farm-main.ts"), {
      env: { ...process.env, FARM_HOME: home },
    });
  }

  up(sites: number): ReturnType<FarmCalls["up"]> {
    return this.#ask<Awaited<ReturnType<FarmCalls["up"]>>>("up", sites);
  }

  preview(): Promise<Taken> {
    return this.#ask("preview");
  }

  judged(): Promise<Taken> {
    return this.#ask("judged");
  }

  noop(): Promise<Taken> {
    return this.#ask("noop");
  }

  changed(): Promise<Taken> {
    return this.#ask("changed");
  }

  /** Stops everything of it and removes its folder. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, "exit");
    this.#child.disconnect();
    await exit;
  }

  async #ask<Result>(call: keyof FarmCalls, ...args: readonly number[]): Promise<Result> {
    const ended = new AbortController();
    const { signal } = ended;
    try {
      const died = once(this.#child, "exit", { signal }).then(() => ({
        failure: "the farm's process ended",
      }));
      const answered = once(this.#child, "message", { signal }).then(([answer]) => answer as Answer);
      this.#child.send({ call, args } satisfies Request);
      const answer = await Promise.race([answered, died]);
      if ("failure" in answer) throw new Error(answer.failure);
      return answer.result as Result;
    } finally {
      ended.abort();
    }
  }
}

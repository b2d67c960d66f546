import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KillPlan } from "../support/kill-plan.ts";

/** What the process says after a round. */
export type RoundAnswer = { readonly said: string } | { readonly failure: string };

/** A farm on paper in a process of its own, since a process has one FARM_HOME; its runs are killed. */
export class KilledFarmProcess {
  readonly #child: ChildProcess;

  constructor() {
    const home = mkdtempSync(join(tmpdir(), "farm-killed-"));
    this.#child = fork(join(import.meta.dirname, "killed-farm-main.ts"), {
      env: { ...process.env, FARM_HOME: home },
    });
  }

  /** Kills a run, heals, runs again and counts. @throws Error with what is not as it should be */
  async round(plan: KillPlan): Promise<void> {
    const ended = new AbortController();
    const { signal } = ended;
    try {
      const died = once(this.#child, "exit", { signal }).then((): RoundAnswer => ({ failure: "it ended" }));
      const answered = once(this.#child, "message", { signal }).then(([answer]) => answer as RoundAnswer);
      this.#child.send(plan);
      const answer = await Promise.race([answered, died]);
      if ("failure" in answer) throw new Error(answer.failure);
      console.log(`  ${answer.said}`);
    } finally {
      ended.abort();
    }
  }

  /** Stops everything of it and removes its folder. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, "exit");
    this.#child.disconnect();
    await exit;
  }
}

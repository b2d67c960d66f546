import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What the process says after a round. */
export type RoundAnswer = { readonly said: string } | { readonly failure: string };

/** A farm on paper in a process of its own, since a process has one FARM_HOME. */
export class ChildFarm<Plan extends object> {
  readonly #child: ChildProcess;

  /** @param main the process's file in this folder: it is sent plans, and answers each */
  constructor(main: string) {
    const home = mkdtempSync(join(tmpdir(), "farm-long-"));
    this.#child = fork(join(import.meta.dirname, main), {
      env: { ...process.env, FARM_HOME: home },
      // What the program says there is for whoever runs the engine.
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
  }

  /** Lets it carry out a plan. @throws Error with what is not as it should be */
  async round(plan: Plan): Promise<void> {
    const ended = new AbortController();
    const { signal } = ended;
    try {
      const died = once(this.#child, "exit", { signal }).then((): RoundAnswer => ({ failure: "it ended" }));
      const answered = once(this.#child, "message", { signal }).then(([answer]) => answer as RoundAnswer);
      this.#child.send(plan);
      const answer = await Promise.race([answered, died]);
      if ("failure" in answer) throw new Error(answer.failure);
      if (answer.said !== "") console.log(`  ${answer.said}`);
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

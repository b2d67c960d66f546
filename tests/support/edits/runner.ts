import type { Kept } from "./found.ts";

/** How a run ended. */
export interface Ended {
  readonly well: boolean;
  /** All that was said, for people. */
  readonly said: string;
}

/** Runs the program of the tests' project: the engine, or what takes its place. */
export interface Runner {
  /** Brings everything to what the files say. */
  run(env: Readonly<Record<string, string>>): Promise<Ended>;
  /** What a further run would do, a line each; nothing when all is done. */
  remains(): Promise<readonly string[]>;
  /** What the state holds now. */
  state(): readonly Kept[];
}

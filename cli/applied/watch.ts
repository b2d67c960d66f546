import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { messageOf } from "../../lib/farm-error.ts";
import { parseState, type StackState } from "../../model/stack-state.ts";
import { isFolder } from "../stack-lock.ts";
import { noteApplied } from "./applied-book.ts";

/** A run of the engine on a stack. */
export interface WatchedRun {
  readonly stack: string;
  readonly project: string;
  /** The backend's URL. */
  readonly backend: string;
  /** Asks the engine for the state, where its backend is no folder; undefined when there is none yet. */
  readonly exported: () => Promise<string | undefined>;
  readonly say: (sentence: string) => void;
  /** Folder of what is written down. @default - in the farm's folder */
  readonly folder?: string;
}

/**
 * Writes down what a run changes for administrations: their reports tell it. Whatever goes wrong with that is said, and
 * never keeps anybody from applying.
 */
export async function watched<Result>(run: WatchedRun, work: () => Promise<Result>): Promise<Result> {
  // What others have applied meanwhile, from a pipeline for instance, is told apart from this run's.
  await look(run);
  try {
    return await work();
  } finally {
    await look(run);
  }
}

async function look(run: WatchedRun): Promise<void> {
  try {
    const state = await tryState(run);
    if (state !== undefined) await noteApplied(run.stack, state, run.folder);
  } catch (error) {
    run.say(`What was applied is not written down for the reports: ${messageOf(error)}`);
  }
}

/** From its file where there is one: two more starts of the engine would take longer than many a run. */
async function tryState({ backend, project, stack, exported }: WatchedRun): Promise<StackState | undefined> {
  if (!isFolder(backend)) {
    const document = await exported();
    return document === undefined ? undefined : parseState(document);
  }
  const url = new URL(backend);
  url.search = "";
  const file = join(fileURLToPath(url), ".pulumi", "stacks", project, `${stack}.json`);
  // A stack that is made anew has nothing to do with the one before.
  if (!existsSync(file)) return parseState("{}");
  const { checkpoint } = JSON.parse(readFileSync(file, "utf8")) as {
    readonly checkpoint?: { readonly latest?: unknown };
  };
  return parseState(JSON.stringify({ deployment: checkpoint?.latest }));
}

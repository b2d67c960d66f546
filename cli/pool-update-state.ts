import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeFileAtomic } from "../lib/atomic-file.ts";
import { farmFolder } from "../lib/paths.ts";

/** How far a host is; each step is written down before the next one begins. */
export interface HostProgress {
  readonly step: "drained" | "patched" | "restarted" | "done";
  /** Seconds since 1970 of its start before the restart. */
  readonly startedBefore: number;
  /** RFC 3339: when its drain began. */
  readonly begun: string;
  /** Patches that were installed, with their versions. */
  readonly patches: readonly string[];
  /** What it took, once it is done. */
  readonly seconds?: number;
}

/** An update under way, so that the same command goes on with it. */
export interface UpdateState {
  readonly window: string;
  /** HA as it was before the update switched it off. @default - it was not on, or is on again */
  readonly ha?: { readonly repositories: readonly string[] };
  /** By name. */
  readonly hosts: Readonly<Record<string, HostProgress>>;
}

/** The file in which an update of a pool is noted. */
export class UpdateNote {
  private readonly file: string;

  /** @param folder @default - beside the farm's other files */
  constructor(stack: string, pool: string, folder: string = join(farmFolder, "updates")) {
    this.file = join(folder, `${stack}-${pool}.json`);
  }

  /** The update under way; an empty one when there is none. */
  read(window: string): UpdateState {
    if (!existsSync(this.file)) return { window, hosts: {} };
    const state = JSON.parse(readFileSync(this.file, "utf8")) as UpdateState;
    // A later window goes on with what an earlier one has begun, and counts the hosts anew that are done.
    const open = Object.entries(state.hosts).filter(([, { step }]) => step !== "done");
    return state.window === window ? state : { ...state, window, hosts: Object.fromEntries(open) };
  }

  write(state: UpdateState): void {
    mkdirSync(dirname(this.file), { recursive: true });
    writeFileAtomic(this.file, `${JSON.stringify(state, undefined, 2)}\n`);
  }

  /** Forgets an update that is over. */
  clear(): void {
    rmSync(this.file, { force: true });
  }
}

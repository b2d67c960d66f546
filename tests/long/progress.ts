import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import { FarmError } from "../../lib/farm-error.ts";
import { farmFolder } from "../../lib/paths.ts";

/** How far a campaign has come, over all runs. */
interface Done {
  readonly nextSeed: number;
  readonly cases: number;
}

/** The cases done so far, kept in a file, so that each run goes on after the last seed. */
export class Progress {
  static readonly file: string = join(farmFolder, "long.json");
  readonly #done: Map<string, Done>;

  constructor() {
    this.#done = new Map(Object.entries(read()));
  }

  /** The first seed is 1. */
  of(campaign: string): Done {
    return this.#done.get(campaign) ?? { nextSeed: 1, cases: 0 };
  }

  /** Remembers that the next seed of a campaign held. */
  add(campaign: string, cases: number): void {
    const before = this.of(campaign);
    this.#done.set(campaign, { nextSeed: before.nextSeed + 1, cases: before.cases + cases });
    const campaigns = Object.fromEntries([...this.#done].sort(([a], [b]) => (a < b ? -1 : 1)));
    mkdirSync(dirname(Progress.file), { recursive: true });
    writeFileAtomic(Progress.file, `${JSON.stringify({ version: 1, campaigns }, undefined, 2)}\n`);
  }
}

function read(): Record<string, Done> {
  if (!existsSync(Progress.file)) return {};
  try {
    return (JSON.parse(readFileSync(Progress.file, "utf8")) as { campaigns: Record<string, Done> }).campaigns;
  } catch (error) {
    throw new FarmError(
      {
        what: "The record of the campaigns is damaged",
        where: Progress.file,
        next: "remove it: the campaigns then begin again with seed 1",
      },
      { cause: error },
    );
  }
}

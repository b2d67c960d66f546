import { join } from "node:path";
import { withLock } from "../../lib/lock.ts";
import type { StatusFile } from "../../model/status/files.ts";
import { requireOwnFolders, writePages } from "./write-pages.ts";

/** What is published, each made when its turn comes. */
export interface Publication {
  /** Pages for those outside. */
  readonly outside: () => Promise<readonly StatusFile[]>;
  /** The provider's own; minutes, for all machines are asked. @default - it is left as it is */
  readonly provider?: () => Promise<readonly StatusFile[]>;
  /** Told when another run is at it. */
  readonly onWait: (sentence: string) => void;
}

/** Milliseconds that another run is waited for. */
const patience = 600_000;

/**
 * Publishes pages, one run at a time. Those outside get theirs at once: a run that asks every machine first would write
 * what it had read minutes ago over what a later one has published since.
 * @returns how many files of pages that are no more were taken away
 * @throws FarmError for a folder with somebody else's files, before anything is written
 */
export async function publishPages(out: string, publication: Publication): Promise<number> {
  const { outside, provider, onWait } = publication;
  const lock = { onWait, doing: "writes the status pages", timeout: patience };
  const file = join(out, ".lock");
  const gone = await withLock(file, lock, async () => {
    requireOwnFolders(out, ["public", "customer", ...(provider === undefined ? [] : ["provider" as const])]);
    return writePages(out, await outside(), ["public", "customer"]);
  });
  if (provider === undefined) return gone;
  const files = await provider();
  return gone + (await withLock(file, lock, async () => writePages(out, files, ["provider"])));
}

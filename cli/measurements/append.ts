import { closeSync, fsyncSync, mkdirSync, openSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FarmError } from "../../lib/farm-error.ts";
import { type ChainHead, ChainReader } from "../../model/measurement/chain.ts";
import { dayOf, type LogFiles, linesOf } from "./log-files.ts";

/** What a prober's host has of a day beyond what is here. */
export interface FetchedDay {
  /** "2026-11-26" */
  readonly day: string;
  /** Whole lines, without their ends. */
  readonly lines: readonly string[];
}

/** What is here of a prober's log. */
export interface KnownLog {
  readonly prober: string;
  /** The last line. @default - nothing is here */
  readonly head?: ChainHead;
  /** The newest day, and the bytes that are here of it. */
  readonly day?: string;
  readonly bytes: number;
}

/**
 * Where a log that was fetched before goes on.
 * @throws FarmError when it is not whole here: nothing is added to a log that somebody has changed
 */
export function knownLog({ prober, files }: LogFiles): KnownLog {
  const chain = new ChainReader(prober);
  for (const file of files) {
    for (const line of linesOf(file)) {
      if (chain.read(line) !== undefined) continue;
      throw new FarmError({
        what: `The log of ${prober} that is here is not whole, so nothing is added to it`,
        where: `${file}: ${chain.fault?.text ?? ""}`,
        next: "./farm measurements verify; keep the folder as it is, bring it back from its backup, then pull again",
      });
    }
  }
  const last = files.at(-1);
  const bytes =
    last === undefined
      ? 0
      : Buffer.byteLength(
          linesOf(last)
            .map((line) => `${line}\n`)
            .join(""),
        );
  return {
    prober,
    bytes,
    ...(chain.head && { head: chain.head }),
    ...(last !== undefined && { day: dayOf(last) }),
  };
}

/**
 * Adds what was fetched to what is here, if it goes on with it.
 * @returns how many lines were added
 * @throws FarmError when it does not: what is here stays, what came is put beside it
 */
export function appendDays(folder: string, known: KnownLog, days: readonly FetchedDay[], now: Date): number {
  const own = join(folder, known.prober);
  const chain = new ChainReader(known.prober, known.head);
  for (const { day, lines } of days) {
    for (const line of lines) {
      if (chain.read(line) !== undefined) continue;
      const aside = setAside(own, days, now);
      throw new FarmError({
        what: `The log of ${known.prober} does not go on with what was fetched before; nothing was added`,
        where: `${day}.jsonl: ${chain.fault?.text ?? ""}`,
        why: "it was changed on the prober's host, or begun anew there",
        next: `both are kept: compare ${own} with ${aside}. A prober that was set up anew gets another name in the settings`,
      });
    }
  }
  mkdirSync(own, { recursive: true });
  for (const { day, lines } of days) {
    if (lines.length === 0) continue;
    const path = join(own, `${day}.jsonl`);
    // What an interrupted pull left of a line was never a line.
    if (day === known.day) truncateSync(path, known.bytes);
    const descriptor = openSync(path, "a");
    try {
      writeFileSync(descriptor, lines.map((line) => `${line}\n`).join(""));
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }
  return days.reduce((sum, { lines }) => sum + lines.length, 0);
}

function setAside(own: string, days: readonly FetchedDay[], now: Date): string {
  const folder = join(own, "refused", now.toISOString().replaceAll(/[:.]/g, "-"));
  mkdirSync(folder, { recursive: true });
  for (const { day, lines } of days) {
    writeFileSync(join(folder, `${day}.jsonl`), lines.map((line) => `${line}\n`).join(""));
  }
  return folder;
}

import { basename } from "node:path";
import { type ChainHead, ChainReader, sealOf } from "../../model/measurement/chain.ts";
import { ProberReader, type ProberView } from "../../model/measurement/prober-view.ts";
import { type MeasurementRecord, measurementRecord } from "../../model/measurement/record.ts";
import { SightingBook, SightingCheck } from "../../model/measurement/sightings.ts";
import type { LogHead } from "../../model/sla/administration-month.ts";
import type { Span } from "../../model/sla/spans.ts";
import { pulledAt } from "./folder.ts";
import { dayOf, findLogs, type LogFiles, linesOf } from "./log-files.ts";

/** What the raw logs say of a time. */
export interface Measurements {
  readonly views: readonly ProberView[];
  readonly heads: readonly LogHead[];
  /** What somebody has to look into: logs that were changed, and until when they are believed. */
  readonly alarms: readonly string[];
}

/** What is in every line about another log, and in no other line that is often there. */
const sightingMark = '"kind":"witness"';

const dayLength = 24 * 3600 * 1000;

/**
 * Reads the logs of a folder, file by file: nothing of them is kept but what changed. After the first line that does not
 * belong where it stands, or is not what another prober saw of it, nothing of that log is taken.
 * @throws FarmError when the folder cannot be read
 */
export function readViews(folder: string, range: Span): Measurements {
  const found = findLogs(folder);
  const logs = found.map((log) => filesFor(log, range));
  const book = new SightingBook();
  for (const { files } of logs) for (const record of witnessesIn(files)) book.read(record);
  const read = logs.map((log) => readLog(log, range, limitOf(log, book)));
  return {
    views: read.map(({ view }) => view),
    heads: read.map(({ head }) => head),
    alarms: [
      ...read.flatMap(({ head }) =>
        head.fault === undefined ? [] : [`the log of ${head.prober} was changed: ${head.fault}`],
      ),
      ...cutLogs(folder, found, book),
    ],
  };
}

/** Logs that end before what others had seen of them when they were fetched, or are gone. */
function cutLogs(folder: string, found: readonly LogFiles[], book: SightingBook): readonly string[] {
  return book.seen.flatMap((prober) => {
    const files = found.find((log) => log.prober === prober)?.files ?? [];
    const cut = book.beyond(prober, lastSeq(files), pulledAt(folder, prober) ?? Number.POSITIVE_INFINITY);
    if (cut === undefined) return [];
    const how = files.length === 0 ? "is not here" : "was cut off";
    return [`the log of ${prober} ${how}: ${cut.sighting.by} saw its line ${cut.seq} at ${cut.sighting.at}`];
  });
}

function lastSeq(files: readonly string[]): number {
  for (const file of files.toReversed()) {
    const seq = linesOf(file)
      .map(seqOf)
      .findLast((each) => each >= 0);
    if (seq !== undefined) return seq;
  }
  return -1;
}

function seqOf(line: string): number {
  return Number(/^\{"seq":(\d+),/.exec(line)?.[1] ?? -1);
}

/** When a line was written; undefined for what is none. */
function instantOf(line: string): number | undefined {
  const at = Date.parse(/"at":"([^"]+)"/.exec(line)?.[1] ?? "");
  return Number.isNaN(at) ? undefined : at;
}

function isBefore(line: string, end: number): boolean {
  const at = instantOf(line);
  return at !== undefined && at < end;
}

/**
 * The files that a time depends on: what is asked is written when the prober starts, however long before. A clock that was
 * ahead for a while leaves a file of a later day, and what follows stands in that one.
 */
function filesFor({ prober, files }: LogFiles, { start, end }: Span): LogFiles & { readonly whole: boolean } {
  const [first, last] = [start - dayLength, end].map((at) => new Date(at).toISOString().slice(0, 10));
  const before = files.filter((file) => dayOf(file) <= (first ?? ""));
  const from = before.findLast((file) => linesOf(file).some((line) => line.includes('"kind":"start"')));
  const begin = from === undefined ? 0 : files.indexOf(from);
  const until = files.findLastIndex(
    (file) => dayOf(file) <= (last ?? "") || linesOf(file).some((line) => isBefore(line, end)),
  );
  const chosen = files.slice(begin, until + 1);
  return { prober, files: chosen, whole: begin === 0 };
}

function* witnessesIn(files: readonly string[]): Iterable<MeasurementRecord> {
  for (const file of files) {
    for (const line of linesOf(file)) {
      if (!line.includes(sightingMark)) continue;
      const read = measurementRecord.safeParse(tryJson(line));
      if (read.success) yield read.data;
    }
  }
}

/** Up to which line the log is what others saw of it. */
function limitOf({ prober, files }: LogFiles, book: SightingBook): SightingCheck["difference"] {
  const check = new SightingCheck(book.of(prober));
  if (book.of(prober).size === 0) return undefined;
  for (const file of files) {
    for (const line of linesOf(file)) {
      const seq = seqOf(line);
      if (!book.of(prober).has(seq)) continue;
      const seal = sealOf(line);
      if (seal !== undefined) check.read({ seq, hash: seal.carried });
    }
  }
  return check.difference;
}

function readLog(
  { prober, files, whole }: LogFiles & { readonly whole: boolean },
  { end }: Span,
  limit: SightingCheck["difference"],
): { readonly view: ProberView; readonly head: LogHead } {
  const reader = new ProberReader(prober);
  let chain: ChainReader | undefined = whole ? new ChainReader(prober) : undefined;
  let fault: string | undefined;
  let taken: ChainHead | undefined;
  const last = lastBefore(files, end);
  read: for (const [index, file] of files.entries()) {
    const name = basename(file);
    for (const [at, line] of linesOf(file).entries()) {
      if (index > last.file || (index === last.file && at > last.line)) break read;
      chain ??= new ChainReader(prober, headBefore(line));
      const record = chain.read(line);
      if (record === undefined) {
        fault = `${name}: ${chain.fault?.text ?? "it cannot be read"}; nothing after it is believed`;
        break read;
      }
      if (limit !== undefined && record.seq > limit.confirmed) {
        fault = `${name}: line ${limit.seq} is not what another prober saw; nothing from line ${record.seq} on is believed`;
        break read;
      }
      reader.read(record);
      taken = { seq: record.seq, hash: record.hash };
    }
  }
  return { view: reader.view(), head: { prober, ...taken, ...(fault !== undefined && { fault }) } };
}

/**
 * The last line that was written before an instant, and what is no line behind it: a clock that was ahead wrote later ones
 * before it.
 */
function lastBefore(files: readonly string[], end: number): { readonly file: number; readonly line: number } {
  for (let file = files.length - 1; file >= 0; file -= 1) {
    const lines = linesOf(files[file] ?? "");
    const found = lines.findLastIndex((line) => isBefore(line, end));
    if (found === -1) continue;
    const after = lines.findIndex((line, at) => at > found && instantOf(line) !== undefined);
    return { file, line: after === -1 ? lines.length - 1 : after - 1 };
  }
  return { file: -1, line: -1 };
}

/** Where a log that is not read from its beginning goes on. */
function headBefore(line: string): ChainHead | undefined {
  const read = measurementRecord.safeParse(tryJson(line));
  return read.success && read.data.seq > 0 ? { seq: read.data.seq - 1, hash: read.data.prev } : undefined;
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

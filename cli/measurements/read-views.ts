import { basename } from "node:path";
import { type ChainHead, ChainReader, sealOf } from "../../model/measurement/chain.ts";
import { ProberReader, type ProberView } from "../../model/measurement/prober-view.ts";
import { type MeasurementRecord, measurementRecord } from "../../model/measurement/record.ts";
import { SightingBook, SightingCheck } from "../../model/measurement/sightings.ts";
import type { LogHead } from "../../model/sla/administration-month.ts";
import type { Span } from "../../model/sla/spans.ts";
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
  const logs = findLogs(folder).map((log) => filesFor(log, range));
  const book = new SightingBook();
  for (const { files } of logs) for (const record of witnessesIn(files)) book.read(record);
  const read = logs.map((log) => readLog(log, range, limitOf(log, book)));
  return {
    views: read.map(({ view }) => view),
    heads: read.map(({ head }) => head),
    alarms: read.flatMap(({ head }) =>
      head.fault === undefined ? [] : [`the log of ${head.prober} was changed: ${head.fault}`],
    ),
  };
}

/** The files that a time depends on: what is asked is written when the prober starts, however long before. */
function filesFor({ prober, files }: LogFiles, { start, end }: Span): LogFiles & { readonly whole: boolean } {
  const [first, last] = [start - dayLength, end].map((at) => new Date(at).toISOString().slice(0, 10));
  const before = files.filter((file) => dayOf(file) <= (first ?? ""));
  const from = before.findLast((file) => linesOf(file).some((line) => line.includes('"kind":"start"')));
  const begin = from === undefined ? 0 : files.indexOf(from);
  const chosen = files.slice(begin).filter((file) => dayOf(file) <= (last ?? ""));
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
      const seq = Number(/^\{"seq":(\d+),/.exec(line)?.[1] ?? -1);
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
  read: for (const file of files) {
    const name = basename(file);
    for (const line of linesOf(file)) {
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
      if (Date.parse(record.at) >= end) break read;
      reader.read(record);
      taken = { seq: record.seq, hash: record.hash };
    }
  }
  return { view: reader.view(), head: { prober, ...taken, ...(fault !== undefined && { fault }) } };
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

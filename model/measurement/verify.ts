import { type ChainFault, type ChainHead, ChainReader, sealOf } from "./chain.ts";
import { type Sighting, sightingSkew } from "./sightings.ts";

/** What was found in one prober's log. */
export interface LogFindings {
  readonly prober: string;
  /** Lines that are in order, from the first one on. */
  readonly lines: number;
  /** Instants of the first and the last of them. @default - the log is empty */
  readonly from?: string;
  readonly to?: string;
  /** The last line that is in order. */
  readonly head?: ChainHead;
  /** The first line that is not. @default - all are */
  readonly fault?: ChainFault;
}

/** A line of a log that another prober had seen, and that is not there as it was. */
export interface WitnessFinding {
  /** Who had seen it, and whose line it is. */
  readonly by: string;
  readonly of: string;
  readonly seq: number;
  /** When it was seen. */
  readonly at: string;
  /** `cut`: the log ends before it, or is gone. `differs`: another line is in its place. */
  readonly kind: "cut" | "differs";
}

/** What `./farm measurements verify` says. */
export interface Verification {
  readonly logs: readonly LogFindings[];
  /** The first of each pair of probers and each kind. */
  readonly witnesses: readonly WitnessFinding[];
  /** How often a prober saw another's head, and found it again in that log. */
  readonly confirmed: number;
}

/** One prober's log. */
export interface VerifiedLog {
  /** Its lines from the beginning, as often as they are asked for. */
  readonly lines: () => Iterable<string>;
  /** When all of it was fetched; milliseconds since 1970. What was seen of it later may be missing. @default - it is all there */
  readonly until?: number;
}

/**
 * Checks each log against itself, and all against each other. A log that was rewritten from some line on is whole in
 * itself; what the other prober saw of it shows it.
 */
export function verifyLogs(logs: ReadonlyMap<string, VerifiedLog>): Verification {
  /** By the prober that was seen, then by the number of the line. */
  const seen = new Map<string, Map<number, Sighting[]>>();
  const findings = [...logs].map(([prober, { lines }]) => followLog(prober, lines, seen));
  const witnesses = new Map<string, WitnessFinding>();
  let confirmed = 0;
  for (const [of, sightings] of seen) {
    const log = logs.get(of);
    // Of a log that is not here at all everything was cut off.
    const hashes = log === undefined ? new Map<number, string>() : hashesAt(log.lines, sightings);
    for (const [seq, all] of [...sightings].sort(([one], [other]) => one - other)) {
      for (const { by, at, hash } of all) {
        const found = hashes.get(seq);
        if (found === hash) {
          confirmed += 1;
          continue;
        }
        if (found === undefined && log?.until !== undefined && Date.parse(at) > log.until - sightingSkew)
          continue;
        const kind = found === undefined ? "cut" : "differs";
        const key = `${by} ${of} ${kind}`;
        if (!witnesses.has(key)) witnesses.set(key, { by, of, seq, at, kind });
      }
    }
  }
  return { logs: findings, witnesses: [...witnesses.values()], confirmed };
}

/** Whether there is nothing that somebody has to look into; that no log is here at all is such a thing. */
export function isSound({ logs, witnesses }: Verification): boolean {
  return logs.length > 0 && witnesses.length === 0 && logs.every(({ fault }) => fault === undefined);
}

function followLog(
  prober: string,
  lines: VerifiedLog["lines"],
  seen: Map<string, Map<number, Sighting[]>>,
): LogFindings {
  const chain = new ChainReader(prober);
  let count = 0;
  let [from, to]: (string | undefined)[] = [];
  for (const text of lines()) {
    const record = chain.read(text);
    if (record === undefined) break;
    count += 1;
    from ??= record.at;
    to = record.at;
    if (record.kind !== "witness") continue;
    const ofOther = seen.get(record.of) ?? new Map<number, Sighting[]>();
    seen.set(record.of, ofOther);
    const sightings = ofOther.get(record.seenSeq) ?? [];
    ofOther.set(record.seenSeq, sightings);
    sightings.push({ by: prober, at: record.at, hash: record.seenHash });
  }
  const { head, fault } = chain;
  return {
    prober,
    lines: count,
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(head && { head }),
    ...(fault && { fault }),
  };
}

/** The hashes that the wanted lines of a log carry, whether the log is whole or not. */
function hashesAt(
  lines: VerifiedLog["lines"],
  wanted: ReadonlyMap<number, unknown>,
): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const text of lines()) {
    const seq = Number(/^\{"seq":(\d+),/.exec(text)?.[1] ?? -1);
    const seal = wanted.has(seq) ? sealOf(text) : undefined;
    if (seal !== undefined && seal.computed === seal.carried) found.set(seq, seal.carried);
  }
  return found;
}

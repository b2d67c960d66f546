import type { MeasurementRecord } from "./record.ts";

/**
 * Milliseconds by which the clocks of those who fetch and those who see may differ: what was seen later than that before
 * a log was fetched may be missing in it.
 */
export const sightingSkew = 120_000;

/** What a prober saw of another's line. */
export interface Sighting {
  /** Who saw it. */
  readonly by: string;
  /** When, by the clock of who saw it. */
  readonly at: string;
  /** That the line had. */
  readonly hash: string;
}

/** What probers saw of a log, by the number of the line. */
export type Sightings = ReadonlyMap<number, Sighting>;

/** Collects what probers saw of each other's logs. */
export class SightingBook {
  readonly #seen = new Map<string, Map<number, Sighting>>();

  /** Takes a line of anybody's log. */
  read(record: MeasurementRecord): void {
    if (record.kind !== "witness") return;
    const own = this.#seen.get(record.of) ?? new Map<number, Sighting>();
    this.#seen.set(record.of, own);
    own.set(record.seenSeq, { by: record.prober, at: record.at, hash: record.seenHash });
  }

  /** Whose logs were seen. */
  get seen(): readonly string[] {
    return [...this.#seen.keys()];
  }

  /** What was seen of one log. */
  of(prober: string): Sightings {
    return this.#seen.get(prober) ?? new Map();
  }

  /**
   * The first line that was seen of a log and that it ends before.
   * @param last number of the log's last line; -1 when there is none
   * @param until when it was fetched; milliseconds since 1970
   */
  beyond(
    prober: string,
    last: number,
    until: number,
  ): { readonly seq: number; readonly sighting: Sighting } | undefined {
    const gone = [...this.of(prober)].filter(
      ([seq, { at }]) => seq > last && Date.parse(at) <= until - sightingSkew,
    );
    const [seq, sighting] = gone.sort(([one], [other]) => one - other)[0] ?? [];
    return seq === undefined || sighting === undefined ? undefined : { seq, sighting };
  }
}

/** Follows one log and says up to which line it is what others saw of it. */
export class SightingCheck {
  readonly #seen: Sightings;
  #confirmed = -1;
  #differs: number | undefined;

  /** @param seen what others saw of this log */
  constructor(seen: Sightings) {
    this.#seen = seen;
  }

  /** Takes the next line. */
  read({ seq, hash }: { readonly seq: number; readonly hash: string }): void {
    const expected = this.#seen.get(seq);
    if (expected === undefined || this.#differs !== undefined) return;
    if (expected.hash === hash) this.#confirmed = seq;
    else this.#differs = seq;
  }

  /** The first line that is not the one that was seen, and the last before it that is. @default - all are */
  get difference(): { readonly seq: number; readonly confirmed: number } | undefined {
    return this.#differs === undefined ? undefined : { seq: this.#differs, confirmed: this.#confirmed };
  }
}

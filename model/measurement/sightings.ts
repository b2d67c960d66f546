import type { MeasurementRecord } from "./record.ts";

/** What probers saw of a log: the hash that a line had, by its number. */
export type Sightings = ReadonlyMap<number, string>;

/** Collects what probers saw of each other's logs. */
export class SightingBook {
  readonly #seen = new Map<string, Map<number, string>>();

  /** Takes a line of anybody's log. */
  read(record: MeasurementRecord): void {
    if (record.kind !== "witness") return;
    const own = this.#seen.get(record.of) ?? new Map<number, string>();
    this.#seen.set(record.of, own);
    own.set(record.seenSeq, record.seenHash);
  }

  /** What was seen of one log. */
  of(prober: string): Sightings {
    return this.#seen.get(prober) ?? new Map();
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
    if (expected === hash) this.#confirmed = seq;
    else this.#differs = seq;
  }

  /** The first line that is not the one that was seen, and the last before it that is. @default - all are */
  get difference(): { readonly seq: number; readonly confirmed: number } | undefined {
    return this.#differs === undefined ? undefined : { seq: this.#differs, confirmed: this.#confirmed };
  }
}

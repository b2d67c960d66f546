import type { AdministrationMonth } from "../sla/administration-month.ts";
import { intersection, type Span, type Spans } from "../sla/spans.ts";
import { measuredOf } from "./stretches.ts";

/** Announced work, as everybody who sees the page may know it. */
export interface AnnouncedWindow extends Span {
  readonly id: string;
  readonly kind: "technical-change" | "maintenance";
  /** In German. */
  readonly reason: string;
}

/** A presentation of a site: what probers call it, and what people do. */
export interface Presentation {
  readonly target: string;
  readonly label: string;
}

/**
 * How a site is: all of it answers, one presentation does not, none does; not measured; the contract has not begun or
 * is over.
 */
export type State = "up" | "partial" | "down" | "unknown" | "not-live" | "ended";

/** How a site is, and since when that is known. */
export interface CurrentState {
  readonly state: State;
  /** When it was measured last; milliseconds since 1970. @default - not within the shown days */
  readonly measuredAt?: number;
  /** The first failure of what is down now; milliseconds since 1970. @default - nothing is down */
  readonly since?: number;
  /** Each presentation; null where nothing was measured. */
  readonly presentations: readonly { readonly label: string; readonly up: boolean | null }[];
  /** The window that is open now. @default - none */
  readonly window?: AnnouncedWindow;
}

/** What was measured longer ago says nothing about now: fifteen minutes. */
const fresh = 15 * 60_000;

interface Facts {
  readonly months: readonly AdministrationMonth[];
  readonly covered: Spans;
  readonly windows: readonly AnnouncedWindow[];
  readonly presentations: readonly Presentation[];
  readonly at: number;
}

/** How a site is at an instant, or was when it was measured last, if that is not long ago. */
export function currentState({ months, covered, windows, presentations, at }: Facts): CurrentState {
  const open = windows.find(({ start, end }) => start <= at && at < end);
  const rest = open === undefined ? {} : { window: open };
  const all = (up: boolean | null) => presentations.map(({ label }) => ({ label, up }));
  const [contract] = covered;
  if (contract !== undefined && at < contract.start) {
    return { state: "not-live", presentations: all(null), ...rest };
  }
  if (contract !== undefined && at >= contract.end) {
    return { state: "ended", presentations: all(null), ...rest };
  }
  const measuredAt = intersection(measuredOf(months, at), covered).at(-1)?.end;
  if (measuredAt === undefined || at - measuredAt > fresh) {
    return {
      state: "unknown",
      presentations: all(null),
      ...(measuredAt === undefined ? {} : { measuredAt }),
      ...rest,
    };
  }
  const ongoing = months
    .flatMap(({ incidents }) => incidents)
    // One that ends with the last measurement is over: its end is the first answer.
    .filter(({ start, end }) => start <= measuredAt && (end === undefined || end > measuredAt));
  if (ongoing.length === 0) return { state: "up", measuredAt, presentations: all(true), ...rest };
  const failing = new Set(ongoing.flatMap(({ targets }) => targets));
  // Without a certificate that visitors take nothing of the site is there for them.
  const whole = [...failing].some((each) => presentations.every(({ target }) => target !== each));
  const shown = presentations.map(({ target, label }) => ({ label, up: !whole && !failing.has(target) }));
  const partly = shown.some(({ up }) => up) && shown.some(({ up }) => !up);
  return {
    state: partly ? "partial" : "down",
    measuredAt,
    since: Math.min(...ongoing.map(({ start }) => start)),
    // An incident that names nothing of the site is one of all of it.
    presentations: partly ? shown : all(false),
    ...rest,
  };
}

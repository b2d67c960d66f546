import type { ChangeOp, PropertyChange, ResourceChange } from "./changes.ts";

/** How much a reviewer has to look at a change. */
export type Level =
  /** Somebody is cut off, or something is lost that nobody brings back by itself. */
  | "danger"
  /** To be known beforehand. */
  | "notice"
  /** Nobody sees anything of it. */
  | "calm";

/** For how long visitors of a site are without it. */
export type Outage =
  /** Minutes; 0 for none. */
  | number
  /** As many minutes as the release's file expects. */
  | "release"
  /** Until somebody repairs it by hand. */
  | "until repaired"
  /** Until its data is back from a backup. */
  | "until restored"
  | "for good";

/** Minutes from the stop of a machine to its site's first answer: a plan's figure, on the careful side. */
export const restartMinutes = 5;

/** What has to hold for a rule besides type, operation and path. */
export interface Condition {
  /** For the table: "the new value is smaller". */
  readonly text: string;
  /** @param site all changes of the same administration, or of the platform */
  readonly holds: (
    change: ResourceChange,
    property: PropertyChange | undefined,
    site: readonly ResourceChange[],
  ) => boolean;
}

/** One row of the table: which change of what is worth how much to a reviewer. */
export interface ImpactRule {
  /** Stable name, for tests and for the page. */
  readonly id: string;
  /** Type of the resource; `*` for every one. */
  readonly resource: string;
  /** Ending of the resource's name, where one type does several things. @default - any */
  readonly part?: string;
  readonly op: ChangeOp | "unprotect";
  /** Path of the property, `[]` for any element; a rule for `disks[]` is about a whole element. @default - any */
  readonly path?: string;
  /** What has to be done to the property. @default - anything */
  readonly kind?: PropertyChange["kind"];
  readonly when?: Condition;
  /** A few words: what a reviewer reads first. */
  readonly impact: string;
  readonly level: Level;
  readonly outage: Outage;
  /** Whether it belongs into an announced window. */
  readonly window: boolean;
  /** What happens, and who says so. */
  readonly why: string;
}

/** The new figure is above the old one. */
export const larger: Condition = {
  text: "larger",
  holds: (_change, property) => compare(property) > 0,
};

/** The new figure is below the old one. */
export const smaller: Condition = {
  text: "smaller",
  holds: (_change, property) => compare(property) < 0,
};

/** The new value is one of these. */
export function becomes(...values: readonly unknown[]): Condition {
  return {
    text: `becomes ${values.map(show).join(" or ")}`,
    holds: (_change, property) => property !== undefined && values.includes(property.after),
  };
}

/** The old value was this. */
export function was(value: unknown): Condition {
  return {
    text: `was ${show(value)}`,
    holds: (_change, property) => property !== undefined && property.before === value,
  };
}

/** An input of the resource has one of these values. */
export function having(input: string, ...values: readonly unknown[]): Condition {
  return {
    text: `${input} is ${values.map(show).join(" or ")}`,
    holds: ({ inputs }) => values.includes(inputs[input]),
  };
}

/** Something else of the same site is made in the same run. */
export function withNew(resource: string): Condition {
  return {
    text: "a new one is made in the same run",
    holds: ({ type }, _property, site) =>
      type === resource && site.some((one) => one.type === resource && one.op === "create"),
  };
}

function show(value: unknown): string {
  return value === undefined ? "unset" : `\`${JSON.stringify(value)}\``;
}

/** A figure that is not there counts as none. */
function compare(property: PropertyChange | undefined): number {
  const figure = (value: unknown): number => (typeof value === "number" ? value : 0);
  return figure(property?.after) - figure(property?.before);
}

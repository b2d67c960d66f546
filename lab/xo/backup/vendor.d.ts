/** The parts of Vates' own packages that are used here; they come without types. */
declare module "@xen-orchestra/cron/parse.js" {
  /** Values of each field, ascending; a field that says "any" is left out. Months are 0 to 11. @throws SyntaxError */
  const parse: (pattern: string) => Readonly<Record<string, readonly number[]>>;
  export = parse;
}

declare module "@xen-orchestra/cron/next.js" {
  /** The next run after the date. */
  const next: (schedule: object, from: import("moment-timezone").Moment) => import("moment-timezone").Moment;
  export = next;
}

declare module "value-matcher" {
  /** Whether values match a pattern with `__and`, `__or` and `__not`. */
  export function createPredicate(pattern: unknown): (value: unknown) => boolean;
}

/** How bad a finding is, the worst last. */
export const severities = ["fine", "attention", "broken"] as const;

/**
 * "fine"; "attention": nothing fails yet, somebody has to act or to look; "broken": the next run fails or does
 * something wrong, or a site is no longer what it is promised to be.
 */
export type Severity = (typeof severities)[number];

/** Exit codes of `./farm doctor`, by the worst finding. */
export const doctorExitCodes: Readonly<Record<Severity, number>> = { fine: 0, broken: 1, attention: 2 };

/** One thing that was looked at, or that was found. */
export interface Finding {
  /** Stable name of the kind of finding, "lock.stale": for programs that watch the doctor's JSON. */
  readonly id: string;
  readonly severity: Severity;
  /** One sentence for people. */
  readonly detail: string;
  /** What to do. @default - nothing has to be done */
  readonly next?: string;
}

/** One check. What it cannot look at does not keep the others from looking. */
export interface Check<Context> {
  /** First part of its findings' ids. */
  readonly id: string;
  /** What it looks at, for people. */
  readonly title: string;
  /** @throws FarmError when it cannot look */
  run(context: Context): Promise<readonly Finding[]>;
}

/** The worst of some findings; "fine" for none. */
export function worst(findings: readonly Finding[]): Severity {
  const ranks = findings.map(({ severity }) => severities.indexOf(severity));
  return severities[Math.max(0, ...ranks)] ?? "fine";
}

/** A finding that nothing has to be done about. */
export function fine(id: string, detail: string): Finding {
  return { id, severity: "fine", detail };
}

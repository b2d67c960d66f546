import type { Judgement } from "./impact.ts";
import type { Outage } from "./rule.ts";

/** For how long a site is away. */
export interface OutageSum {
  /** Minutes; those of a stretch whose end nobody knows count as very many. */
  readonly minutes: number;
  /** For people: "none", "5 min", "until restored". */
  readonly text: string;
}

/** Stretches without a known end, the worse the further back. */
const endless = ["until repaired", "until restored", "for good"] as const;

/** More minutes than any plan has. */
const beyond = 1_000_000;

/**
 * What the changes of one site come to: one stop of a machine serves all its inputs, and one thing is done after
 * the other.
 */
export function outageOf(judgements: readonly Judgement[]): OutageSum {
  const byResource = Map.groupBy(judgements, ({ change }) => change.urn);
  const each = [...byResource.values()].map((own) => Math.max(...own.map(minutesOf)));
  const known = each.filter((minutes) => minutes < beyond).reduce((all, minutes) => all + minutes, 0);
  const worst = Math.max(0, ...each.filter((minutes) => minutes >= beyond));
  if (worst > 0) return { minutes: worst, text: endless[worst - beyond] ?? "until repaired" };
  return { minutes: known, text: known === 0 ? "none" : `${known} min` };
}

function minutesOf({ rule, change }: Judgement): number {
  return minutes(rule.outage, change.inputs["expectedMinutes"]);
}

function minutes(outage: Outage, expected: unknown): number {
  if (typeof outage === "number") return outage;
  // A release whose minutes are not known yet takes as long as most do.
  if (outage === "release") return typeof expected === "number" ? expected : 10;
  return beyond + endless.indexOf(outage);
}

import type { AdministrationMonth } from "../sla/administration-month.ts";
import { shortOutageLimits } from "../sla/excuse.ts";

/** Short outages of the current day and week, and what one more would do. */
export interface ShortOutages {
  readonly today: number;
  readonly week: number;
  /**
   * "excused": one more does not count. "counts": with one more all of the day or the week count. "counting": they
   * do already, each further one from its first second.
   */
  readonly next: "excused" | "counts" | "counting";
}

/** What the short outages of a day and a week leave. */
export function shortOutagesOf({ today, week }: AdministrationMonth["shortOutages"]): ShortOutages {
  const { day: ofDay, week: ofWeek } = shortOutageLimits;
  const next =
    today > ofDay || week > ofWeek ? "counting" : today === ofDay || week === ofWeek ? "counts" : "excused";
  return { today, week, next };
}

/** "1/2 today, 2/3 this week" */
export function shortOutagesText({ today, week }: Pick<ShortOutages, "today" | "week">): string {
  return `${today}/${shortOutageLimits.day} today, ${week}/${shortOutageLimits.week} this week`;
}

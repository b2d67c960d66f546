/**
 * The fifteen places where the text of the service level agreement can be read in more than one way, each with
 * the readings that somebody could defend. Doubt in standard terms goes against the party that set them (§ 305c
 * (2) BGB): the recommended reading decides, the strict one is shown beside it.
 */
export interface Readings {
  /** A1: what counts when a limit for short outages is broken: all of that day or week, or those beyond it. */
  readonly brokenLimit: "all" | "beyond";
  /** A2: "twice a day and three times a week": one broken limit is enough, or both must be broken. */
  readonly limits: "either" | "both";
  /** A3: what of the planned time counts above the quota: the excess, or all of it. */
  readonly aboveQuota: "excess" | "all";
  /** A4: what availability is a part of: all seconds, or those that no force majeure or instruction excused. */
  readonly denominator: "whole" | "without-excluded";
  /**
   * A5: the week between notice and window: the same wall clock seven days earlier by the time of sending, 168
   * hours by the time of receipt, or seven dates of the calendar at any time of day.
   */
  readonly notice: "wall-clock" | "hours-to-receipt" | "dates";
  /** A6: whose length decides whether an outage is short: what exclusions left, or the outage as it was. */
  readonly shortBy: "net" | "gross";
  /** A7: a planned window overrun by less than five minutes: it counts, or may be excused as a short outage. */
  readonly overrun: "counts" | "short";
  /** A8: the week of the limit: ISO week, ISO week cut at the month's end, or any seven times 24 hours. */
  readonly week: "iso" | "iso-cut" | "rolling";
  /** A9: outages with less than so many seconds of answers between them are one; those seconds never count. */
  readonly flappingSec: number;
  /** A10: whose measurements decide: the data centre's edge, or what was measured outside as well. */
  readonly measuringPoint: "edge" | "edge-and-outside";
  /** A11: whether an outage of one presentation alone is an outage. */
  readonly partialOutage: "outage" | "no-outage";
  /** A12: the monthly mean: weighted by time, or the worse of that and the mean of the days' means. */
  readonly mean: "time-weighted" | "worse-of-daily";
  /** A13: the maintenance quota of a month that the contract covers in part: whole, or in proportion. */
  readonly partialMonthQuota: "whole" | "pro-rated";
  /** A14: two probers in the data centre disagree: the site was reachable, for one reached it, or it was down. */
  readonly probersDisagree: "reachable" | "down";
  /**
   * A15: a certificate that browsers refuse, while the web server can be reached: it shows, or it is an outage. Where
   * the platform's settings say `measurement.tls: "decides"`, it is an outage in every reading.
   */
  readonly tls: "shows" | "decides";
}

/** The reading that decides. */
export const recommended: Readings = {
  brokenLimit: "all",
  limits: "either",
  aboveQuota: "excess",
  denominator: "whole",
  notice: "wall-clock",
  shortBy: "net",
  overrun: "counts",
  week: "iso",
  flappingSec: 60,
  measuringPoint: "edge",
  partialOutage: "outage",
  mean: "time-weighted",
  partialMonthQuota: "whole",
  probersDisagree: "reachable",
  tls: "shows",
};

/** Every reading as it favours the customer, shown beside the one that decides. */
export const strict: Readings = {
  brokenLimit: "all",
  limits: "either",
  aboveQuota: "all",
  denominator: "without-excluded",
  notice: "hours-to-receipt",
  shortBy: "gross",
  overrun: "counts",
  week: "rolling",
  flappingSec: 300,
  measuringPoint: "edge-and-outside",
  partialOutage: "outage",
  mean: "worse-of-daily",
  partialMonthQuota: "pro-rated",
  probersDisagree: "down",
  tls: "decides",
};

import moment from "moment-timezone";
import { isJsonObject, type Json, type JsonObject } from "../../json.ts";

/** How a period is told from the next, in moment's words. Weeks begin on Sunday, as they do in XO. */
const formats: Readonly<Record<string, string>> = {
  daily: "YYYY-MM-DD",
  weekly: "gggg-ww",
  monthly: "YYYY-MM",
  yearly: "YYYY",
};

interface Buckets {
  readonly format: string;
  left: number;
  last: string | undefined;
  readonly kept: Map<string, number>;
}

function bucketsOf(rules: JsonObject, timezone: Json | undefined): Buckets[] {
  return Object.entries(rules).map(([period, rule]) => {
    const format = formats[period];
    if (format === undefined) throw new Error(`Retention of type ${period} is not defined`);
    if (timezone === undefined) throw new Error("timezone must defined for ltr");
    const retention = isJsonObject(rule) ? rule.retention : undefined;
    if (typeof retention !== "number" || !(retention > 0)) {
      throw new Error(
        `retention  of type ${period} must be a positive number, got ${JSON.stringify(retention)}`,
      );
    }
    return { format, left: retention, last: undefined, kept: new Map() };
  });
}

/**
 * The backups that no rule wants any more, as XO finds them: the newest `least` stay, and of each of the last so
 * many days, weeks, months and years that have any, the first.
 * @param timestamps milliseconds, ascending
 * @throws Error for long-term rules without a time zone
 */
export function tooOld(
  least: number,
  timestamps: readonly number[],
  settings: { readonly longTermRetention?: Json | undefined; readonly timezone?: Json | undefined },
): number[] {
  if (least < 0) throw new Error(`minRetentionCount must be a positive number, got ${least}`);
  const { longTermRetention: rules, timezone } = settings;
  const all = bucketsOf(isJsonObject(rules) ? rules : {}, timezone);
  for (const timestamp of timestamps.toReversed()) {
    const date = typeof timezone === "string" ? moment.tz(timestamp, timezone) : moment.utc(timestamp);
    for (const buckets of all) {
      const bucket = date.format(buckets.format);
      if (bucket !== buckets.last) {
        if (buckets.left === 0) continue;
        buckets.last = bucket;
        buckets.left--;
      }
      buckets.kept.set(bucket, timestamp);
    }
  }
  const kept = new Set([
    ...(least === 0 ? [] : timestamps.slice(-least)),
    ...all.flatMap(({ kept: each }) => [...each.values()]),
  ]);
  return timestamps.filter((timestamp) => !kept.has(timestamp));
}

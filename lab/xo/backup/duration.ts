import type { Json } from "../../json.ts";
import { invalidParameters } from "../errors.ts";

const second = 1000;
const units: readonly (readonly [RegExp, number])[] = [
  [/^(|ms|milliseconds?)$/, 1],
  [/^(s|secs?|seconds?)$/, second],
  [/^(m|mins?|minutes?)$/, 60 * second],
  [/^(h|hrs?|hours?)$/, 3600 * second],
  [/^(d|days?)$/, 86_400 * second],
  [/^(w|weeks?)$/, 7 * 86_400 * second],
  [/^(y|yrs?|years?)$/, 365.25 * 86_400 * second],
];

/** Milliseconds of a duration as the package `ms` takes it: "10m", "7 days", or a number. @throws XoError 10 */
export function milliseconds(value: Json): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(String(value).trim());
  const unit = units.find(([word]) => word.test(match?.[2]?.toLowerCase() ?? ""))?.[1];
  if (match === null || unit === undefined) throw invalidParameters(`"${String(value)}" is no duration`);
  return Number(match[1]) * unit;
}

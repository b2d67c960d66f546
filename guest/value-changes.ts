import { tryValueChanges, type ValueChange } from "../model/allrisnet/value-changes.ts";

/** Characters of one value in a line for people. */
const widest = 100;

/**
 * What changes between two texts that a roll-out got (the canonical JSON of `StatedValues`), a line a key:
 * "citizens.modules.minutes: true (default) → false". Nothing where one of them is no such text.
 */
export function describeChanges(before: unknown, after: unknown): readonly string[] {
  const found = tryValueChanges(before, after);
  if (found === undefined) return [];
  if (found.changes.length > 0 || !found.bundle) return found.changes.map(lineOf);
  // Which default it was, the change of docs/reference/allrisnet-parameters.md shows: that page is generated.
  return ["no value of its own; the farm's defaults, programs or templates have changed"];
}

function lineOf({ key, before, after, defaultBefore, defaultAfter }: ValueChange): string {
  return `${key}: ${show(before, defaultBefore)} → ${show(after, defaultAfter)}`;
}

function show(value = "none", isDefault: boolean): string {
  const short = value.length > widest ? `${value.slice(0, widest)}…` : value;
  return isDefault ? `${short} (default)` : short;
}

import { parameterDefaults } from "../model/allrisnet/defaults.ts";

/** Characters of one value in a line for people. */
const widest = 100;

/**
 * What changes between two texts that a roll-out got (the canonical JSON of `StatedValues`), a line a key:
 * "citizens.modules.minutes: true (default) → false". Nothing where one of them is no such text.
 */
export function describeChanges(before: unknown, after: unknown): readonly string[] {
  const [old, fresh] = [tryFlatten(before), tryFlatten(after)];
  if (old === undefined || fresh === undefined) return [];
  const keys = [...new Set([...old.keys(), ...fresh.keys()])].sort();
  const changed = keys.filter((key) => key !== "bundle" && effective(key, old) !== effective(key, fresh));
  const lines = changed.map((key) => `${key}: ${show(key, old)} → ${show(key, fresh)}`);
  if (lines.length > 0 || old.get("bundle") === fresh.get("bundle")) return lines;
  // Which default it was, the change of docs/reference/allrisnet-parameters.md shows: that page is generated.
  return ["no value of its own; the farm's defaults, programs or templates have changed"];
}

/** As JSON. A parameter that is not stated is what it is for everybody. */
function effective(key: string, values: ReadonlyMap<string, string>): string | undefined {
  return values.get(key) ?? JSON.stringify(parameterDefaults.get(key));
}

function show(key: string, values: ReadonlyMap<string, string>): string {
  const value = effective(key, values) ?? "none";
  const short = value.length > widest ? `${value.slice(0, widest)}…` : value;
  return values.has(key) || !parameterDefaults.has(key) ? short : `${short} (default)`;
}

/** Values by key, as JSON. Keys of parameters are those of the tenant file below `allrisnet`. */
function tryFlatten(text: unknown): ReadonlyMap<string, string> | undefined {
  if (typeof text !== "string") return undefined;
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(values)) return undefined;
  const { allrisnet, ...rest } = values;
  const parameters = isRecord(allrisnet) ? Object.entries(allrisnet).flatMap(leaves) : [];
  return new Map([...Object.entries(rest).flatMap(leaves), ...parameters]);
}

function leaves([key, value]: [string, unknown]): [string, string][] {
  if (!isRecord(value)) return [[key, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([name, part]) => leaves([`${key}.${name}`, part]));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

import { parameterDefaults } from "./defaults.ts";

/** One value that differs between two texts that a roll-out got. */
export interface ValueChange {
  /** As in the tenant file; keys of parameters are those below `allrisnet`. */
  readonly key: string;
  /** As JSON; undefined where it was not there. */
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** Whether the value before, or after, is what a parameter is for everybody that states nothing. */
  readonly defaultBefore: boolean;
  readonly defaultAfter: boolean;
}

/**
 * What changes between two texts that a roll-out got (canonical JSON), by key; the bundle's own hash is left out.
 * @returns undefined where one of them is no such text
 */
export function tryValueChanges(
  before: unknown,
  after: unknown,
): { readonly changes: readonly ValueChange[]; readonly bundle: boolean } | undefined {
  const [old, fresh] = [tryFlatten(before), tryFlatten(after)];
  if (old === undefined || fresh === undefined) return undefined;
  const keys = [...new Set([...old.keys(), ...fresh.keys()])].sort();
  const changed = keys.filter((key) => key !== "bundle" && effective(key, old) !== effective(key, fresh));
  return {
    changes: changed.map((key) => ({
      key,
      before: effective(key, old),
      after: effective(key, fresh),
      defaultBefore: isDefault(key, old),
      defaultAfter: isDefault(key, fresh),
    })),
    bundle: old.get("bundle") !== fresh.get("bundle"),
  };
}

/** As JSON. A parameter that is not stated is what it is for everybody. */
function effective(key: string, values: ReadonlyMap<string, string>): string | undefined {
  return values.get(key) ?? JSON.stringify(parameterDefaults.get(key));
}

function isDefault(key: string, values: ReadonlyMap<string, string>): boolean {
  return !values.has(key) && parameterDefaults.has(key);
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

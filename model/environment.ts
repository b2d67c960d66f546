import type { FieldProblem } from "./fields.ts";
import { isPlainObject, type Plain, type PlainObject } from "./plain.ts";
import { type FieldPath, formatField } from "./problems.ts";
import { didYouMean } from "./suggest.ts";
import { bad, good, textSchema } from "./value.ts";

/** The environment's variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

const namePattern = /^[A-Z][A-Z0-9_]{0,99}$/;

/** The name of an environment variable whose value is a secret: settings name it and never hold it. */
export const variableName = textSchema((text) =>
  namePattern.test(text)
    ? good(text)
    : bad('must name an environment variable in capitals, such as "FARM_XAPI_PASSWORD"'),
);

/** Settings with the environment's values in place. */
export interface Resolved {
  readonly value: Plain;
  readonly problems: readonly FieldProblem[];
  /** Names of the variables by the field that got their value, in the dotted form. */
  readonly sources: ReadonlyMap<string, string>;
}

/**
 * Puts the environment's values in place of each `{ env: "NAME" }`. Spaces and line ends around a value are
 * dropped, and an empty variable counts as none. Below `ifEnv` stand fields by the name of a variable; they count as
 * fields of the settings while it is set, unless the settings have them anyway.
 */
export function resolveEnvironment(given: Plain, environment: Environment): Resolved {
  const problems: FieldProblem[] = [];
  const value = withConditions(given, environment, problems);
  const sources = new Map<string, string>();
  const resolve = (part: Plain, path: FieldPath): Plain => {
    if (Array.isArray(part)) return part.map((item, at) => resolve(item, [...path, at]));
    if (!isPlainObject(part)) return part;
    const name = part.env;
    if (typeof name === "string" && Object.keys(part).length === 1) {
      const found = settingOf(name, environment);
      if (found) {
        sources.set(formatField(path), name);
        return found;
      }
      problems.push({ path, ...missing(name, environment) });
      return undefined;
    }
    const copy: PlainObject = Object.create(null);
    for (const [key, field] of Object.entries(part)) {
      const resolved = resolve(field, [...path, key]);
      if (resolved !== undefined) copy[key] = resolved;
    }
    return copy;
  };
  return { value: resolve(value, []), problems, sources };
}

/** The settings with those fields of `ifEnv` whose variable is set. */
function withConditions(settings: Plain, environment: Environment, problems: FieldProblem[]): Plain {
  if (!isPlainObject(settings) || !isPlainObject(settings["ifEnv"])) return settings;
  const { ifEnv, ...always } = settings;
  let all: PlainObject = always;
  for (const [name, fields] of Object.entries(ifEnv)) {
    const path = ["ifEnv", name];
    if (!namePattern.test(name)) problems.push({ path, why: "must be the name of an environment variable" });
    else if (!isPlainObject(fields)) problems.push({ path, why: "must be an object of settings" });
    else if (settingOf(name, environment)) all = { ...fields, ...all };
  }
  return all;
}

function settingOf(name: string, environment: Environment): string | undefined {
  return Object.hasOwn(environment, name) ? environment[name]?.trim() : undefined;
}

function missing(name: string, environment: Environment): { why: string; hint?: string } {
  if (!namePattern.test(name)) {
    return { why: 'must name an environment variable in capitals, as in { env: "XOA_URL" }' };
  }
  const hint = didYouMean(name, Object.keys(environment));
  const why = `comes from the environment variable ${name}, which is not set`;
  return hint === undefined ? { why } : { why, hint };
}

import type { AllrisNet, SecretRef } from "./allrisnet.ts";

/** A parameter's value; a secret is only ever named. */
export type ParameterValue = string | number | boolean | readonly string[] | SecretRef;

/** A parameter by its key, the path in the tenant file: "citizens.publish.agendaDaysBefore". */
export type Parameter = readonly [key: string, value: ParameterValue];

/** What says how a release comes to the site, and is no parameter of the application. */
const aboutReleases = ["release", "ring", "emergency"];

/**
 * Every parameter that has a value, sorted by key (by code units). The same values always give the same list,
 * so that two of them can be compared key by key.
 */
export function flatten(allrisnet: AllrisNet): readonly Parameter[] {
  return Object.entries(allrisnet)
    .filter(([key]) => !aboutReleases.includes(key))
    .flatMap(([key, value]) => below(key, value))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** True for a value that names a secret. */
export function isSecret(value: ParameterValue): value is SecretRef {
  return typeof value === "object" && "from" in value;
}

function below(key: string, value: ParameterValue | object): readonly Parameter[] {
  if (isLeaf(value)) return [[key, value]];
  return Object.entries(value).flatMap(([name, field]) => below(`${key}.${name}`, field));
}

function isLeaf(value: ParameterValue | object): value is ParameterValue {
  return typeof value !== "object" || Array.isArray(value) || "from" in value;
}

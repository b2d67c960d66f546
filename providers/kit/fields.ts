import { isPlainObject } from "./secrets.ts";
import { Asset, type CheckFailure, type CheckResult, type Properties, Unknown, type Value } from "./types.ts";

/** What a property may hold. */
export interface Field {
  readonly type: "text" | "number" | "boolean" | "texts" | "list" | "map" | "object" | "asset";
  /** @default false */
  readonly required?: boolean;
  /** Taken when the property is absent. @default - it stays absent */
  readonly default?: Value;
  /** The only values that are right. @default - any of its type */
  readonly allowed?: readonly (string | number)[];
  /** The members of an object. @default - anything */
  readonly fields?: Fields;
}

/** The properties of a resource by name. */
export type Fields = Readonly<Record<string, Field>>;

const isText = (value: Value): boolean => typeof value === "string" || value instanceof Unknown;

const fits: Record<Field["type"], (value: Value) => boolean> = {
  text: isText,
  number: (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
  texts: (value) => Array.isArray(value) && value.every(isText),
  list: Array.isArray,
  map: (value) => isPlainObject(value) && Object.values(value).every(isText),
  object: isPlainObject,
  asset: (value) => value instanceof Asset,
};

const names: Record<Field["type"], string> = {
  text: "a text",
  number: "a number",
  boolean: "true or false",
  texts: "a list of texts",
  list: "a list",
  map: "texts by name",
  object: "an object",
  asset: "an asset or archive",
};

/** What is wrong with a value, as the end of a sentence that begins with its name. */
function reasonAgainst(value: Value, field: Field): string | undefined {
  if (!fits[field.type](value)) return `must be ${names[field.type]}`;
  if (field.allowed === undefined || field.allowed.includes(value as string)) return undefined;
  return `must be one of ${field.allowed.join(", ")}, not ${JSON.stringify(value)}`;
}

function checkAt(news: Properties, fields: Fields, prefix: string, failures: CheckFailure[]): Properties {
  const inputs: Properties = {};
  const fail = (name: string, reason: string): void => {
    failures.push({ property: `${prefix}${name}`, reason });
  };
  for (const [name, value] of Object.entries(news)) {
    if (fields[name] === undefined && value !== null) fail(name, `is no property of this resource`);
  }
  for (const [name, field] of Object.entries(fields)) {
    const value = news[name] ?? field.default;
    if (value === undefined) {
      if (field.required) fail(name, "is required");
      continue;
    }
    inputs[name] = value;
    if (value instanceof Unknown) continue;
    const reason = reasonAgainst(value, field);
    if (reason !== undefined) fail(name, reason);
    else if (field.fields !== undefined && isPlainObject(value)) {
      inputs[name] = checkAt(value, field.fields, `${prefix}${name}.`, failures);
    }
  }
  return inputs;
}

/** Checks inputs against their fields and fills in defaults; every problem is reported, not the first alone. */
export function checkFields(news: Properties, fields: Fields): CheckResult {
  const failures: CheckFailure[] = [];
  return { inputs: checkAt(news, fields, "", failures), failures };
}

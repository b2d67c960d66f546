import type { CompareRules } from "../../providers/kit/compare.ts";
import { comparePlain } from "../../providers/kit/compare.ts";
import type { CheckFailure, DifferenceKind, Properties, Value } from "../../providers/kit/types.ts";
import { Unknown } from "../../providers/kit/types.ts";

/** What a property may hold. */
type FieldType =
  | "string"
  | "boolean"
  | "integer"
  | "any"
  | { readonly list: Field }
  | { readonly set: Field }
  | { readonly map: Field }
  | { readonly object: Fields };

/** One input property of a resource or function, as the official provider's schema declares it. */
export interface Field {
  readonly type: FieldType;
  /** The program must give it. @default false */
  readonly required?: boolean;
  /** Filled in by `check` when the program gives nothing. @default - nothing */
  readonly default?: Value;
  /** The only values it may have. @default - any of its type */
  readonly oneOf?: readonly (string | number)[];
  /** A change makes a new object. @default false */
  readonly replaces?: boolean;
  /** The server decides when the program gives nothing, and what it decided stays. @default false */
  readonly computed?: boolean;
  /** A reason against a value of the right type. @default - none */
  readonly refuse?: (value: Value) => string | undefined;
  /** The two values mean the same, so the old one stays. @default - compared as they are */
  readonly same?: (old: Value, planned: Value) => boolean;
}

/** Fields by property name. */
export type Fields = Readonly<Record<string, Field>>;

/** A plain object among property values. */
export function isObject(value: Value | undefined): value is Properties {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.getPrototypeOf(value) === Object.prototype
  );
}

const items = (value: Value | undefined): Value[] => (Array.isArray(value) ? value : []);

function join(path: string, key: string): string {
  if (path === "") return key;
  return /^[A-Za-z_]\w*$/.test(key) ? `${path}.${key}` : `${path}["${key}"]`;
}

const article = { string: "a text", boolean: "true or false", integer: "a whole number" } as const;

/** Checks a value that is there and fills in the defaults inside it. */
function checkValue(field: Field, value: Value, path: string, failures: CheckFailure[]): Value {
  if (value === Unknown.value) return value;
  const refuse = (reason: string): Value => {
    failures.push({ property: path, reason });
    return value;
  };
  const { type } = field;
  if (type === "any") return value;
  if (typeof type === "string") {
    const fits = type === "integer" ? Number.isSafeInteger(value) : typeof value === type;
    if (!fits) return refuse(`must be ${article[type]}, got ${JSON.stringify(value)}`);
    if (field.oneOf && !field.oneOf.includes(value as string | number)) {
      const allowed = field.oneOf.map((one) => JSON.stringify(one)).join(", ");
      return refuse(`must be one of ${allowed}, got ${JSON.stringify(value)}`);
    }
    const reason = field.refuse?.(value);
    return reason === undefined ? value : refuse(reason);
  }
  if ("object" in type) {
    if (!isObject(value)) return refuse("must be an object");
    return checkFields(type.object, value, failures, path);
  }
  if ("map" in type) {
    if (!isObject(value)) return refuse("must be a map");
    const checked = Object.entries(value).map(([key, one]) => [
      key,
      checkValue(type.map, one, join(path, key), failures),
    ]);
    return Object.fromEntries(checked) as Properties;
  }
  const element = "list" in type ? type.list : type.set;
  if (!Array.isArray(value)) return refuse("must be a list");
  return value.map((one, index) => checkValue(element, one, `${path}[${index}]`, failures));
}

/** Checks properties against their fields and fills in defaults. Failures are appended to `failures`. */
export function checkFields(
  fields: Fields,
  news: Properties,
  failures: CheckFailure[],
  path = "",
): Properties {
  const inputs: Properties = {};
  for (const [key, value] of Object.entries(news)) {
    if (value === null || key === "__defaults") continue;
    const field = fields[key];
    if (field) inputs[key] = checkValue(field, value, join(path, key), failures);
    else failures.push({ property: join(path, key), reason: "is not a property of this type" });
  }
  for (const [key, field] of Object.entries(fields)) {
    if (inputs[key] !== undefined) continue;
    if (field.default !== undefined) inputs[key] = field.default;
    else if (field.required) failures.push({ property: join(path, key), reason: "is required but missing" });
  }
  return inputs;
}

/**
 * What the object will look like: the program's inputs, and for what the server decides its earlier answer, or
 * `Unknown` while there is none. Elements of lists belong together by their index.
 */
export function planFields(fields: Fields, olds: Properties, news: Properties): Properties {
  const planned: Properties = {};
  for (const [key, field] of Object.entries(fields)) {
    const value = news[key];
    const old = olds[key];
    if (value === undefined) {
      if (field.computed) planned[key] = old ?? Unknown.value;
    } else {
      planned[key] = planValue(field, old, value);
    }
  }
  return planned;
}

function planValue(field: Field, old: Value | undefined, value: Value): Value {
  const { type } = field;
  if (value === Unknown.value) return value;
  if (old !== undefined && field.same?.(old, value)) return old;
  if (typeof type === "string") return value;
  if ("object" in type && isObject(value)) return planFields(type.object, isObject(old) ? old : {}, value);
  if ("list" in type && Array.isArray(value)) {
    return value.map((one, index) => planValue(type.list, items(old)[index], one));
  }
  return value;
}

/** An absent value, "" and empty collections mean the same to the official provider. */
function isEmpty(value: Value | undefined): boolean {
  if (value === undefined || value === null || value === "") return true;
  return Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;
}

/** How the fields compare, in the kit's words. */
function rulesOf(fields: Fields): CompareRules & Record<"replace" | "sets", string[]> {
  const rules = { inputs: Object.keys(fields), replace: [] as string[], sets: [] as string[] };
  const add = (field: Field, path: string): void => {
    if (field.replaces) rules.replace.push(path);
    const { type } = field;
    if (typeof type === "string") return;
    if ("set" in type) rules.sets.push(path);
    else if ("list" in type) add(type.list, `${path}[*]`);
    else if ("object" in type)
      for (const [key, one] of Object.entries(type.object)) add(one, `${path}.${key}`);
  };
  for (const [key, field] of Object.entries(fields)) add(field, key);
  return rules;
}

/** An absent text and an empty one mean the same to the official providers: drops it where the other has none. */
function withoutEmptyTexts(value: Value, other: Value | undefined): Value {
  if (Array.isArray(value)) return value.map((one, index) => withoutEmptyTexts(one, items(other)[index]));
  if (!isObject(value)) return value;
  const partner = (key: string): Value | undefined => (isObject(other) ? other[key] : undefined);
  const kept = Object.entries(value).filter(([key, one]) => one !== "" || partner(key) !== undefined);
  return Object.fromEntries(kept.map(([key, one]) => [key, withoutEmptyTexts(one, partner(key))]));
}

/** The differences between the object as it is and as planned, by property path. */
export function diffFields(
  fields: Fields,
  olds: Properties,
  planned: Properties,
): Record<string, DifferenceKind> {
  const decided = Object.entries(planned).filter(
    // The server has not said yet what it will be, and the program does not care.
    ([key, value]) => !(fields[key]?.computed && value === Unknown.value && olds[key] === undefined),
  );
  const wanted = Object.fromEntries(decided);
  const [before, after] = [withoutEmptyTexts(olds, wanted), withoutEmptyTexts(wanted, olds)];
  return comparePlain(before as Properties, after as Properties, rulesOf(fields));
}

/** Whether a field keeps its value. */
export function sameValue(field: Field, old: Value | undefined, planned: Value | undefined): boolean {
  const [olds, news] = [{ value: old ?? null }, { value: planned ?? null }];
  return Object.keys(diffFields({ value: field }, olds, news)).length === 0;
}

/** The value without what is unknown: what was planned, as far as it can be said. */
export function withoutUnknown(properties: Properties): Properties {
  const clean = (value: Value): Value => {
    if (Array.isArray(value)) return value.filter((one) => one !== Unknown.value).map(clean);
    return isObject(value) ? withoutUnknown(value) : value;
  };
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([, value]) => value !== Unknown.value)
      .map(([key, value]) => [key, clean(value)]),
  );
}

/** The part of the outputs that the earlier inputs spoke about, so that a refresh corrects the stored inputs. */
export function inputsFrom(fields: Fields, outputs: Properties, oldInputs: Properties): Properties {
  const inputs: Properties = {};
  for (const [key, field] of Object.entries(fields)) {
    const [value, old] = [outputs[key], oldInputs[key]];
    if (old === undefined) continue;
    if (value === undefined) {
      // A value that the server reports as nothing keeps its empty form, everything else is gone.
      if (isEmpty(old)) inputs[key] = old;
    } else {
      inputs[key] = inputFrom(field, value, old);
    }
  }
  return inputs;
}

function inputFrom(field: Field, value: Value, old: Value | undefined): Value {
  const { type } = field;
  if (typeof type === "string") return value;
  if ("object" in type && isObject(value)) {
    return isObject(old) ? inputsFrom(type.object, value, old) : inputsAtImport(type.object, value);
  }
  if ("list" in type && Array.isArray(value)) {
    return value.map((one, index) => inputFrom(type.list, one, items(old)[index]));
  }
  return value;
}

/** The inputs that describe an imported object: everything that is not for the server to decide. */
export function inputsAtImport(fields: Fields, outputs: Properties): Properties {
  const inputs: Properties = {};
  for (const [key, field] of Object.entries(fields)) {
    const value = outputs[key];
    if (value === undefined || isEmpty(value) || (field.computed && !field.required)) continue;
    inputs[key] = inputFrom(field, value, undefined);
  }
  return inputs;
}

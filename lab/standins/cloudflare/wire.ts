import type { Properties, Value } from "../../../providers/kit/types.ts";
import { isObject } from "../fields.ts";

/** A JSON object on the wire, with snake_case names. */
export type Wire = { [key: string]: unknown };

/** Narrows an answer to an object. @throws Error */
export function wireObject(answer: unknown, from: string): Wire {
  if (typeof answer === "object" && answer !== null && !Array.isArray(answer)) return answer as Wire;
  throw new Error(`${from}: the answer holds no object, but ${JSON.stringify(answer)}`);
}

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const camel = (name: string): string =>
  name.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase());

/** A property as it goes over the wire: names inside it become snake_case. */
function toWire(value: Value): unknown {
  if (Array.isArray(value)) return value.map(toWire);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [snake(key), toWire(one)]));
}

/** A value of an answer as property: names become camelCase, null is left out. */
function fromWire(value: unknown): Value {
  if (Array.isArray(value)) return value.map(fromWire);
  if (typeof value !== "object" || value === null) return value as Value;
  const members = Object.entries(value).filter(([, one]) => one !== null && one !== undefined);
  return Object.fromEntries(members.map(([key, one]) => [camel(key), fromWire(one)]));
}

/** The named properties of an answer, where it has them. */
export function pick(answer: Wire, names: readonly string[]): Properties {
  const picked: Properties = {};
  for (const name of names) {
    const value = answer[snake(name)];
    if (value !== null && value !== undefined) picked[name] = fromWire(value);
  }
  return picked;
}

/** A body with the named properties that have a value. */
export function bodyOf(properties: Properties, names: readonly string[]): Wire {
  const given = names.filter((name) => properties[name] !== undefined && properties[name] !== null);
  return Object.fromEntries(given.map((name) => [snake(name), toWire(properties[name] ?? null)]));
}

/** Null for each named property that the state has and the plan has not. */
export function dropped(olds: Properties, planned: Properties, names: readonly string[]): Wire {
  const gone = names.filter((name) => olds[name] !== undefined && planned[name] === undefined);
  return Object.fromEntries(gone.map((name) => [snake(name), null]));
}

import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { parseSearch } from "./search.ts";

/**
 * Deep partial equality, as lodash's `matches`: every listed key must match, every member of a listed array
 * must occur in the object's array.
 */
export function matches(pattern: Json, value: Json | undefined): boolean {
  if (Array.isArray(pattern)) {
    if (!Array.isArray(value)) return false;
    const taken = new Set<number>();
    return pattern.every((wanted: Json) => {
      const index = value.findIndex((each: Json, at: number) => !taken.has(at) && matches(wanted, each));
      taken.add(index);
      return index >= 0;
    });
  }
  if (isJsonObject(pattern)) {
    if (typeof value !== "object" || value === null) return Object.keys(pattern).length === 0;
    const holder = value as JsonObject;
    return Object.entries(pattern).every(
      ([key, wanted]) => Object.hasOwn(holder, key) && matches(wanted, holder[key]),
    );
  }
  return pattern === value;
}

/**
 * A filter as `xo.getAllObjects` and REST collections take it: an object pattern or XO's search syntax.
 * @throws SyntaxError for a search that cannot be read.
 */
export function createFilter(filter: Json | undefined): (view: JsonObject) => boolean {
  if (filter === undefined || filter === null) return () => true;
  if (typeof filter === "string") return parseSearch(filter);
  return (view) => matches(filter, view);
}

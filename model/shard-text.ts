import {
  isMap,
  isScalar,
  isSeq,
  type Pair,
  parseDocument,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { FarmError } from "../lib/farm-error.ts";
import { type ShardRule, shardOf } from "./shards.ts";

/** Where the shards stand in `Pulumi.<farm>.yaml`. */
const place = ["config", "allris-farm:settings", "shards"];

/** What is assigned. */
export interface ShardAssignment {
  readonly tenant: { readonly id: string; readonly pool: string };
  readonly shard: string;
}

/**
 * The text of a farm's settings with an administration given to a shard: taken off the other lists, and listed there
 * unless the shard's pools bring it already. Everything else stays as it is, to the letter.
 *
 * @param file for messages
 * @throws FarmError when the shards are not written as plain lists
 */
export function assignInText(text: string, file: string, { tenant, shard }: ShardAssignment): string {
  let edited = text;
  for (const name of Object.keys(rulesIn(edited))) {
    if (name !== shard) edited = withoutItem(edited, name, tenant.id);
  }
  if (shardOf(tenant, { shards: rulesIn(edited) }) !== shard) edited = withItem(edited, shard, tenant.id);
  if (shardOf(tenant, { shards: rulesIn(edited) }) === shard) return edited;
  throw new FarmError({
    what: `The settings cannot be changed so that "${tenant.id}" is in the shard ${shard}`,
    where: file,
    why: "the shards are not written there as plain lists",
    next: `write it into shards.${shard}.tenants by hand, then run again`,
  });
}

function rulesIn(text: string): Readonly<Record<string, ShardRule>> {
  const rules: unknown = parseDocument(text).getIn(place);
  return isMap(rules) ? (rules.toJSON() as Readonly<Record<string, ShardRule>>) : {};
}

/** A shard's rule, and the pair with its list of administrations. */
function ruleIn(text: string, shard: string): { readonly rule?: YAMLMap; readonly list?: Pair } {
  const rule = parseDocument(text).getIn([...place, shard], true);
  if (!isMap(rule)) return {};
  const list = rule.items.find(({ key }) => isScalar(key) && key.value === "tenants");
  return list === undefined ? { rule } : { rule, list };
}

function withoutItem(text: string, shard: string, id: string): string {
  const { list } = ruleIn(text, shard);
  const items = list?.value;
  if (!isSeq(items)) return text;
  const at = items.items.findIndex((item) => isScalar(item) && item.value === id);
  if (at < 0) return text;
  const kept = items.items.filter((_, index) => index !== at);
  if (items.flow === true || kept.length === 0) return flowInPlace(text, list, items, kept);
  const [start] = rangeOf(items.items[at]);
  const from = text.lastIndexOf("\n", start) + 1;
  const to = text.indexOf("\n", start);
  return splice(text, from, to < 0 ? text.length : to + 1, "");
}

function withItem(text: string, shard: string, id: string): string {
  const { rule, list } = ruleIn(text, shard);
  if (rule === undefined) return text;
  const items = list?.value;
  if (isSeq(items) && items.flow === true)
    return flowInPlace(text, list, items, [...items.items, { source: id }]);
  const last = isSeq(items) ? items.items.at(-1) : rule.items.at(-1)?.key;
  if (last === undefined || last === null) return text;
  const [start, end] = rangeOf(isSeq(items) ? last : (rule.items.at(-1)?.value ?? last));
  if (rule.flow === true) return splice(text, end, end, `, tenants: [${id}]`);
  const [first] = isSeq(items) ? [start] : rangeOf(rule.items.at(-1)?.key);
  const line = text.lastIndexOf("\n", first) + 1;
  const indent = /^ */.exec(text.slice(line))?.[0] ?? "";
  const next = text.indexOf("\n", end);
  const written = isSeq(items) ? `${indent}- ${id}` : `${indent}tenants: [${id}]`;
  return next < 0 ? `${text}\n${written}\n` : splice(text, next + 1, next + 1, `${written}\n`);
}

/** Writes the list on the line of its key. */
function flowInPlace(text: string, list: Pair | undefined, items: YAMLSeq, kept: readonly unknown[]): string {
  const words = kept.map((item) => (item as Scalar).source ?? String((item as Scalar).value));
  const [, afterKey] = rangeOf(list?.key);
  const [, end] = rangeOf(items.flow === true ? items : items.items.at(-1));
  return splice(text, text.indexOf(":", afterKey) + 1, end, ` [${words.join(", ")}]`);
}

/** Begin and end of a node's value in the text. */
function rangeOf(node: unknown): readonly [number, number] {
  const range = (node as { range?: readonly [number, number, number] } | undefined)?.range;
  if (range === undefined) throw new Error("a node that was parsed has its place in the text");
  return [range[0], range[1]];
}

function splice(text: string, from: number, to: number, replacement: string): string {
  return text.slice(0, from) + replacement + text.slice(to);
}

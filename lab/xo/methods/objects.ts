import { z } from "zod";
import type { Json, JsonObject } from "../../json.ts";
import { invalidParameters, notImplemented } from "../errors.ts";
import { createFilter } from "../filter.ts";
import type { XoRecord, XoType } from "../records.ts";
import { dummy, flag, integer, json, text } from "../rpc/fields.ts";
import { type Call, type Method, method } from "../rpc/method.ts";
import { putObject } from "../store.ts";

/** Types that carry tags in XO. */
const tagged: readonly XoType[] = [
  "pool",
  "host",
  "SR",
  "network",
  "VM",
  "VM-template",
  "VM-snapshot",
  "VDI",
];

function select(call: Call, filter: Json | undefined, limit: number): Record<string, JsonObject> {
  let test: (view: JsonObject) => boolean;
  try {
    test = createFilter(filter);
  } catch (error) {
    throw invalidParameters(error instanceof Error ? error.message : String(error));
  }
  const type = typeof filter === "object" && filter !== null ? (filter as JsonObject).type : undefined;
  const found: Record<string, JsonObject> = {};
  let count = 0;
  for (const view of call.xo.inventory.list(typeof type === "string" ? type : undefined)) {
    if (count >= limit) break;
    if (!test(view)) continue;
    found[String(view.id)] = view;
    count++;
  }
  return found;
}

function setTags(
  call: Call,
  id: string,
  change: (tags: readonly string[]) => readonly string[],
): Promise<void> {
  const record: XoRecord = call.get(id, tagged, "administrate");
  return call.xo.store.commit([putObject({ ...record, tags: change(record.tags) } as XoRecord)]);
}

/** Looking at the inventory, and tags. */
export const objectMethods: Readonly<Record<string, Method>> = {
  // As in XO, rights on objects do not narrow this: whoever has signed in sees everything.
  "xo.getAllObjects": method(
    z.strictObject({
      filter: json.optional(),
      limit: integer.positive().optional(),
      ndjson: flag.optional(),
    }),
    (call, { filter, limit, ndjson }) => {
      if (ndjson) throw notImplemented();
      return select(call, filter, limit ?? Number.POSITIVE_INFINITY);
    },
  ),

  "tag.add": method(z.strictObject({ id: text, tag: text }), (call, { id, tag }) =>
    setTags(call, id, (tags) => [...new Set([...tags, tag])].sort()),
  ),

  "tag.remove": method(z.strictObject({ id: text, tag: text }), (call, { id, tag }) =>
    setTags(call, id, (tags) => tags.filter((each) => each !== tag)),
  ),

  "system.getServerVersion": method(z.strictObject(dummy), () => "5.207.2", "anybody"),
};

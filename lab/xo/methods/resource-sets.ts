import { z } from "zod";
import type { JsonObject } from "../../json.ts";
import type { ResourceSetRecord } from "../account-records.ts";
import { noSuchObject } from "../errors.ts";
import { anyText, integer, text } from "../rpc/fields.ts";
import { type Call, type Method, method } from "../rpc/method.ts";
import { newId } from "../stable-id.ts";
import { put, remove } from "../store.ts";
import { usageOfSet } from "./resource-usage.ts";

const quantity = integer.nonnegative();
const limit = z.union([quantity, z.object({ total: quantity }).transform(({ total }) => total)]);

function show(call: Call, set: ResourceSetRecord): JsonObject {
  const usage = new Map(Object.entries(usageOfSet(set.id, call.relations)));
  const limits = Object.entries(set.limits).map(([name, total]) => {
    const used = usage.get(name) ?? 0;
    return [name, { total, usage: used, available: total - used }] as const;
  });
  return {
    id: set.id,
    name: set.name,
    subjects: set.subjects,
    objects: set.objects,
    limits: Object.fromEntries(limits),
    ipPools: [],
    tags: [],
    shareByDefault: false,
  };
}

async function change(
  call: Call,
  id: string,
  edit: (set: ResourceSetRecord) => ResourceSetRecord,
): Promise<void> {
  const set = call.xo.store.table("resourceSets").get(id);
  if (!set) throw noSuchObject(id, "resourceSet");
  await call.xo.store.commit([put("resourceSets", edit(set))]);
}

const withSubject = z.strictObject({ id: text, subject: text });
const withObject = z.strictObject({ id: text, object: text });

/** Self-service: what a user may use up to which limits. */
export const resourceSetMethods: Readonly<Record<string, Method>> = {
  "resourceSet.create": method(
    z.strictObject({
      name: text,
      subjects: z.array(text).optional(),
      objects: z.array(text).optional(),
      limits: z.record(text, limit).optional(),
    }),
    async (call, given) => {
      const set: ResourceSetRecord = {
        id: newId(),
        name: given.name,
        subjects: given.subjects ?? [],
        objects: given.objects ?? [],
        limits: given.limits ?? {},
      };
      await call.xo.store.commit([put("resourceSets", set)]);
      return show(call, set);
    },
    "admin",
  ),

  "resourceSet.getAll": method(z.strictObject({ id: anyText.optional() }), (call) => {
    const sets = [...call.xo.store.table("resourceSets").values()];
    const own = sets.filter((set) => call.user.permission === "admin" || set.subjects.includes(call.user.id));
    return own.map((set) => show(call, set));
  }),

  "resourceSet.delete": method(
    z.strictObject({ id: text }),
    async ({ xo }, { id }) => {
      if (!xo.store.table("resourceSets").has(id)) throw noSuchObject(id, "resourceSet");
      await xo.store.commit([remove("resourceSets", id)]);
    },
    "admin",
  ),

  "resourceSet.addSubject": method(
    withSubject,
    (call, { id, subject }) =>
      change(call, id, (set) => ({ ...set, subjects: [...new Set([...set.subjects, subject])] })),
    "admin",
  ),

  "resourceSet.removeSubject": method(
    withSubject,
    (call, { id, subject }) =>
      change(call, id, (set) => ({ ...set, subjects: set.subjects.filter((each) => each !== subject) })),
    "admin",
  ),

  "resourceSet.addObject": method(
    withObject,
    (call, { id, object }) =>
      change(call, id, (set) => ({ ...set, objects: [...new Set([...set.objects, object])] })),
    "admin",
  ),

  "resourceSet.removeObject": method(
    withObject,
    (call, { id, object }) =>
      change(call, id, (set) => ({ ...set, objects: set.objects.filter((each) => each !== object) })),
    "admin",
  ),

  "resourceSet.addLimit": method(
    z.strictObject({ id: text, limitId: text, quantity }),
    (call, given) =>
      change(call, given.id, (set) => ({
        ...set,
        limits: { ...set.limits, [given.limitId]: given.quantity },
      })),
    "admin",
  ),

  "resourceSet.removeLimit": method(
    z.strictObject({ id: text, limitId: text }),
    (call, given) =>
      change(call, given.id, (set) => {
        const { [given.limitId]: _gone, ...limits } = set.limits;
        return { ...set, limits };
      }),
    "admin",
  ),
};

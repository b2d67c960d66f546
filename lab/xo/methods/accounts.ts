import { z } from "zod";
import { isJsonObject } from "../../json.ts";
import { forbiddenOperation, noSuchObject } from "../errors.ts";
import { anyText, dummy, json, text } from "../rpc/fields.ts";
import { type Method, method } from "../rpc/method.ts";
import { stableId } from "../stable-id.ts";
import { put, remove } from "../store.ts";

const permission = z.enum(["none", "read", "write", "admin"]);
const action = z.enum(["viewer", "operator", "admin"]);
const entry = z.strictObject({ subject: text, object: text, action });

/** Users and what they may do; for administrators only. */
export const accountMethods: Readonly<Record<string, Method>> = {
  "user.create": method(
    z.strictObject({ email: text, password: text, permission: permission.optional() }),
    ({ xo }, given) => xo.accounts.create(given.email, given.password, given.permission ?? "none"),
    "admin",
  ),

  "user.getAll": method(
    z.strictObject(dummy),
    ({ xo }) => [...xo.accounts.users.values()].map((user) => xo.accounts.show(user)),
    "admin",
  ),

  "user.set": method(
    z.strictObject({
      id: text,
      email: text.optional(),
      password: text.optional(),
      permission: permission.optional(),
      preferences: json.optional(),
    }),
    ({ xo }, { id, preferences, ...change }) =>
      xo.accounts.update(id, { ...change, ...(isJsonObject(preferences) ? { preferences } : {}) }),
    "admin",
  ),

  "user.delete": method(
    z.strictObject({ id: text }),
    ({ xo, user }, { id }) => {
      if (id === user.id) throw forbiddenOperation("user deletion", "a user cannot delete itself");
      return xo.accounts.delete(id);
    },
    "admin",
  ),

  "acl.get": method(z.strictObject(dummy), ({ xo }) => [...xo.store.table("acls").values()], "admin"),

  "acl.add": method(
    entry,
    async ({ xo }, acl) => {
      // The same entry keeps its id, however often it is added.
      const id = stableId(`acl ${acl.subject} ${acl.object} ${acl.action}`);
      await xo.store.commit([put("acls", { id, ...acl })]);
    },
    "admin",
  ),

  "acl.remove": method(
    entry,
    async ({ xo }, acl) => {
      const same = [...xo.store.table("acls").values()].find(
        (each) => each.subject === acl.subject && each.object === acl.object && each.action === acl.action,
      );
      if (same) await xo.store.commit([remove("acls", same.id)]);
    },
    "admin",
  ),

  "cloudConfig.create": method(
    z.strictObject({ name: text, template: anyText }),
    async ({ xo }, given) => {
      const config = { id: crypto.randomUUID(), ...given };
      await xo.store.commit([put("cloudConfigs", config)]);
      return config;
    },
    "admin",
  ),

  "cloudConfig.getAll": method(z.strictObject(dummy), ({ xo }) => [
    ...xo.store.table("cloudConfigs").values(),
  ]),

  "cloudConfig.update": method(
    z.strictObject({ id: text, name: text.optional(), template: anyText.optional() }),
    async ({ xo }, { id, name, template }) => {
      const config = xo.store.table("cloudConfigs").get(id);
      if (!config) throw noSuchObject(id, "cloudConfig");
      const next = { id, name: name ?? config.name, template: template ?? config.template };
      await xo.store.commit([put("cloudConfigs", next)]);
    },
    "admin",
  ),

  "cloudConfig.delete": method(
    z.strictObject({ id: text }),
    async ({ xo }, { id }) => {
      if (!xo.store.table("cloudConfigs").has(id)) throw noSuchObject(id, "cloudConfig");
      await xo.store.commit([remove("cloudConfigs", id)]);
    },
    "admin",
  ),
};

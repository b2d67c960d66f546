import { z } from "zod";
import { anyText, flag, text } from "../rpc/fields.ts";
import { type Method, method } from "../rpc/method.ts";

const id = z.strictObject({ id: text });

/** Backup repositories, which XO calls remotes; packages/xo-server/src/api/remote.mjs. */
export const remoteMethods: Readonly<Record<string, Method>> = {
  "remote.create": method(
    z.strictObject({ name: text, url: text, options: anyText.optional(), proxy: text.optional() }),
    async ({ xo: { backups } }, given) => backups.remotes.show(await backups.remotes.create(given)),
    "admin",
  ),

  "remote.set": method(
    z.strictObject({
      id: text,
      name: text.optional(),
      url: text.optional(),
      options: anyText.nullish(),
      proxy: text.nullish(),
      enabled: flag.optional(),
    }),
    ({ xo }, { id, ...change }) => xo.backups.remotes.set(id, change),
    "admin",
  ),

  "remote.get": method(
    id,
    ({ xo: { backups } }, given) => backups.remotes.show(backups.remotes.find(given.id)),
    "admin",
  ),

  "remote.getAll": method(
    z.strictObject({}),
    ({ xo: { backups } }) => backups.remotes.all.map((remote) => backups.remotes.show(remote)),
    "admin",
  ),

  "remote.getAllInfo": method(z.strictObject({}), ({ xo }) => xo.backups.remotes.info(), "admin"),

  "remote.test": method(id, ({ xo }, given) => xo.backups.remotes.test(given.id), "admin"),

  "remote.delete": method(id, ({ xo }, given) => xo.backups.remotes.delete(given.id), "admin"),
};

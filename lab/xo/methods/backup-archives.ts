import { z } from "zod";
import { flag, text } from "../rpc/fields.ts";
import { type Method, method } from "../rpc/method.ts";

const restore = z.strictObject({
  id: text,
  sr: text,
  settings: z.strictObject({
    newMacAddresses: flag.optional(),
    mapVdisSrs: z.record(text, text.nullable()).optional(),
    additionalVmTag: text.optional(),
    useDifferentialRestore: flag.optional(),
  }),
});

/** Archives of backups and what is made of them; packages/xo-server/src/api/backup-ng.mjs. */
export const backupArchiveMethods: Readonly<Record<string, Method>> = {
  "backupNg.listVmBackups": method(
    z.strictObject({ remotes: z.array(text), _forceRefresh: flag.optional() }),
    ({ xo }, { remotes, _forceRefresh }) => xo.backups.list(remotes, _forceRefresh ?? false),
    "admin",
  ),

  "backupNg.importVmBackup": method(
    restore,
    ({ xo }, { id, sr, settings }) => xo.backups.restore(id, sr, settings),
    "admin",
  ),

  "backupNg.checkBackup": method(
    restore,
    ({ xo }, { id, sr, settings }) => xo.backups.check(id, sr, settings),
    "admin",
  ),

  "backupNg.deleteVmBackup": method(
    z.strictObject({ id: text }),
    ({ xo }, { id }) => xo.backups.delete([id]),
    "admin",
  ),

  "backupNg.deleteVmBackups": method(
    z.strictObject({ ids: z.array(text) }),
    ({ xo }, { ids }) => xo.backups.delete(ids),
    "admin",
  ),
};

import { z } from "zod";
import { anyText, flag, text } from "../rpc/fields.ts";
import { type Method, method } from "../rpc/method.ts";

const fields = {
  cron: text,
  jobId: text,
  timezone: text.optional(),
  name: anyText.optional(),
  enabled: flag.optional(),
};

/** Schedules of jobs; packages/xo-server/src/api/schedule.mjs. */
export const scheduleMethods: Readonly<Record<string, Method>> = {
  "schedule.create": method(
    z.strictObject(fields),
    ({ xo, user }, given) => xo.backups.schedules.create(given, user.id),
    "admin",
  ),

  "schedule.set": method(
    z.strictObject({ ...fields, id: text, cron: text.optional(), jobId: text.optional() }),
    ({ xo }, { id, ...change }) => xo.backups.schedules.set(id, change),
    "admin",
  ),

  "schedule.delete": method(
    z.strictObject({ id: text }),
    ({ xo }, { id }) => xo.backups.schedules.delete(id),
    "admin",
  ),

  "schedule.getAll": method(z.strictObject({}), ({ xo }) => xo.backups.schedules.all, "admin"),

  "schedule.runSequence": method(
    z.strictObject({ schedules: z.array(text) }),
    async ({ xo: { backups } }, { schedules }) => {
      for (const id of schedules) await backups.run(backups.schedules.find(id).jobId, id);
    },
    "admin",
  ),
};

import { z } from "zod";
import { isJsonObject, type JsonObject } from "../../json.ts";
import { notImplemented } from "../errors.ts";
import { anyText, flag, integer, json, text } from "../rpc/fields.ts";
import { type Method, method } from "../rpc/method.ts";

const pattern = json.refine(isJsonObject, "must be an object").transform((value) => value as JsonObject);
const limits = {
  concurrency: z.number().nonnegative().optional(),
  maxExportRate: z.number().nonnegative().optional(),
};
const settings = z
  .record(anyText, z.looseObject(limits))
  .transform((value) => value as unknown as Record<string, JsonObject>);

const fields = {
  name: text.optional(),
  mode: z.enum(["full", "delta"]),
  vms: pattern,
  remotes: pattern.optional(),
  srs: pattern.optional(),
  settings: settings.optional(),
  compression: z.enum(["", "native", "zstd"]).optional(),
};

const schedule = z.looseObject({
  cron: text,
  timezone: text.optional(),
  name: anyText.optional(),
  enabled: flag.optional(),
});

const id = z.strictObject({ id: text });

/** Backup jobs; packages/xo-server/src/api/backup-ng.mjs. */
export const backupJobMethods: Readonly<Record<string, Method>> = {
  "backupNg.createJob": method(
    z.strictObject({
      ...fields,
      proxy: text.optional(),
      schedules: z.record(text, schedule).optional(),
    }),
    ({ xo, user }, { schedules, ...job }) => xo.backups.jobs.create(job, schedules, user.id),
    "admin",
  ),

  "backupNg.editJob": method(
    z.strictObject({
      ...fields,
      id: text,
      mode: fields.mode.optional(),
      vms: pattern.optional(),
      proxy: text.nullish(),
    }),
    ({ xo }, { id, ...change }) => xo.backups.jobs.edit(id, change),
    "admin",
  ),

  "backupNg.getJob": method(
    id,
    ({ xo: { backups } }, given) => backups.jobs.show(backups.jobs.find(given.id)),
    "admin",
  ),

  "backupNg.getAllJobs": method(
    z.strictObject({}),
    ({ xo: { backups } }) => backups.jobs.all.map((job) => backups.jobs.show(job)),
    "admin",
  ),

  "backupNg.deleteJob": method(id, ({ xo }, given) => xo.backups.jobs.delete(given.id), "admin"),

  "backupNg.runJob": method(
    z.strictObject({
      id: text,
      schedule: text,
      settings: settings.optional(),
      vm: text.optional(),
      vms: z.array(text).optional(),
    }),
    ({ xo }, given) => {
      const vms = given.vms ?? (given.vm === undefined ? undefined : [given.vm]);
      return xo.backups.run(given.id, given.schedule, { settings: given.settings, vms });
    },
    "admin",
  ),

  "job.cancel": method(
    z.strictObject({ runId: text }),
    ({ xo }, { runId }) => xo.backups.runner.cancel(runId),
    "admin",
  ),

  "backupNg.getAllLogs": method(
    z.strictObject({ ndjson: flag.optional() }),
    ({ xo }, { ndjson }) => {
      if (ndjson) throw notImplemented();
      return xo.backups.logs.all();
    },
    "admin",
  ),

  "backupNg.getLogs": method(
    z
      .object({
        after: z.union([z.number(), text]).optional(),
        before: z.union([z.number(), text]).optional(),
        limit: integer.optional(),
        _forceRefresh: flag.optional(),
      })
      .catchall(json),
    ({ xo }, { after, before, limit, _forceRefresh, ...filter }) =>
      xo.backups.logs.find({ after, before, limit, filter }, _forceRefresh ?? false),
    "admin",
  ),
};

import { messageOf } from "../../lib/farm-error.ts";
import { comparePlain } from "../kit/compare.ts";
import { checkFields, type Fields } from "../kit/fields.ts";
import { isPlainObject } from "../kit/secrets.ts";
import {
  type CheckFailure,
  type Context,
  PartialFailure,
  type Properties,
  type ResourceType,
  Unknown,
  type Value,
} from "../kit/types.ts";
import { toXoCron } from "./backup-cron.ts";
import {
  named,
  newestKept,
  readJob,
  scheduleOf,
  settingsOf,
  type XoJob,
  type XoSchedule,
} from "./backup-job-form.ts";
import type { XoClient } from "./xo-client.ts";
import { XoCallError, xoCodes } from "./xo-errors.ts";

const periods = ["last", "daily", "weekly", "monthly"] as const;

const fields: Fields = {
  name: { type: "text", required: true },
  vmIds: { type: "texts", required: true },
  repositories: { type: "texts", required: true },
  mode: { type: "text", default: "full", allowed: ["full", "delta"] },
  schedule: {
    type: "object",
    required: true,
    fields: { cron: { type: "text", required: true }, timezone: { type: "text", required: true } },
  },
  retention: {
    type: "object",
    required: true,
    fields: Object.fromEntries(periods.map((period) => [period, { type: "number", default: 0 }])),
  },
  healthCheck: { type: "object", fields: { repository: { type: "text", required: true } } },
  reportRecipients: { type: "texts" },
  reportWhen: { type: "text", default: "failure", allowed: ["always", "error", "failure", "never"] },
  concurrency: { type: "number", default: 1 },
  enabled: { type: "boolean", default: true },
};

const rules = { inputs: Object.keys(fields), sets: ["vmIds", "repositories", "reportRecipients"] };

type XoContext = Context<XoClient>;

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).format() !== "";
  } catch {
    return false;
  }
}

function problems(inputs: Properties): CheckFailure[] {
  const found: CheckFailure[] = [];
  const fail = (property: string, reason: string): void => void found.push({ property, reason });
  for (const name of ["vmIds", "repositories"] as const) {
    const list = inputs[name];
    if (!Array.isArray(list)) continue;
    if (list.length === 0) fail(name, "must name at least one");
    if (
      new Set(list.filter((id) => typeof id === "string")).size !==
      list.filter((id) => typeof id === "string").length
    )
      fail(name, "names one twice");
  }
  const schedule = isPlainObject(inputs.schedule) ? inputs.schedule : {};
  if (typeof schedule.cron === "string") {
    try {
      toXoCron(schedule.cron);
    } catch (error) {
      fail("schedule.cron", `is no crontab pattern: ${messageOf(error)}`);
    }
  }
  if (typeof schedule.timezone === "string" && !isTimezone(schedule.timezone)) {
    fail("schedule.timezone", `${schedule.timezone} is no time zone: take a name such as Europe/Berlin`);
  }
  const retention = isPlainObject(inputs.retention) ? inputs.retention : {};
  // What is computed is looked at when it is known.
  const wrong =
    inputs.retention instanceof Unknown ? [] : periods.filter((period) => !isCount(retention[period]));
  for (const period of wrong) fail(`retention.${period}`, "must be a whole number, 0 or more");
  if (wrong.length === 0 && periods.every((period) => retention[period] === 0)) {
    fail("retention", "keeps nothing: XO would export nothing and call that a success");
  }
  if (!isCount(inputs.concurrency)) fail("concurrency", "must be a whole number");
  return found;
}

/** Whether two schedules come due at the same times of their time zones, however that is written. */
function isSameCron(one: Value | undefined, other: Value | undefined): boolean {
  const [left, right] = [one, other].map((schedule) => (isPlainObject(schedule) ? schedule.cron : undefined));
  if (typeof left !== "string" || typeof right !== "string") return false;
  try {
    return toXoCron(left) === toXoCron(right);
  } catch {
    return false;
  }
}

function isCount(value: Value | undefined): boolean {
  return value instanceof Unknown || (typeof value === "number" && Number.isInteger(value) && value >= 0);
}

async function schedulesOf({ client, signal }: XoContext, job: string): Promise<XoSchedule[]> {
  const all = (await client.admin.call("schedule.getAll", {}, { signal, reads: true })) as XoSchedule[];
  return all.filter(({ jobId }) => jobId === job);
}

async function tryGet({ client, signal }: XoContext, id: string): Promise<XoJob | undefined> {
  try {
    return (await client.admin.call("backupNg.getJob", { id }, { signal, reads: true })) as XoJob;
  } catch (error) {
    if (error instanceof XoCallError && error.code === xoCodes.noSuchObject) return undefined;
    throw error;
  }
}

/** The job of this name for these VMs, which a run that was cut off has made. */
async function tryFindMade({ client, signal }: XoContext, inputs: Properties): Promise<string | undefined> {
  const all = (await client.admin.call("backupNg.getAllJobs", {}, { signal, reads: true })) as XoJob[];
  const sorted = (ids: Value | undefined): string => JSON.stringify(Array.isArray(ids) ? ids.toSorted() : []);
  const found = all.filter(
    (job) => job.name === inputs.name && sorted(readJob(job, [], {}).outputs.vmIds) === sorted(inputs.vmIds),
  );
  return found.length === 1 ? String(found[0]?.id) : undefined;
}

/** What of a job is said beside its schedule. */
function paramsOf(inputs: Properties, schedule: string): object {
  return {
    name: inputs.name,
    mode: inputs.mode,
    vms: named(inputs.vmIds),
    remotes: named(inputs.repositories),
    settings: settingsOf(inputs, schedule),
  };
}

/** Brings a job and its schedule to what is wanted; whatever else hangs on the job goes. Returns the schedule's id. */
async function repair(context: XoContext, id: string, inputs: Properties, known?: Value): Promise<string> {
  const { client, signal } = context;
  const call = (method: string, params: object): Promise<unknown> =>
    client.admin.call(method, params, { signal });
  const schedules = await schedulesOf(context, id);
  const wanted = scheduleOf(inputs);
  let own = (schedules.find((each) => each.id === known) ?? schedules[0])?.id;
  // One that has no settings yet must not run: it would export nothing and call that a success.
  own ??= ((await call("schedule.create", { ...wanted, jobId: id, enabled: false })) as XoSchedule).id;
  const job = await tryGet(context, id);
  const copies = job?.srs === undefined ? {} : { srs: { id: { __or: [] } } };
  await call("backupNg.editJob", { id, ...paramsOf(inputs, own), ...copies });
  await call("schedule.set", { id: own, ...wanted });
  for (const stray of schedules) if (stray.id !== own) await call("schedule.delete", { id: stray.id });
  return own;
}

function wanted(inputs: Properties, scheduleId: Value): Properties {
  return { ...inputs, scheduleId };
}

/** A backup job with its one schedule and its settings. */
export const backupJob: ResourceType<XoClient> = {
  check(_context, news) {
    const { inputs, failures } = checkFields(news, fields);
    return { inputs, failures: failures.length > 0 ? failures : problems(inputs) };
  },

  diff(_context, _id, olds, news) {
    const differences = { ...comparePlain(olds, news, rules) };
    const [before, after] = [olds.retention, news.retention];
    if (isPlainObject(before) && isPlainObject(after) && newestKept(before) === newestKept(after)) {
      // To XO it is the same, unless there was none at all.
      if (before.last !== 0 || after.last === 0 || hasLongTerm(before)) delete differences["retention.last"];
    }
    if (isSameCron(olds.schedule, news.schedule)) delete differences["schedule.cron"];
    const strays = Array.isArray(olds.strays) ? olds.strays : [];
    if (strays.length > 0) differences.strays = "delete";
    return { differences };
  },

  async create(context, inputs) {
    if (context.preview) return { id: "", outputs: wanted(inputs, Unknown.value) };
    const made = await tryFindMade(context, inputs);
    if (made !== undefined) {
      context.log("info", `the job ${String(inputs.name)} is there already and is taken over`);
      return { id: made, outputs: wanted(inputs, await repair(context, made, inputs)) };
    }
    const { client, signal } = context;
    const schedules = { schedule: scheduleOf(inputs) };
    const params = { ...paramsOf(inputs, "schedule"), schedules };
    const id = String(await client.admin.call("backupNg.createJob", params, { signal }));
    try {
      const [schedule] = await schedulesOf(context, id);
      if (schedule === undefined) throw new Error("XO made no schedule for it");
      return { id, outputs: wanted(inputs, schedule.id) };
    } catch (error) {
      throw new PartialFailure(id, inputs, `the job was made: ${messageOf(error)}`, { cause: error });
    }
  },

  async read(context, id, olds, oldInputs) {
    const job = await tryGet(context, id);
    if (job === undefined) return undefined;
    const { outputs, strays } = readJob(job, await schedulesOf(context, id), { ...olds, ...oldInputs });
    const { scheduleId: _scheduleId, ...inputs } = outputs;
    return { outputs: strays.length === 0 ? outputs : { ...outputs, strays: [...strays] }, inputs };
  },

  async update(context, id, olds, news) {
    if (context.preview) return wanted(news, olds.scheduleId ?? Unknown.value);
    return wanted(news, await repair(context, id, news, olds.scheduleId));
  },

  async delete(context, id) {
    const { client, signal } = context;
    // First what would start it, and also what is left when the job itself is gone.
    for (const schedule of await schedulesOf(context, id)) {
      await client.admin.call("schedule.delete", { id: schedule.id }, { signal });
    }
    if ((await tryGet(context, id)) === undefined) return;
    await client.admin.call("backupNg.deleteJob", { id }, { signal });
  },
};

function hasLongTerm(retention: Properties): boolean {
  return ["daily", "weekly", "monthly"].some((period) => retention[period] !== 0);
}

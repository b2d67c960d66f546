import { isPlainObject } from "../kit/secrets.ts";
import type { Properties, Value } from "../kit/types.ts";
import { fromXoCron, toXoCron } from "./backup-cron.ts";

/** A job as XO shows it. */
export type XoJob = Record<string, unknown>;

/** A schedule as XO shows it. */
export interface XoSchedule {
  readonly id: string;
  readonly jobId: string;
  readonly cron: string;
  readonly timezone?: string;
  readonly enabled?: boolean;
}

/** Long-term retention: XO's periods that a job may have here. */
const periods = ["daily", "weekly", "monthly"] as const;

function part(inputs: Properties, name: string): Properties {
  const value = inputs[name];
  return isPlainObject(value) ? value : {};
}

function count(retention: Properties, name: string): number {
  const value = retention[name];
  return typeof value === "number" ? value : 0;
}

/**
 * How many of the newest backups XO is told to keep. Never 0: XO would export nothing at all, whatever long-term
 * retention says.
 */
export function newestKept(retention: Properties): number {
  return Math.max(1, count(retention, "last"));
}

/** A pattern that names its objects. */
export function named(ids: Value | undefined): { readonly id: { readonly __or: Value } } {
  return { id: { __or: ids ?? [] } };
}

/** The ids that a pattern names; undefined for one that selects by anything else. */
function idsIn(pattern: unknown): string[] | undefined {
  if (typeof pattern !== "object" || pattern === null || Object.keys(pattern).join() !== "id")
    return undefined;
  const { id } = pattern as { readonly id: unknown };
  if (typeof id === "string") return [id];
  const list = typeof id === "object" && id !== null ? (id as { readonly __or?: unknown }).__or : undefined;
  return Array.isArray(list) && list.every((each) => typeof each === "string") ? list : undefined;
}

/** The settings of a job by XO's keys. */
export function settingsOf(inputs: Properties, schedule: string): Record<string, Properties> {
  const retention = part(inputs, "retention");
  const longTerm = periods
    .filter((period) => count(retention, period) > 0)
    .map((period) => [period, { retention: count(retention, period), settings: {} }] as const);
  const recipients = inputs.reportRecipients;
  const check = part(inputs, "healthCheck").repository;
  return {
    "": {
      concurrency: inputs.concurrency ?? 1,
      reportWhen: inputs.reportWhen ?? "failure",
      timezone: part(inputs, "schedule").timezone ?? "UTC",
      ...(Array.isArray(recipients) && recipients.length > 0 && { reportRecipients: recipients }),
      ...(longTerm.length > 0 && { longTermRetention: Object.fromEntries(longTerm) }),
    },
    [schedule]: {
      exportRetention: newestKept(retention),
      ...(check !== undefined && { healthCheckSr: check }),
    },
  };
}

/** The schedule of a job as XO takes it. `enabled` is always said: XO takes silence for "no". */
export function scheduleOf(inputs: Properties): Properties {
  const { cron, timezone } = part(inputs, "schedule");
  return {
    cron: toXoCron(String(cron)),
    timezone: timezone ?? "UTC",
    name: inputs.name ?? "",
    enabled: inputs.enabled !== false,
  };
}

/** A job with its schedules as the program would write it, and what it could not have written. */
export interface ReadJob {
  readonly outputs: Properties;
  /** What has to go, in words. */
  readonly strays: readonly string[];
}

/**
 * What XO has.
 * @param known what the program or the state says: where XO means the same, their words stay
 */
export function readJob(job: XoJob, schedules: readonly XoSchedule[], known: Properties): ReadJob {
  const own =
    schedules.find(({ id }) => id === known.scheduleId) ??
    schedules.find((each) => each.enabled) ??
    schedules[0];
  const settings = (job.settings ?? {}) as Record<string, Properties>;
  const global = settings[""] ?? {};
  const vmIds = idsIn(job.vms);
  const outputs: Properties = {
    name: String(job.name ?? ""),
    vmIds: vmIds ?? [],
    repositories: idsIn(job.remotes) ?? [],
    mode: String(job.mode),
    retention: retentionOf(
      global,
      own === undefined ? {} : (settings[own.id] ?? {}),
      part(known, "retention"),
    ),
    reportWhen: global.reportWhen ?? "failure",
    concurrency: global.concurrency ?? 2,
    enabled: own?.enabled === true,
    ...(own === undefined ? {} : { schedule: scheduleIn(own, known), scheduleId: own.id }),
  };
  if (Array.isArray(global.reportRecipients)) outputs.reportRecipients = global.reportRecipients;
  const check = own === undefined ? undefined : settings[own.id]?.healthCheckSr;
  if (check !== undefined) outputs.healthCheck = { repository: check };
  return { outputs, strays: straysIn(job, schedules, own, settings, vmIds !== undefined) };
}

function retentionOf(global: Properties, own: Properties, known: Properties): Properties {
  const kept = count(own, "exportRetention");
  const longTerm = isPlainObject(global.longTermRetention) ? global.longTermRetention : {};
  const of = (period: string): number => {
    const rule = longTerm[period];
    return isPlainObject(rule) ? count(rule, "retention") : 0;
  };
  // The one that XO is told to keep beside the long-term ones is nobody's wish.
  const last = kept === newestKept(known) && known.last !== undefined ? count(known, "last") : kept;
  return { last, ...Object.fromEntries(periods.map((period) => [period, of(period)])) };
}

function scheduleIn({ cron, timezone = "UTC" }: XoSchedule, known: Properties): Properties {
  const said = part(known, "schedule").cron;
  const same = typeof said === "string" && fromXoCron(toXoCronOr(said)) === fromXoCron(cron);
  return { cron: same ? said : fromXoCron(cron), timezone };
}

function toXoCronOr(text: string): string {
  try {
    return toXoCron(text);
  } catch {
    return text;
  }
}

const ownGlobals = ["concurrency", "reportWhen", "timezone", "reportRecipients", "longTermRetention"];
const ownPerSchedule = ["exportRetention", "healthCheckSr"];

/** What somebody, or a run that was cut off, has put there. */
function straysIn(
  job: XoJob,
  schedules: readonly XoSchedule[],
  own: XoSchedule | undefined,
  settings: Readonly<Record<string, Properties>>,
  isNamed: boolean,
): string[] {
  const found: string[] = [];
  if (!isNamed) found.push("VMs by a pattern instead of by their ids");
  for (const { id, cron } of schedules) if (id !== own?.id) found.push(`another schedule: ${cron}`);
  for (const [key, values] of Object.entries(settings)) {
    const right = key === "" ? ownGlobals : key === own?.id ? ownPerSchedule : undefined;
    if (right === undefined) found.push(`settings of ${key}, which is no schedule of the job`);
    else {
      const odd = Object.keys(values).filter((name) => !right.includes(name));
      if (odd.length > 0) found.push(`settings that nobody asked for: ${odd.join(", ")}`);
    }
  }
  const longTerm = settings[""]?.longTermRetention;
  if (isPlainObject(longTerm) && Object.keys(longTerm).some((key) => !periods.includes(key as "daily")))
    found.push("a long-term retention by the year");
  if ((idsIn(job.srs) ?? []).length > 0) found.push("copies to storage repositories");
  return found.sort();
}

import type { ArchiveListing, BackupArchive, BackupLog } from "./backup-log.ts";
import {
  archivesOf,
  type BackedUpVm,
  type BackupJobFacts,
  runsOf,
  type VmRun,
  verdictOf,
} from "./backup-run.ts";
import type { Month } from "./berlin-time.ts";
import type { PlainDate } from "./plain-date.ts";
import { berlinDay, daysBetween, endsOfMonth } from "./traffic-calendar.ts";

/** Hours after which the last good backup is too old: a day, and two hours for a late slot and a long run. */
export const oldestBackupHours = 26;

/** Minutes that the guest's saved state may be old when the backup begins, for the backup to be consistent. */
export const freshManifestMinutes = 90;

/** What is known of the backups of a farm. */
export interface BackupFacts {
  readonly logs: readonly BackupLog[];
  readonly archives: ArchiveListing;
  readonly jobs: readonly BackupJobFacts[];
}

/** A backup that can be restored. */
export interface GoodBackup {
  /** Milliseconds since 1970: the instant whose data it holds. */
  readonly at: number;
  /** One for each repository. */
  readonly archives: readonly BackupArchive[];
}

/** One day of the calendar in Europe/Berlin. */
export interface BackupDay {
  readonly day: PlainDate;
  /** "open": the day is not over and has none yet. */
  readonly state: "good" | "missing" | "open";
  /** Why it is missing, in plain words. @default - it is good, or nothing has happened yet */
  readonly reason?: string;
}

/** How an administration's backups are. */
export interface BackupStatus {
  /** @default - there is none */
  readonly lastGood?: GoodBackup;
  /** Hours since the instant whose data the last good backup holds; null without one. */
  readonly ageHours: number | null;
  /** Whether somebody has to act: none, or older than 26 hours. */
  readonly red: boolean;
  /** What was wrong with the latest run. @default - it was good */
  readonly lastFailure?: string;
  /** Days of the month that were over or good, and how many of them have a backup. */
  readonly days: readonly BackupDay[];
  readonly goodDays: number;
  readonly countedDays: number;
}

/** What a status is about. */
export interface StatusScope {
  readonly now: Date;
  readonly month: Month;
  /** The first day on which there has to be a backup. @default - the month's first */
  readonly since?: PlainDate;
}

/**
 * The backups of one VM. A job's own status is not trusted: a run that exports nothing succeeds. Skipped and
 * interrupted runs, runs without a transfer, and runs whose archive has gone before its time are no backup.
 */
export function backupStatus(vm: BackedUpVm, facts: BackupFacts, scope: StatusScope): BackupStatus {
  const runs = runsOf(vm, facts.logs, facts.jobs);
  const lastGood = lastGoodOf(vm, runs, facts);
  const hours = lastGood === undefined ? null : (scope.now.getTime() - lastGood.at) / 3_600_000;
  const latest = runs.filter(({ verdict }) => verdict.good || verdict.kind !== "running").at(-1);
  const failure = latest && verdictOf(latest, vm, facts.archives, true);
  const days = daysOf(vm, runs, facts, scope);
  const counted = days.filter(({ state }) => state !== "open");
  return {
    ...(lastGood === undefined ? {} : { lastGood }),
    ageHours: hours,
    red: hours === null || hours > oldestBackupHours,
    ...(failure === undefined || failure.good ? {} : { lastFailure: failure.reason }),
    days,
    goodDays: counted.filter(({ state }) => state === "good").length,
    countedDays: counted.length,
  };
}

/** The newest backup that is on a repository and that its run vouches for. */
export function lastGoodBackup(
  vm: BackedUpVm,
  facts: BackupFacts,
  before: Date = new Date(8.64e15),
): GoodBackup | undefined {
  const runs = runsOf(vm, facts.logs, facts.jobs);
  return lastGoodOf(vm, runs, facts, before.getTime());
}

function lastGoodOf(
  vm: BackedUpVm,
  runs: readonly VmRun[],
  { archives }: BackupFacts,
  before = Number.POSITIVE_INFINITY,
): GoodBackup | undefined {
  return runs
    .flatMap((run): GoodBackup[] => {
      const found = run.verdict.good ? archivesOf(run, vm, archives) : [];
      const at = Math.min(...found.map(({ timestamp }) => timestamp));
      return found.length === 0 || at > before ? [] : [{ at, archives: found }];
    })
    .sort((a, b) => a.at - b.at)
    .at(-1);
}

function daysOf(
  vm: BackedUpVm,
  runs: readonly VmRun[],
  facts: BackupFacts,
  { now, month, since }: StatusScope,
): readonly BackupDay[] {
  const byDay = new Map<PlainDate, VmRun[]>();
  for (const run of runs) {
    const day = berlinDay(new Date(run.start));
    byDay.set(day, [...(byDay.get(day) ?? []), run]);
  }
  const required = keptDays(byDay, facts.jobs, vm);
  const today = berlinDay(now);
  const [first, last] = endsOfMonth(month);
  const begin = since !== undefined && since > first ? since : first;
  return daysBetween(begin, last < today ? last : today).map((day): BackupDay => {
    const verdicts = (byDay.get(day) ?? []).map((run) =>
      verdictOf(run, vm, facts.archives, required.has(day)),
    );
    if (verdicts.some(({ good }) => good)) return { day, state: "good" };
    const reasons = verdicts.flatMap((verdict) => (verdict.good ? [] : [verdict.reason]));
    const reason = [...new Set(reasons)].join("; ");
    if (day === today) return { day, state: "open", ...(reason === "" ? {} : { reason }) };
    return { day, state: "missing", reason: reason || "no run was started" };
  });
}

/**
 * Days whose archive retention must have kept until now: the newest ones with a good run, as many as are kept. What
 * is older has gone in its time, and the log alone says that it was there.
 */
function keptDays(
  byDay: ReadonlyMap<PlainDate, readonly VmRun[]>,
  jobs: readonly BackupJobFacts[],
  vm: BackedUpVm,
): ReadonlySet<PlainDate> {
  const mine = jobs.filter(({ id }) => vm.jobs.includes(id));
  const kept = Math.max(1, ...mine.map(({ days }) => days));
  const good = [...byDay].filter(([, runs]) => runs.some(({ verdict }) => verdict.good)).map(([day]) => day);
  return new Set(good.sort().slice(-kept));
}

/**
 * Whether the data of a backup is consistent: the guest had written its dump and its files, with checksums, shortly
 * before. XO calls no hook in a guest, so this is the only proof.
 *
 * @param manifests instants at which the guest finished a state, milliseconds since 1970
 */
export function isConsistent(backupStart: number, manifests: readonly number[]): boolean {
  const limit = freshManifestMinutes * 60_000;
  return manifests.some((taken) => taken <= backupStart && backupStart - taken < limit);
}

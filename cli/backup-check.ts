import { FarmError } from "../lib/farm-error.ts";
import { isHealthCheckDay, nextHealthCheck } from "../model/backup-slot.ts";
import { backupStatus } from "../model/backup-status.ts";
import { daysBefore, monthOf } from "../model/berlin-time.ts";
import type { Farm } from "../model/farm.ts";
import { findTenant } from "../model/find-tenant.ts";
import { type PlainDate, parseDate } from "../model/plain-date.ts";
import type { PoolSettings } from "../model/pool-settings.ts";
import { findPool } from "../model/settings.ts";
import type { Tenant } from "../model/tenant.ts";
import { berlinDay } from "../model/traffic-calendar.ts";
import type { XoClient } from "../providers/xenops/xo-client.ts";
import { findTenantBackups, readFarmBackups } from "./backup-facts.ts";
import { sentence } from "./guest-backup.ts";
import { interruptible } from "./interruptible.ts";
import { exitCodes, type Output, table } from "./output.ts";
import { withFarm } from "./restore-scope.ts";

/** What came of one administration's check. */
export interface CheckRow {
  readonly tenant: string;
  readonly good: boolean;
  /** XO's id of the archive that was restored; null without one. */
  readonly archive: string | null;
  readonly seconds: number;
  /** Why it is not good. @default - it is */
  readonly reason?: string;
  /** The next day on which it is this administration's turn. */
  readonly next: PlainDate;
}

/** Milliseconds: a whole disk comes back, and a machine boots. */
const longest = 2 * 3_600_000;

/** What checks work with. */
export interface CheckScope {
  readonly farm: Pick<Farm, "settings" | "tenants">;
  /** "lab" */
  readonly stack: string;
  readonly xo: XoClient;
  readonly admin: XoClient;
  /** Whose turn it is; none: those whose turn `day` is. */
  readonly ids: readonly string[];
  readonly day: PlainDate;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Checks, shows, and answers the exit code: 1 when a backup cannot be restored, or there is none. */
export async function checkBackups(
  ids: readonly string[],
  { stack, date }: { readonly stack: string; readonly date?: string },
  output: Output,
): Promise<number> {
  const day = date === undefined ? berlinDay(new Date()) : readDay(date);
  return interruptible(output.progress, (signal) =>
    withFarm({ stack, output, signal }, async ({ farm, xo, admin }) => {
      const rows = await checkNewest({ farm, stack, xo, admin, ids, day, say: output.progress, signal });
      output.result({ day, checks: rows }, textOf(rows, day));
      return rows.every(({ good }) => good) ? exitCodes.done : exitCodes.failed;
    }),
  );
}

/**
 * Restores the newest backup of each administration whose turn it is, boots it without network and throws it away, one
 * after the other. Xen Orchestra does all of it (`backupNg.checkBackup`); a schedule of its own could only check every
 * backup of every night.
 */
export async function checkNewest(scope: CheckScope): Promise<readonly CheckRow[]> {
  const { farm, stack, xo, admin, ids, day, say, signal } = scope;
  const now = new Date();
  const chosen =
    ids.length > 0
      ? ids.map((id) => findTenant(farm.tenants, id))
      : farm.tenants.filter(({ id }) => isHealthCheckDay(id, day));
  if (chosen.length === 0) return [];
  const backups = await readFarmBackups(admin, daysBefore(now, 100), signal);
  const rows: CheckRow[] = [];
  for (const tenant of chosen) {
    const { vm } = await findTenantBackups(xo, backups, { stack, tenant: tenant.id }, signal);
    const { lastGood } = backupStatus(vm, backups.facts, { now, month: monthOf(now) });
    const archive = lastGood?.archives[0]?.id;
    if (archive === undefined) {
      rows.push(rowOf(tenant, day, { seconds: 0, reason: "there is no backup to restore" }));
      continue;
    }
    const pool = findPool(farm.settings, tenant.pool);
    const sr = await findRepository(xo, pool, signal);
    say(`${tenant.id}: restoring ${archive}, then booting it without network`);
    const started = Date.now();
    const reason = await admin
      .call("backupNg.checkBackup", { id: archive, sr, settings: {} }, { timeout: longest, signal })
      .then(() => undefined, sentence);
    signal.throwIfAborted();
    const seconds = Math.round((Date.now() - started) / 100) / 10;
    rows.push(rowOf(tenant, day, { archive, seconds, ...(reason === undefined ? {} : { reason }) }));
  }
  return rows;
}

function rowOf(
  { id }: Tenant,
  day: PlainDate,
  found: { readonly archive?: string; readonly seconds: number; readonly reason?: string },
): CheckRow {
  const tomorrow = new Date(Date.parse(`${day}T12:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
  return {
    tenant: id,
    good: found.reason === undefined,
    archive: found.archive ?? null,
    seconds: found.seconds,
    ...(found.reason === undefined ? {} : { reason: found.reason }),
    next: nextHealthCheck(id, tomorrow as PlainDate),
  };
}

async function findRepository(
  xo: XoClient,
  { nameLabel, defaultStorage }: PoolSettings,
  signal: AbortSignal,
): Promise<string> {
  const [pool] = await xo.objects({ type: "pool", name_label: nameLabel }, { signal });
  const wanted = { type: "SR", name_label: defaultStorage, $pool: pool?.["id"] };
  const repositories = await xo.objects(wanted, { signal });
  const [repository, other] = repositories;
  if (repository !== undefined && other === undefined) return String(repository["id"]);
  throw new FarmError({
    what: `The pool ${nameLabel} has ${repositories.length} storage repositories "${defaultStorage}"`,
    where: "defaultStorage of the pool in the stack settings",
    next: "correct the setting or the pool; a check restores onto this repository",
  });
}

function readDay(text: string): PlainDate {
  const day = parseDate(text);
  if (day.ok) return day.value;
  throw new FarmError({
    what: `"${text.slice(0, 20)}" is no day`,
    where: `--date ${text}`,
    next: "write it like --date 2026-11-26",
  });
}

function textOf(rows: readonly CheckRow[], day: PlainDate): string {
  if (rows.length === 0) return `On ${day} it is no administration's turn.`;
  return table([
    ["administration", "result", "seconds", "next"],
    ...rows.map(({ tenant, good, reason, seconds, next }) => [
      tenant,
      good ? "restored and booted" : `failed: ${reason}`,
      String(seconds),
      next,
    ]),
  ]);
}

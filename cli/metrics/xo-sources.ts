import { backupStatus, oldestBackupHours } from "../../model/backup-status.ts";
import { daysBefore, monthOf } from "../../model/berlin-time.ts";
import type { Farm } from "../../model/farm.ts";
import { backupMetrics, type StorageFill, storageMetrics } from "../../model/foresight/metrics.ts";
import type { PoolSettings } from "../../model/pool-settings.ts";
import type { XoClient } from "../../providers/xenops/xo-client.ts";
import { findTenantBackups, readFarmBackups } from "../backup-facts.ts";
import type { XoObject } from "../pool-view.ts";
import { type Told, watched } from "./sources.ts";

/** What Xen Orchestra is asked with. */
export interface XoScope {
  readonly stack: string;
  readonly xo: XoClient;
  readonly admin: XoClient;
  readonly now: Date;
  readonly signal: AbortSignal;
}

/** Last good backups; a machine of today has its first one in the coming night, and is left out until then. */
export async function tellBackups(farm: Farm, { stack, xo, admin, now, signal }: XoScope): Promise<Told> {
  const backups = await readFarmBackups(admin, daysBefore(now, 100), signal);
  const rows = [];
  for (const { id: tenant } of watched(farm)) {
    const mine = await findTenantBackups(xo, backups, { stack, tenant }, signal);
    const { lastGood } = backupStatus(mine.vm, backups.facts, { now, month: monthOf(now) });
    const [vm] = mine.current === undefined ? [] : await xo.objects({ type: "VM", id: mine.current });
    const young = now.getTime() - madeAt(vm) < oldestBackupHours * 3_600_000;
    if (mine.current === undefined || (lastGood === undefined && young)) continue;
    rows.push({ tenant, lastGood: lastGood?.at ?? null });
  }
  return { metrics: backupMetrics(rows) };
}

/** When XO made a VM, in milliseconds since 1970; 0 when it does not say. */
function madeAt(vm: XoObject | undefined): number {
  const made = Date.parse(String((vm?.["creation"] as { date?: unknown } | undefined)?.date ?? ""));
  return Number.isNaN(made) ? 0 : made;
}

/** How full what the farm's data lies on is. */
export interface Storage {
  readonly fills: readonly StorageFill[];
  /** What is not seen. */
  readonly failures: readonly string[];
}

/** What `readStorage` finds, for Prometheus. */
export async function tellStorage(farm: Farm, scope: Pick<XoScope, "xo" | "admin">): Promise<Told> {
  const { fills, failures } = await readStorage(farm, scope);
  return { metrics: storageMetrics(fills), failures };
}

/**
 * Repositories of the settings, the NetApp volumes behind those that are NFS, and backup repositories. Of a LUN's
 * volume XO sees nothing: it is watched at the NetApp. One of the settings that XO does not have, or knows no size of, is
 * a failure: what fills up unseen must not look calm.
 */
export async function readStorage(
  { settings }: Farm,
  { xo, admin }: Pick<XoScope, "xo" | "admin">,
): Promise<Storage> {
  const [pools, repositories, remotes, infos] = await Promise.all([
    xo.objects({ type: "pool" }),
    xo.objects({ type: "SR" }),
    admin.call("remote.getAll", {}, { reads: true }) as Promise<readonly XoObject[]>,
    admin.call("remote.getAllInfo", {}, { reads: true }) as Promise<Readonly<Record<string, XoObject>>>,
  ]);
  const failures: string[] = [];
  const fills = Object.entries(settings.pools).flatMap(([key, pool]) => {
    const id = pools.find((each) => each["name_label"] === pool.nameLabel)?.["id"];
    if (id === undefined) failures.push(`XO has no pool "${pool.nameLabel}"`);
    const own = repositories.filter((each) => id !== undefined && each["$pool"] === id);
    return fillsOf(key, pool, own, failures);
  });
  const backups = remotes.flatMap((remote): StorageFill[] => {
    const info = infos[String(remote["id"])];
    const [size, used] = [Number(info?.["size"]), Number(info?.["used"])];
    return size > 0 ? [{ kind: "backup", name: String(remote["name"]), size, used }] : [];
  });
  for (const [name, { url }] of Object.entries(settings.backup.repositories)) {
    const has = remotes.some((remote) => remote["name"] === name);
    if (!has) failures.push(`XO has no backup repository "${name}"`);
    // An object store has no size.
    else if (!url.startsWith("s3") && !backups.some((fill) => fill.name === name))
      failures.push(`XO does not say how full the backup repository "${name}" is: it is off, or not there`);
  }
  return { fills: [...fills, ...backups], failures };
}

/** Those of one pool; several repositories of a volume tell of it once. What is not seen is no room that is left. */
function fillsOf(
  pool: string,
  { storage }: PoolSettings,
  repositories: readonly XoObject[],
  failures: string[],
): readonly StorageFill[] {
  const volumes = new Map<string, StorageFill>();
  const own = Object.entries(storage).flatMap(([name, { protocol, svm, volume }]): StorageFill[] => {
    const found = repositories.find((each) => each["name_label"] === name);
    const fill = { pool, size: Number(found?.["size"]), used: Number(found?.["physical_usage"]) };
    if (!(fill.size > 0)) {
      const says = found === undefined ? "has no repository" : "does not know the size of the repository";
      failures.push(`XO ${says} "${name}" of the pool ${pool}`);
      return [];
    }
    if (protocol === "nfs" && volume !== undefined) {
      const label = `${svm}:${volume}`;
      volumes.set(label, { kind: "volume", name: label, ...fill });
    }
    return [{ kind: "repository", name, ...fill }];
  });
  return [...own, ...volumes.values()];
}

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

/**
 * Repositories of the settings, the NetApp volumes behind those that are NFS, and backup repositories. Of a LUN's
 * volume XO sees nothing: it is watched at the NetApp.
 */
export async function tellStorage({ settings }: Farm, { xo, admin }: XoScope): Promise<Told> {
  const [pools, repositories, remotes, infos] = await Promise.all([
    xo.objects({ type: "pool" }),
    xo.objects({ type: "SR" }),
    admin.call("remote.getAll", {}, { reads: true }) as Promise<readonly XoObject[]>,
    admin.call("remote.getAllInfo", {}, { reads: true }) as Promise<Readonly<Record<string, XoObject>>>,
  ]);
  const fills = Object.entries(settings.pools).flatMap(([key, pool]) => {
    const id = pools.find((each) => each["name_label"] === pool.nameLabel)?.["id"];
    const own = repositories.filter((each) => id !== undefined && each["$pool"] === id);
    return fillsOf(key, pool, own);
  });
  const backups = remotes.flatMap((remote): StorageFill[] => {
    const info = infos[String(remote["id"])];
    const [size, used] = [Number(info?.["size"]), Number(info?.["used"])];
    // An object store has no size.
    return size > 0 ? [{ kind: "backup", name: String(remote["name"]), size, used }] : [];
  });
  return { metrics: storageMetrics([...fills, ...backups]) };
}

/** Those of one pool; several repositories of a volume tell of it once. */
function fillsOf(
  pool: string,
  { storage }: PoolSettings,
  repositories: readonly XoObject[],
): readonly StorageFill[] {
  const volumes = new Map<string, StorageFill>();
  const own = Object.entries(storage).flatMap(([name, { protocol, svm, volume }]): StorageFill[] => {
    const found = repositories.find((each) => each["name_label"] === name);
    const fill = { pool, size: Number(found?.["size"]), used: Number(found?.["physical_usage"]) };
    if (!(fill.size > 0)) return [];
    if (protocol === "nfs" && volume !== undefined) {
      const label = `${svm}:${volume}`;
      volumes.set(label, { kind: "volume", name: label, ...fill });
    }
    return [{ kind: "repository", name, ...fill }];
  });
  return [...own, ...volumes.values()];
}

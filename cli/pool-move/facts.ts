import { planCapacity } from "../../model/capacity.ts";
import { affinityHost } from "../../model/placement.ts";
import { tenantsOfTags } from "../../model/plan.ts";
import type { MovingSnapshot, MovingVm, TargetPool } from "../../model/pool-move.ts";
import type { PoolSettings } from "../../model/pool-settings.ts";
import type { XoClient } from "../../providers/xenops/xo-client.ts";
import { findHost, type PoolNow, readPool, type XoObject } from "../pool-view.ts";

/** A VM as XO shows it, with what belongs to it. */
export interface VmNow {
  readonly vm: XoObject;
  /** Its disks with their repositories, without the drive that cloud-init reads from. */
  readonly disks: readonly XoObject[];
  readonly cards: readonly XoObject[];
  readonly snapshots: readonly MovingSnapshot[];
}

/** XO's drive with the data of the first boot: made anew by nobody, and of no size. */
const configDrive = "XO CloudConfigDrive";

/** Reads a VM with its disks and cards, or undefined when XO shows none of this id. */
export async function tryReadVm(xo: XoClient, id: string): Promise<VmNow | undefined> {
  const [vm] = await xo.objects({ type: "VM", id });
  if (vm === undefined) return undefined;
  const [vbds, vdis, cards, snapshots] = await Promise.all([
    xo.objects({ type: "VBD", VM: id }),
    xo.objects({ type: "VDI", $pool: vm["$pool"] }),
    xo.objects({ type: "VIF", $VM: id }),
    xo.objects({ type: "VM-snapshot", $snapshot_of: id }),
  ]);
  const own = new Set(vbds.filter((vbd) => vbd["is_cd_drive"] !== true).map((vbd) => vbd["VDI"]));
  const disks = vdis.filter((vdi) => own.has(vdi["id"]) && vdi["name_label"] !== configDrive);
  return { vm, disks, cards, snapshots: await Promise.all(snapshots.map((each) => snapshotNow(xo, each))) };
}

/** In `other_config` of what a backup job of XO made (@xen-orchestra/backups, `_otherConfig.mjs`: JOB_ID). */
const backupJob = "xo:backup:job";

async function snapshotNow(xo: XoClient, snapshot: XoObject): Promise<MovingSnapshot> {
  const [vbds, vdis] = await Promise.all([
    xo.objects({ type: "VBD", VM: snapshot["id"] }),
    xo.objects({ type: "VDI-snapshot", $pool: snapshot["$pool"] }),
  ]);
  const own = new Set(vbds.map((vbd) => vbd["VDI"]));
  const disks = vdis.filter(({ id, name_label }) => own.has(id) && name_label !== configDrive);
  return {
    name: String(snapshot["name_label"]),
    ofBackup: typeof (snapshot["other"] as Record<string, unknown> | undefined)?.[backupJob] === "string",
    memory: snapshot["power_state"] === "Suspended",
    size: disks.reduce((sum, { size }) => sum + Number(size), 0),
  };
}

/** What a plan has to know of it. */
export function movingVm({ vm, disks, snapshots }: VmNow, source: PoolNow): MovingVm {
  const blocked = (vm["blockedOperations"] ?? {}) as Record<string, unknown>;
  const why = blocked["migrate_send"] ?? blocked["pool_migrate"];
  const now = source.vms.find(({ id }) => id === vm["id"]);
  return {
    name: String(vm["name_label"]),
    memory: now?.memory ?? 0,
    running: vm["power_state"] === "Running",
    drivers: vm["pvDriversDetected"] !== false,
    snapshots,
    disks: disks.map(({ name_label, size }) => ({ name: String(name_label), size: Number(size) })),
    ...(why === undefined ? {} : { blocked: String(why) }),
  };
}

/** The pool that it goes to. */
export async function readTarget(
  xo: XoClient,
  poolId: string,
  settings: PoolSettings,
  moving: { readonly tenant: string; readonly address: string; readonly vm: string; readonly now: PoolNow },
): Promise<TargetPool> {
  const [pool, srs, pbds, networks, vms] = await Promise.all([
    readPool(xo, poolId),
    xo.objects({ type: "SR", $pool: poolId }),
    xo.objects({ type: "PBD", $pool: poolId }),
    xo.objects({ type: "network", $pool: poolId }),
    xo.objects({ type: "VM" }),
  ]);
  const sr = srs.find((each) => each["name_label"] === settings.defaultStorage);
  const network = networks.find((each) => each["name_label"] === settings.network.nameLabel);
  const owner = vms.find((each) => each["id"] !== moving.vm && addressesOf(each).includes(moving.address));
  return {
    label: pool.name,
    haEnabled: pool.haEnabled,
    hosts: pool.hosts,
    preferred: findHost(pool, affinityHost(moving.tenant, settings.hosts)).id,
    capacity: capacityWith(pool, settings, moving),
    storage: {
      label: settings.defaultStorage,
      ...(sr === undefined
        ? {}
        : {
            found: {
              id: String(sr["id"]),
              free: Number(sr["size"]) - Math.max(Number(sr["usage"]), Number(sr["physical_usage"])),
              attached: pbds
                .filter((pbd) => pbd["SR"] === sr["id"] && pbd["attached"] === true)
                .map((pbd) => String(pbd["host"])),
            },
          }),
    },
    network: {
      label: settings.network.nameLabel,
      ...(network === undefined ? {} : { id: String(network["id"]) }),
    },
    ...(owner === undefined ? {} : { addressOf: String(owner["name_label"]) }),
  };
}

/** N+1 of the pool with the VM that comes. */
function capacityWith(
  pool: PoolNow,
  { ha }: PoolSettings,
  { vm, tenant, now }: { readonly vm: string; readonly tenant: string; readonly now: PoolNow },
) {
  const comes = now.vms.find(({ id }) => id === vm);
  const there = pool.vms.filter(({ id }) => id !== vm).filter((each) => each.protected);
  const administrations = there.filter(({ tags }) => tenantsOfTags(tags).length > 0);
  return planCapacity({
    pool: pool.name,
    hosts: pool.hosts.map(({ name: nameLabel, memory, controlDomain, enabled, alive: live }) => ({
      ...{ nameLabel, memory, controlDomain, enabled, live },
    })),
    vms: [
      ...administrations.map(({ tags, name, given: memory, cpus }) => ({
        ...{ id: tenantsOfTags(tags)[0] ?? name, memory, cpus, isNew: false },
      })),
      { id: tenant, memory: comes?.given ?? 0, cpus: comes?.cpus ?? 0, isNew: true },
    ],
    others: pool.vms
      .filter((each) => each.id !== vm && !administrations.includes(each))
      .map((each) => ({ nameLabel: each.name, memory: each.given, protected: each.protected })),
    hostFailures: ha.hostFailures,
  });
}

function addressesOf(vm: XoObject): string[] {
  return Object.values((vm["addresses"] ?? {}) as Record<string, unknown>).map(String);
}

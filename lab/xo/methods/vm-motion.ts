import { invalidParameters, noSuchObject, notImplemented, XapiError } from "../errors.ts";
import type { MotionPlan } from "../motion.ts";
import type { HostRecord, NetworkRecord, VmRecord } from "../records.ts";
import type { Call } from "../rpc/method.ts";
import { requireUnblocked } from "./blocked.ts";
import { requireRoom } from "./devices.ts";

/** What a client asks for, by XO's ids. */
export interface MotionWish {
  readonly sr?: string | undefined;
  readonly mapVdisSrs: Readonly<Record<string, string>>;
  readonly mapVifsNetworks: Readonly<Record<string, string>>;
}

/**
 * What `vm.migrate` to a host of another pool comes to, as XO fills it in: a disk goes to the repository that is named
 * for it, else to that of all, else to the pool's default; a card to the network that is named for it, else to that
 * of the host's management.
 * @throws XoError, XapiError what XAPI refuses before it touches anything
 */
export function planMotion(call: Call, vm: VmRecord, host: HostRecord, wish: MotionWish): MotionPlan {
  const { relations } = call;
  requireUnblocked(vm, "migrate_send");
  const snapshots = relations.of("VM-snapshot", vm.id).length;
  if (snapshots > 1) throw new XapiError("VM_HAS_TOO_MANY_SNAPSHOTS", vm.id);
  // XAPI takes one along. No backup leaves one here, so nobody asks for that.
  if (snapshots > 0) throw notImplemented();
  const free = host.memory - relations.memoryUsed(host.id);
  if (!host.live || !host.enabled) throw new XapiError("HOST_DISABLED", host.id);
  if (free < vm.memory.dynamicMax)
    throw new XapiError("HOST_NOT_ENOUGH_FREE_MEMORY", String(vm.memory.dynamicMax), String(free));
  const pool = relations.get("pool", host.pool);
  const disks = relations.disksOf(vm.id).map(({ vdi }) => ({
    ...vdi,
    sr: wish.mapVdisSrs[vdi.id] ?? wish.sr ?? pool?.defaultSr ?? "",
  }));
  for (const { sr } of disks) {
    call.get(sr, "SR", "administrate");
    const attached = relations.of("PBD", sr).some((pbd) => pbd.host === host.id && pbd.attached);
    if (!attached) throw new XapiError("SR_NOT_ATTACHED", sr, host.id);
  }
  requireRoom(relations, disks);
  const networks = relations
    .vifsOf(vm.id)
    .map((vif) => [vif.id, networkOf(call, host, wish.mapVifsNetworks[vif.id])] as const);
  return {
    host,
    repositories: new Map(disks.map(({ id, sr }) => [id, sr])),
    networks: new Map(networks),
  };
}

function networkOf(call: Call, host: HostRecord, wanted: string | undefined): NetworkRecord {
  if (wanted === undefined) {
    const management = call.relations.of("PIF", host.id).find((pif) => pif.management)?.network;
    const network = call.relations.get("network", management);
    if (network === undefined) throw noSuchObject(host.id, "network");
    return network;
  }
  const network = call.get(wanted, "network", "operate");
  if (network.pool !== host.pool) throw invalidParameters("the network belongs to another pool");
  return network;
}

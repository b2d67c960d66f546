import { XapiError } from "../errors.ts";
import type { PoolRecord, SrRecord, VmRecord } from "../records.ts";
import type { Relations } from "../views/relations.ts";

/** Free space that heartbeat and metadata need on a storage repository (vendor's figure). Bytes. */
const heartbeatSpace = 356 * 1024 ** 2;

/** @throws XapiError when HA could not restart a VM on every host. */
export function requireAgile(vm: VmRecord, relations: Relations): void {
  for (const vbd of relations.vbdsOf(vm.id)) {
    const vdi = vbd.vdi === undefined ? undefined : relations.get("VDI", vbd.vdi);
    const sr = vdi && relations.get("SR", vdi.sr);
    if (sr && (!sr.shared || vbd.isCd)) throw new XapiError("HA_CONSTRAINT_VIOLATION_SR_NOT_SHARED", sr.id);
  }
  const hosts = relations.all("host").filter((host) => host.pool === vm.pool);
  for (const vif of relations.vifsOf(vm.id)) {
    const reached = new Set(relations.of("PIF", vif.network).map((pif) => pif.host));
    if (hosts.some((host) => !reached.has(host.id))) {
      throw new XapiError("HA_CONSTRAINT_VIOLATION_NETWORK_NOT_SHARED", vif.network);
    }
  }
}

/** @throws XapiError when a storage repository cannot carry the pool's heartbeat. */
export function requireHeartbeatSr(sr: SrRecord, pool: PoolRecord, relations: Relations): void {
  if (sr.pool !== pool.id || !sr.shared || sr.contentType !== "user") {
    throw new XapiError("HA_CONSTRAINT_VIOLATION_SR_NOT_SHARED", sr.id);
  }
  const pbds = relations.of("PBD", sr.id);
  for (const host of relations.all("host").filter((each) => each.pool === pool.id)) {
    if (!pbds.some((pbd) => pbd.host === host.id && pbd.attached)) {
      throw new XapiError("HA_HOST_CANNOT_ACCESS_STATEFILE", host.id);
    }
  }
  const free = sr.size - relations.storageUsed(sr.id);
  if (free < heartbeatSpace) throw new XapiError("SR_FULL", String(heartbeatSpace), String(free));
}

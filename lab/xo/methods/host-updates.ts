import { z } from "zod";
import { incorrectState, XapiError } from "../errors.ts";
import { rebootRequired } from "../host-updates.ts";
import type { HostRecord, PoolRecord } from "../records.ts";
import { anyText, flag, text } from "../rpc/fields.ts";
import { type Call, type Method, method } from "../rpc/method.ts";
import { putObject } from "../store.ts";
import { evacuate } from "./pools.ts";

/** The pool's hosts, its master first: XCP-ng's hosts are updated in that order. */
function masterFirst(call: Call, pool: PoolRecord): HostRecord[] {
  return call.relations
    .all("host")
    .filter((host) => host.pool === pool.id)
    .sort((a, b) => Number(b.id === pool.master) - Number(a.id === pool.master));
}

/** @throws XoError 25 while the master, which has to be newer, is behind this host. */
function requireMasterFirst(call: Call, host: HostRecord): void {
  const master = call.relations.get("host", call.relations.get("pool", host.pool)?.master);
  if (master === undefined || master.id === host.id || !rebootRequired(host)) return;
  if (call.xo.updates.missing(master.id).length > 0 || rebootRequired(master)) {
    throw incorrectState({ actual: true, expected: false, object: master.id, property: "rebootRequired" });
  }
}

/** Updates of hosts, and their restart. */
export const hostUpdateMethods: Readonly<Record<string, Method>> = {
  "pool.listMissingPatches": method(z.strictObject({ host: text }), (call, given) =>
    call.xo.updates.missing(call.get(given.host, "host", "view").id),
  ),

  "pool.installPatches": method(
    z.strictObject({
      pool: text.optional(),
      hosts: z.array(text).min(1).optional(),
      // XCP-ng always installs everything.
      patches: z.array(text).optional(),
    }),
    async (call, given) => {
      const named = (given.hosts ?? []).map((id) => call.get(id, "host", "administrate"));
      const pool = call.get(given.pool ?? named[0]?.pool ?? "", "pool", "administrate");
      if (pool.haEnabled) {
        throw incorrectState({ actual: true, expected: false, object: pool.id, property: "ha_enabled" });
      }
      const wanted = given.pool === undefined ? named : masterFirst(call, pool);
      for (const { id } of wanted) await call.xo.updates.install(call.get(id, "host", "administrate"));
    },
  ),

  "host.restart": method(
    z.strictObject({
      id: text,
      force: flag.optional(),
      bypassBackupCheck: flag.optional(),
      bypassVersionCheck: flag.optional(),
    }),
    async (call, given) => {
      const host = call.get(given.id, "host", "operate");
      const force = given.force ?? false;
      if (!given.bypassBackupCheck) call.xo.backups.runner.requireNone("host.restart", host.pool);
      if (!(given.bypassVersionCheck ?? force)) requireMasterFirst(call, host);
      await call.xo.store.commit([putObject({ ...host, enabled: false })]);
      if (!force) await evacuate(call, host.id);
      const guest = call.relations.of("VM", host.id).find((vm) => vm.powerState !== "Halted");
      if (guest !== undefined) throw new XapiError("HOST_IN_USE", host.id, "VM", guest.id);
      await call.xo.updates.reboot(call.get(host.id, "host", "operate"));
    },
  ),

  "lab.offerPatches": method(
    z.strictObject({
      patches: z.array(
        z.strictObject({ name: text, version: text, release: text, description: anyText.default("") }),
      ),
    }),
    (call, { patches }) => call.xo.updates.offer(patches),
    "admin",
  ),
};

import { z } from "zod";
import { XapiError } from "../errors.ts";
import { chooseHost } from "../placement.ts";
import type { PoolRecord } from "../records.ts";
import { anyText, flag, text } from "../rpc/fields.ts";
import { type Call, type Method, method } from "../rpc/method.ts";
import { putObject } from "../store.ts";
import { requireAgile, requireHeartbeatSr } from "./ha.ts";

async function setEnabled(call: Call, id: string, enabled: boolean): Promise<void> {
  const host = call.get(id, "host", "administrate");
  await call.xo.store.commit([putObject({ ...host, enabled })]);
  call.xo.events.add(`${host.name_label} ${enabled ? "takes VMs again" : "takes no more VMs"}`, host);
}

/** Moves every guest that runs on a host to another. */
async function evacuate(call: Call, host: string): Promise<void> {
  for (const { id } of call.relations.of("VM", host)) {
    const vm = call.relations.get("VM", id);
    if (vm?.powerState !== "Running" || vm.host !== host) continue;
    await call.xo.machines.migrate(id, chooseHost(vm, call.relations, host).id);
  }
}

/** Settings of pools, high availability, and hosts that leave service. */
export const poolMethods: Readonly<Record<string, Method>> = {
  "pool.set": method(
    z.strictObject({
      id: text,
      name_label: text.optional(),
      name_description: anyText.optional(),
      auto_poweron: flag.optional(),
      migrationCompression: flag.optional(),
    }),
    async (call, { id, ...change }) => {
      const pool = call.get(id, "pool", "administrate");
      const next: PoolRecord = {
        ...pool,
        name_label: change.name_label ?? pool.name_label,
        name_description: change.name_description ?? pool.name_description,
        autoPoweron: change.auto_poweron ?? pool.autoPoweron,
        migrationCompression: change.migrationCompression ?? pool.migrationCompression,
      };
      await call.xo.store.commit([putObject(next)]);
    },
  ),

  "pool.setDefaultSr": method(z.strictObject({ sr: text }), async (call, given) => {
    const sr = call.get(given.sr, "SR", "administrate");
    const pool = call.get(sr.pool, "pool", "administrate");
    await call.xo.store.commit([putObject({ ...pool, defaultSr: sr.id })]);
  }),

  "pool.enableHa": method(
    z.strictObject({
      pool: text,
      heartbeatSrs: z.array(text).min(1),
      configuration: z.record(text, anyText).optional(),
    }),
    async (call, given) => {
      const pool = call.get(given.pool, "pool", "administrate");
      const srs = given.heartbeatSrs.map((id) => call.get(id, "SR", "administrate"));
      if (pool.haEnabled) throw new XapiError("HA_IS_ENABLED");
      for (const sr of srs) requireHeartbeatSr(sr, pool, call.relations);
      const protectedVms = call.relations
        .all("VM")
        .filter((vm) => vm.pool === pool.id && vm.highAvailability === "restart");
      for (const vm of protectedVms) requireAgile(vm, call.relations);
      await call.xo.store.commit([putObject({ ...pool, haEnabled: true, haSrs: srs.map((sr) => sr.id) })]);
      call.xo.events.add(`high availability of pool ${pool.name_label} is on`, pool);
    },
  ),

  "pool.disableHa": method(z.strictObject({ pool: text }), async (call, given) => {
    const pool = call.get(given.pool, "pool", "administrate");
    if (!pool.haEnabled) throw new XapiError("HA_NOT_ENABLED");
    await call.xo.store.commit([putObject({ ...pool, haEnabled: false, haSrs: [] })]);
    call.xo.events.add(`high availability of pool ${pool.name_label} is off`, pool, "warning");
  }),

  "host.disable": method(z.strictObject({ id: text }), (call, { id }) => setEnabled(call, id, false)),

  "host.enable": method(z.strictObject({ id: text }), (call, { id }) => setEnabled(call, id, true)),

  "host.setMaintenanceMode": method(
    z.strictObject({ id: text, maintenance: flag }),
    async (call, { id, maintenance }) => {
      await setEnabled(call, id, !maintenance);
      if (maintenance) await evacuate(call, id);
    },
  ),
};

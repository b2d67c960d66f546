import { z } from "zod";
import { messageOf } from "../../../lib/farm-error.ts";
import { XapiError } from "../errors.ts";
import { requirePlanWithoutHost } from "../ha/keep-plan.ts";
import { disableHa, enableHa } from "../ha/switch.ts";
import { chooseHost } from "../placement.ts";
import type { PoolRecord } from "../records.ts";
import { anyText, flag, text } from "../rpc/fields.ts";
import { type Call, type Method, method } from "../rpc/method.ts";
import { putObject } from "../store.ts";

async function setEnabled(call: Call, id: string, enabled: boolean): Promise<void> {
  const host = call.get(id, "host", "administrate");
  if (!enabled) requirePlanWithoutHost(host, call.relations);
  await call.xo.store.commit([putObject({ ...host, enabled })]);
  call.xo.events.add(`${host.name_label} ${enabled ? "takes VMs again" : "takes no more VMs"}`, host);
}

/**
 * Moves every guest that runs on a host to another. One that cannot be moved does not keep the others.
 * @throws XapiError that names those that stayed, and why
 */
export async function evacuate(call: Call, host: string): Promise<void> {
  const stayed: string[] = [];
  for (const { id } of call.relations.of("VM", host)) {
    const vm = call.relations.get("VM", id);
    if (vm?.powerState !== "Running" || vm.host !== host) continue;
    try {
      await call.xo.machines.migrate(id, chooseHost(vm, call.relations, host).id);
    } catch (error) {
      stayed.push(`${vm.name_label} (${id}): ${messageOf(error)}`);
    }
  }
  if (stayed.length > 0) throw new XapiError("CANNOT_EVACUATE_HOST", stayed.join("|"));
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
      migrationNetwork: text.nullish(),
      backupNetwork: text.nullish(),
    }),
    async (call, { id, ...change }) => {
      const pool = call.get(id, "pool", "administrate");
      const otherConfig = new Map(Object.entries(pool.otherConfig));
      for (const key of ["migrationNetwork", "backupNetwork"] as const) {
        const network = change[key];
        if (network === null) otherConfig.delete(`xo:${key}`);
        else if (network !== undefined) otherConfig.set(`xo:${key}`, call.get(network, "network", "view").id);
      }
      const next: PoolRecord = {
        ...pool,
        name_label: change.name_label ?? pool.name_label,
        name_description: change.name_description ?? pool.name_description,
        autoPoweron: change.auto_poweron ?? pool.autoPoweron,
        migrationCompression: change.migrationCompression ?? pool.migrationCompression,
        otherConfig: Object.fromEntries(otherConfig),
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
      await enableHa(call.xo, pool, srs, given.configuration ?? {});
    },
  ),

  "pool.disableHa": method(z.strictObject({ pool: text }), (call, given) =>
    disableHa(call.xo, call.get(given.pool, "pool", "administrate")),
  ),

  "host.disable": method(z.strictObject({ id: text }), (call, { id }) => setEnabled(call, id, false)),

  "host.enable": method(z.strictObject({ id: text }), (call, { id }) => setEnabled(call, id, true)),

  "host.setMaintenanceMode": method(
    z.strictObject({ id: text, maintenance: flag }),
    async (call, { id, maintenance }) => {
      const { pool } = call.get(id, "host", "administrate");
      if (maintenance) call.xo.backups.runner.requireNone("host.setMaintenanceMode", pool);
      await setEnabled(call, id, !maintenance);
      if (maintenance) await evacuate(call, id);
    },
  ),
};

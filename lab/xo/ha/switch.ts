import { XapiError } from "../errors.ts";
import type { PoolRecord, SrRecord } from "../records.ts";
import type { Simulator } from "../simulator.ts";
import { putObject } from "../store.ts";
import { poolDefaults } from "../upgrade.ts";
import { requireAgile, requireHeartbeatSr } from "./constraints.ts";
import { isProtected, isWaiting } from "./facts.ts";

/**
 * Switches high availability on, as XAPI's `pool.enable_ha` does.
 * @param configuration XAPI's `ha-config`; `timeout` is a text of seconds
 * @throws XapiError when the pool, its storage or a protected VM is not fit for it
 */
export async function enableHa(
  xo: Simulator,
  pool: PoolRecord,
  srs: readonly SrRecord[],
  configuration: Readonly<Record<string, string>>,
): Promise<void> {
  const { relations } = xo.inventory;
  if (pool.haEnabled) throw new XapiError("HA_IS_ENABLED");
  const hosts = relations.all("host").filter((host) => host.pool === pool.id);
  if (hosts.length < 2) throw new XapiError("HA_TOO_FEW_HOSTS");
  for (const sr of srs) requireHeartbeatSr(sr, pool, relations);
  const absent = hosts.find((host) => !host.live);
  if (absent !== undefined) throw new XapiError("HA_FAILED_TO_FORM_LIVESET", absent.id);
  for (const vm of relations.all("VM")) {
    if (vm.pool === pool.id && vm.highAvailability === "restart") requireAgile(vm, relations);
  }
  await xo.store.commit([
    putObject({
      ...pool,
      haEnabled: true,
      haSrs: srs.map((sr) => sr.id),
      haTimeout: timeoutFrom(configuration),
    }),
  ]);
  xo.events.add(`high availability of pool ${pool.name_label} is on`, pool);
}

function timeoutFrom(configuration: Readonly<Record<string, string>>): number {
  const text = configuration.timeout;
  if (text === undefined) return poolDefaults.haTimeout;
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds > 0) return seconds;
  throw new XapiError("INVALID_VALUE", "timeout", text);
}

/**
 * Switches high availability off. VMs that wait for a host are given up.
 * @throws XapiError when it is off already
 */
export async function disableHa(xo: Simulator, pool: PoolRecord): Promise<void> {
  if (!pool.haEnabled) throw new XapiError("HA_NOT_ENABLED");
  const waiting = xo.inventory.relations
    .all("VM")
    .filter((vm) => vm.pool === pool.id && isWaiting(vm) && isProtected(vm) && vm.host === undefined);
  await xo.store.commit([
    putObject({ ...pool, haEnabled: false, haSrs: [] }),
    ...waiting.map((vm) => putObject({ ...vm, wanted: "Halted" })),
  ]);
  xo.events.add(`high availability of pool ${pool.name_label} is off`, pool, "warning");
}

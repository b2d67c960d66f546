import { z } from "zod";
import { forbiddenOperation, lacksFeature, notImplemented, operationFailed, XapiError } from "../errors.ts";
import { fits, requireReach } from "../placement.ts";
import type { VmRecord } from "../records.ts";
import { flag, integer, text } from "../rpc/fields.ts";
import { type Call, type Method, method } from "../rpc/method.ts";
import { requireUnblocked } from "./blocked.ts";
import { planMotion } from "./vm-motion.ts";

/** XAPI asks a guest to shut down through its drivers. */
function requireDrivers(call: Call, vm: VmRecord, feature: string): void {
  if (vm.powerState === "Running" && !call.xo.live.of(vm.id).facts?.agent) throw lacksFeature(vm.id, feature);
}

async function start(call: Call, vm: VmRecord, host: string | undefined): Promise<void> {
  const operation = host === undefined ? "start" : "start_on";
  if (Object.hasOwn(vm.blockedOperations, operation)) {
    throw forbiddenOperation("Start", `${operation} is blocked: ${vm.blockedOperations[operation]}`);
  }
  // XAPI refuses two cards with one address in the same pool only when both run.
  const macs = new Set(call.relations.vifsOf(vm.id).map((vif) => vif.mac));
  const twin = call.relations
    .all("VM")
    .find((other) => other.id !== vm.id && other.powerState === "Running" && hasCard(call, other, macs));
  if (twin) throw operationFailed(vm.id, "DUPLICATED_MAC_ADDRESS");
  await call.xo.machines.start(vm.id, host);
}

function hasCard(call: Call, vm: VmRecord, macs: ReadonlySet<string>): boolean {
  return call.relations.vifsOf(vm.id).some((vif) => macs.has(vif.mac));
}

const force = { id: text, force: flag.optional(), bypassBlockedOperation: flag.optional() };

/** Power states and migration. */
export const vmPowerMethods: Readonly<Record<string, Method>> = {
  "vm.start": method(
    z.strictObject({
      id: text,
      host: text.optional(),
      force: flag.optional(),
      bypassMacAddressesCheck: flag.optional(),
    }),
    (call, { id, host }) => {
      const vm = call.get(id, "VM", "operate");
      if (host !== undefined) call.get(host, "host", "operate");
      return start(call, vm, host);
    },
  ),

  "vm.stop": method(z.strictObject({ ...force, forceShutdownDelay: integer.optional() }), (call, given) => {
    const vm = call.get(given.id, "VM", "operate");
    if (!given.bypassBlockedOperation) {
      if (given.force) requireUnblocked(vm, "hard_shutdown");
      else requireUnblocked(vm, "clean_shutdown", "shutdown");
    }
    if (!given.force) requireDrivers(call, vm, "shutdown");
    return call.xo.machines.stop(vm.id, given.force ? "hard" : "clean");
  }),

  "vm.restart": method(z.strictObject(force), (call, given) => {
    const vm = call.get(given.id, "VM", "operate");
    if (!given.bypassBlockedOperation) requireUnblocked(vm, given.force ? "hard_reboot" : "clean_reboot");
    if (!given.force) requireDrivers(call, vm, "reboot");
    return call.xo.machines.reboot(vm.id, given.force ? "hard" : "clean");
  }),

  "vm.suspend": method(z.strictObject({ id: text }), (call, { id }) => {
    const vm = call.get(id, "VM", "operate");
    requireUnblocked(vm, "suspend");
    requireDrivers(call, vm, "suspend");
    return call.xo.machines.freeze(vm.id, "Suspended");
  }),

  "vm.pause": method(z.strictObject({ id: text }), (call, { id }) => {
    const vm = call.get(id, "VM", "operate");
    requireUnblocked(vm, "pause");
    return call.xo.machines.freeze(vm.id, "Paused");
  }),

  "vm.resume": method(z.strictObject({ id: text }), (call, { id }) => {
    const vm = call.get(id, "VM", "operate");
    requireUnblocked(vm, "resume");
    return call.xo.machines.resume(vm.id, "Suspended");
  }),

  "vm.unpause": method(z.strictObject({ id: text }), (call, { id }) => {
    const vm = call.get(id, "VM", "operate");
    requireUnblocked(vm, "unpause");
    return call.xo.machines.resume(vm.id, "Paused");
  }),

  "vm.migrate": method(
    z.strictObject({
      vm: text,
      targetHost: text,
      migrationNetwork: text.optional(),
      sr: text.optional(),
      mapVdisSrs: z.record(text, text).optional(),
      mapVifsNetworks: z.record(text, text).optional(),
      force: flag.optional(),
      bypassAssert: flag.optional(),
    }),
    (call, given) => {
      const vm = call.get(given.vm, "VM", "administrate");
      const host = call.get(given.targetHost, "host", "administrate");
      if (host.pool !== vm.pool) {
        const { sr, mapVdisSrs = {}, mapVifsNetworks = {} } = given;
        requireDrivers(call, vm, "migrate");
        return call.xo.motion.migrate(vm.id, planMotion(call, vm, host, { sr, mapVdisSrs, mapVifsNetworks }));
      }
      // Disks that move within the pool are another operation of XAPI's, which nobody here asks for.
      if (given.sr !== undefined || given.mapVdisSrs !== undefined) throw notImplemented();
      requireUnblocked(vm, "pool_migrate");
      requireDrivers(call, vm, "migrate");
      requireReach(vm, host.id, call.relations);
      if (vm.host !== host.id && !fits(vm, host, call.relations)) {
        throw new XapiError("HOST_NOT_ENOUGH_FREE_MEMORY", String(vm.memory.dynamicMax), host.id);
      }
      return call.xo.machines.migrate(vm.id, host.id);
    },
  ),
};

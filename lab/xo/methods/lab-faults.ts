import { z } from "zod";
import { hasCablesOut } from "../network-faults.ts";
import { text } from "../rpc/fields.ts";
import { type Call, type Method, method } from "../rpc/method.ts";

const controller = z.strictObject({ controller: text });
const place = z.strictObject({ id: text });

function setNetwork(call: Call, id: string, works: boolean): Promise<void> {
  const record = call.get(id, ["host", "VM"], "administrate");
  const { networkFaults } = call.xo;
  return record.type === "host" ? networkFaults.setHost(record, works) : networkFaults.setVm(record, works);
}

/** What can break below the VMs; not in XO. Administrators only. */
export const labFaultMethods: Readonly<Record<string, Method>> = {
  "lab.failHost": method(z.strictObject({ host: text }), ({ xo }, { host }) => xo.hosts.fail(host), "admin"),

  "lab.healHost": method(z.strictObject({ host: text }), ({ xo }, { host }) => xo.hosts.heal(host), "admin"),

  "lab.failController": method(controller, ({ xo }, given) => xo.controllers.fail(given.controller), "admin"),

  "lab.healController": method(controller, ({ xo }, given) => xo.controllers.heal(given.controller), "admin"),

  "lab.failNetwork": method(place, (call, { id }) => setNetwork(call, id, false), "admin"),

  "lab.healNetwork": method(place, (call, { id }) => setNetwork(call, id, true), "admin"),

  "lab.crashGuest": method(
    place,
    (call, { id }) => call.xo.machines.crash(call.get(id, "VM", "administrate").id),
    "admin",
  ),

  "lab.getFaults": method(
    z.strictObject({}),
    ({ xo, relations }) => {
      const name = ({ id, name_label }: { id: string; name_label: string }) => ({ id, name: name_label });
      const vms = relations.all("VM");
      return {
        controllers: xo.controllers.list(),
        deadHosts: relations
          .all("host")
          .filter((host) => !host.live)
          .map(name),
        hostsWithoutNetwork: relations
          .all("host")
          .filter((host) => !host.onNetwork)
          .map(name),
        vmsWithoutNetwork: vms.filter(hasCablesOut).map(name),
        pausedVms: vms.filter((vm) => vm.powerState === "Paused").map(name),
      };
    },
    "admin",
  ),
};

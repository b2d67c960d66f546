import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type LabFile, readLab } from "../../lab/lab-file.ts";
import { visit } from "../../lab/probe.ts";
import { checkout } from "../../lib/paths.ts";
import { run } from "../../lib/run.ts";
import type { Tenant } from "../../model/tenant.ts";
import { onMachine, pinnedKeys, tryBootOf } from "../support/machine.ts";
import { plan } from "../support/project.ts";
import { farmVms, vmOf, withXo } from "../support/services.ts";
import { labTenants } from "../support/tenants.ts";
import { eventually } from "../support/wait.ts";

/** A machine as the tests reach it. */
interface Machine {
  readonly tenant: Tenant;
  /** XO's id. */
  readonly vm: string;
  /** The host key that the state pins. */
  readonly key: string;
}

let machines: ReadonlyMap<string, Machine>;

beforeAll(async () => {
  const keys = await pinnedKeys();
  const found = (await labTenants()).map(async (tenant): Promise<[string, Machine]> => {
    return [tenant.id, { tenant, vm: (await vmOf(tenant.id)).id, key: keys.get(tenant.id) ?? "" }];
  });
  machines = new Map(await Promise.all(found));
});

function machineOf(id: string): Machine {
  const machine = machines.get(id);
  if (machine === undefined) throw new Error(`no machine of ${id}`);
  return machine;
}

async function bootOf({ tenant, key }: Machine): Promise<string> {
  const boot = await tryBootOf(tenant.address, key);
  if (boot === undefined) throw new Error(`nobody gets into the machine of ${tenant.id} with its pinned key`);
  return boot;
}

/** Does something that boots a machine anew; checks that it comes back as it was. */
async function expectSameAfter(machine: Machine, boot: () => Promise<unknown>): Promise<void> {
  const { tenant, key } = machine;
  const before = await bootOf(machine);
  await boot();
  // The pinned key is the only one that ssh takes here: another would never get in.
  const after = await eventually(`${tenant.id} is back`, async () => {
    const now = await tryBootOf(tenant.address, key);
    return now !== before && now;
  });
  expect(after).not.toBe(before);
  await expectSound(machine);
}

/** Its address in the guest and in XO, its site over HTTPS, its system without a unit that failed. */
async function expectSound({ tenant, vm, key }: Machine): Promise<void> {
  const { address, domain, id } = tenant;
  const shown = await onMachine(address, key, "ip -4 -o addr show dev enX0 scope global");
  expect(shown.stdout.match(/inet \S+/g)).toEqual([`inet ${address}/24`]);
  // nginx answers some seconds before the application does.
  const answer = await eventually(`the site of ${id} answers`, async () => {
    const seen = await visit(readLab(), domain);
    return seen.status === 200 && seen;
  });
  expect(answer.body).toContain(`<meta name="farm-site" content="${id}">`);
  const known = await eventually(`XO knows the address of ${id}`, async () => {
    const [found] = await withXo((xo) => xo.objects({ type: "VM", id: vm }));
    const addresses = Object.values((found?.["addresses"] ?? {}) as Record<string, string>);
    return addresses.includes(address) && found;
  });
  expect(known["power_state"]).toBe("Running");
  const failed = await onMachine(address, key, "systemctl list-units --failed --plain --no-legend");
  expect(failed).toMatchObject({ code: 0, stdout: "" });
}

async function farm(...args: string[]): Promise<string> {
  return run(process.execPath, [join(checkout, "cli", "main.ts"), ...args], { timeout: 120_000 });
}

describe("a machine", () => {
  it("comes back with its host key and its address from three reboots of its own", async () => {
    const machine = machineOf("hohenbrueck");
    for (let turn = 0; turn < 3; turn++) {
      // The connection may end before its answer does.
      await expectSameAfter(machine, () =>
        onMachine(machine.tenant.address, machine.key, "sudo systemctl reboot"),
      );
    }
    const status = await onMachine(machine.tenant.address, machine.key, "cloud-init status");
    expect(status.stdout).toContain("status: done");
  });

  it("comes back from a clean restart through XO", async () => {
    const machine = machineOf("amt-seenplatte-nord");
    await expectSameAfter(machine, () => withXo((xo) => xo.call("vm.restart", { id: machine.vm })));
  });

  it("comes back when its power is cut, at once or for a while", async () => {
    const machine = machineOf("landkreis-auental");
    await expectSameAfter(machine, () =>
      withXo((xo) => xo.call("vm.restart", { id: machine.vm, force: true })),
    );
    await expectSameAfter(machine, () =>
      withXo(async (xo) => {
        await xo.call("vm.stop", { id: machine.vm, force: true });
        await expect(visit(readLab(), machine.tenant.domain, "/", 2000)).rejects.toThrow();
        await xo.call("vm.start", { id: machine.vm });
      }),
    );
  });

  it("sleeps and goes on where it was", async () => {
    const machine = machineOf("hohenbrueck");
    const { tenant, vm } = machine;
    const before = await bootOf(machine);
    await withXo((xo) => xo.call("vm.suspend", { id: vm }));
    expect((await vmOf(tenant.id))["power_state"]).toBe("Suspended");
    await expect(visit(readLab(), tenant.domain, "/", 2000)).rejects.toThrow();
    await withXo((xo) => xo.call("vm.resume", { id: vm }));
    await expectSound(machine);
    expect(await bootOf(machine)).toBe(before);
  });
});

describe("the lab", () => {
  it("goes down and comes up with the same machines, sites and ports, and nothing to do", async () => {
    const idsOf = (vms: Record<string, unknown>[]): string[] => vms.map((vm) => String(vm["id"])).sort();
    const before: { lab: LabFile; vms: string[] } = { lab: readLab(), vms: idsOf(await farmVms()) };
    const boots = await Promise.all([...machines.values()].map(bootOf));

    await farm("lab", "down");
    expect(JSON.parse(await farm("lab", "status", "--json"))).toMatchObject({ state: "down", guests: [] });
    await expect(farmVms()).rejects.toThrow();
    await farm("lab", "up");

    expect(readLab()).toEqual(before.lab);
    expect(idsOf(await farmVms())).toEqual(before.vms);
    for (const [index, machine] of [...machines.values()].entries()) {
      const boot = await eventually(`${machine.tenant.id} is up`, () =>
        tryBootOf(machine.tenant.address, machine.key),
      );
      expect(boot).not.toBe(boots[index]);
      await expectSound(machine);
    }
    expect(await plan()).toEqual([]);
  });
});

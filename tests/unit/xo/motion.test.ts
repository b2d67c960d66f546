import { cpSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Xapi } from "xen-api";
import type { Shown } from "./support/client.ts";
import { devicesOf } from "./support/devices.ts";
import { MemoryHypervisor } from "./support/hypervisor.ts";
import { createParams, type Lab, secrets, startLab, temporaryFolder } from "./support/start.ts";

let lab: Lab;
let vm: string;
let host: Shown;
let sr: Shown;
let network: Shown;

beforeEach(async () => {
  lab = await startLab();
  vm = await lab.farm.call("vm.create", await createParams(lab.farm, "hohenbrueck"));
  await lab.admin.call("lab.addPool");
  await lab.farm.call("vm.start", { id: vm });
  await lab.farm.until(vm, (view) => view.pvDriversDetected === true);
  host = await lab.farm.named("host", "xcp-sued-2");
  sr = await lab.farm.named("SR", "NetApp süd NFS");
  network = await lab.farm.named("network", "Front süd");
  for (const disk of await ownDisks(lab))
    lab.hypervisor.contents.set(disk.id, `${disk.name_label} as it was`);
});
afterEach(() => lab.remove());

/** Disks with content, in their order. */
async function ownDisks({ farm }: Lab): Promise<Shown[]> {
  const { vdis } = await devicesOf(farm, vm);
  return vdis.filter((vdi) => vdi.name_label !== "XO CloudConfigDrive");
}

async function wish(more: object = {}): Promise<object> {
  const { vifs } = await devicesOf(lab.farm, vm);
  const mapVifsNetworks = Object.fromEntries(vifs.map((vif) => [vif.id, network.id]));
  return { vm, targetHost: host.id, sr: sr.id, mapVifsNetworks, ...more };
}

function view(id: string): Promise<Shown> {
  return lab.farm.call("xo.getAllObjects", { filter: { id } }).then((all) => all[id]);
}

describe("vm.migrate to another pool", () => {
  it("keeps the VM and its cards' addresses; disks and cards are new objects over there", async () => {
    const [before, shown] = [await devicesOf(lab.farm, vm), await view(vm)];
    await lab.farm.call("vm.migrate", await wish());
    const [after, moved] = [await devicesOf(lab.farm, vm), await view(vm)];
    expect(moved).toMatchObject({ id: vm, power_state: "Running", $container: host.id, $pool: host.$pool });
    for (const key of ["name_label", "tags", "high_availability", "blockedOperations", "memory", "CPUs"])
      expect(moved[key]).toEqual(shown[key]);
    expect(after.vdis.map(({ name_label, size, $SR }) => [name_label, size, $SR])).toEqual(
      before.vdis.map(({ name_label, size }) => [name_label, size, sr.id]),
    );
    expect(after.vifs.map(({ MAC, $network, device }) => [MAC, $network, device])).toEqual(
      before.vifs.map(({ MAC, device }) => [MAC, network.id, device]),
    );
    const contents = (await ownDisks(lab)).map(({ id }) => lab.hypervisor.contents.get(id));
    expect(contents).toEqual(["hohenbrueck system as it was", "hohenbrueck data as it was"]);
    const olds = before.vdis.filter(({ name_label }) => name_label !== "XO CloudConfigDrive");
    expect(lab.hypervisor.deletedDisks.toSorted()).toEqual(olds.map(({ id }) => id).toSorted());
    const { spec } = lab.hypervisor.guests.get(vm) ?? {};
    expect(spec?.disks.map(({ repository }) => repository)).toEqual([sr.id, sr.id]);
    for (const { id } of [...before.vdis, ...before.vbds, ...before.vifs])
      expect(await view(id)).toBeUndefined();
  });

  it("is refused with figures before anything is touched", async () => {
    const { vifs } = await devicesOf(lab.farm, vm);
    const north = await lab.farm.named("network", "Front nord");
    const local = (await lab.farm.all("SR")).find(
      (each) =>
        each.name_label === "Local storage" && each.$pool === host.$pool && each.$container !== host.id,
    );
    const asked = lab.hypervisor.asked.length;
    const why = async (more: object): Promise<string> =>
      (await lab.admin.fail("vm.migrate", await wish(more))).message;
    expect(await why({ sr: local.id })).toContain("SR_NOT_ATTACHED");
    expect(await why({ mapVifsNetworks: { [vifs[0].id]: north.id } })).toContain("belongs to another pool");
    const size = sr.size - 20 * 2 ** 30;
    const full = await lab.admin.call("disk.create", { name: "voll", size, sr: sr.id });
    expect(await why({})).toMatch(/SR_FULL\(\d+, \d+\)/);
    await lab.admin.call("vdi.delete", { id: full });
    await lab.admin.call("host.disable", { id: host.id });
    expect(await why({})).toContain("HOST_DISABLED");
    await lab.admin.call("host.enable", { id: host.id });
    await lab.admin.call("vm.set", { id: vm, blockedOperations: { migrate_send: "its maker says no" } });
    expect((await lab.admin.fail("vm.migrate", await wish())).code).toBe(19);
    expect(lab.hypervisor.asked.slice(asked)).toEqual([]);
  });

  it("that cannot be read leaves the VM where it was, running, and nothing over there", async () => {
    const before = await devicesOf(lab.farm, vm);
    lab.hypervisor.beforeExport = async () => {
      throw new Error("its disk cannot be read");
    };
    const failed = await lab.admin.fail("vm.migrate", await wish());
    expect(failed.message).toContain("its disk cannot be read");
    expect(await view(vm)).toMatchObject({ power_state: "Running", $pool: before.vdis[0].$pool });
    expect(lab.hypervisor.guests.get(vm)?.spec.disks.map(({ id }) => id)).toEqual(
      (await ownDisks(lab)).map(({ id }) => id),
    );
    expect((await lab.farm.all("VDI")).filter((vdi) => vdi.$SR === sr.id)).toEqual([]);
  });

  it("cut short by a crash leaves the VM where it was, and half copies go", async () => {
    const state = temporaryFolder();
    const { hypervisor } = lab;
    await new Promise<void>((resolve) => {
      hypervisor.beforeExport = async () => {
        cpSync(lab.state, state, { recursive: true });
        resolve();
        await new Promise(() => {});
      };
      void wish().then((given) => lab.farm.call("vm.migrate", given).catch(() => undefined));
    });
    const survived = new MemoryHypervisor();
    for (const [disk, content] of hypervisor.contents) survived.contents.set(disk, content);
    const second = await startLab({ state, hypervisor: survived });
    try {
      const shown = await second.farm.until(vm, ({ power_state }) => power_state === "Running");
      expect(shown.$pool).not.toBe(host.$pool);
      expect(survived.deletedDisks).toHaveLength(2);
      const contents = (await ownDisks(second)).map(({ id }) => survived.contents.get(id));
      expect(contents).toEqual(["hohenbrueck system as it was", "hohenbrueck data as it was"]);
    } finally {
      await second.remove();
    }
  });

  it("each pool has an XAPI of its own that knows nothing of the other", async () => {
    const asked = async (path: string): Promise<string[]> => {
      const calls = { callTimeout: 10_000, roCallRetryOptions: { tries: 1 } };
      const auth = { user: "farm", password: secrets.xapi.password };
      const url = `http://127.0.0.1:${lab.port}${path}`;
      const xapi = new Xapi({ url, auth, allowUnauthorized: false, watchEvents: false, ...calls });
      await xapi.connect();
      try {
        const hosts = (await xapi.call("host.get_all_records")) as Record<string, { hostname: string }>;
        const known = await xapi.call("VM.get_by_uuid", vm).then(
          () => "has it",
          ({ code }: { code: string }) => code,
        );
        return [...Object.values(hosts).map(({ hostname }) => hostname), known].sort();
      } finally {
        await xapi.disconnect();
      }
    };
    expect(await asked("")).toEqual(["has it", "xcp-nord-1", "xcp-nord-2", "xcp-nord-3"]);
    await lab.farm.call("vm.migrate", await wish());
    expect(await asked("/pools/sued/")).toEqual(["has it", "xcp-sued-1", "xcp-sued-2", "xcp-sued-3"]);
    expect(await asked("")).toContain("UUID_INVALID");
  });

  it("a pool that comes while guests run is all that the hypervisor is told of", async () => {
    const { asked } = lab.hypervisor;
    expect(asked.filter((what) => what.startsWith("extend"))).toEqual(["extend sued1,sued2,sued3; 2"]);
    expect(asked.filter((what) => what === "prepare")).toHaveLength(1);
  });

  it("a second pool that is asked for twice is there once, and outlives a restart", async () => {
    const pool = await lab.admin.call("lab.addPool");
    expect(await lab.admin.call("lab.addPool")).toBe(pool);
    expect((await lab.farm.all("host")).filter(({ $pool }) => $pool === pool)).toHaveLength(3);
    await lab.stop();
    lab = await startLab({ state: lab.state, hypervisor: lab.hypervisor });
    expect((await lab.farm.named("pool", "süd")).id).toBe(pool);
  });
});

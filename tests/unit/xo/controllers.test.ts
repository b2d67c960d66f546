import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MemoryHypervisor } from "./support/hypervisor.ts";
import { createParams, type Lab, startLab } from "./support/start.ts";

const [first, second] = ["ntap-nord-01", "ntap-nord-02"];
let lab: Lab;
let hypervisor: MemoryHypervisor;
let iscsi: string;
let nfs: string;
let vm: string;

beforeAll(async () => {
  lab = await startLab({ takeover: 300 });
  ({ hypervisor } = lab);
  iscsi = (await lab.farm.named("SR", "NetApp nord iSCSI")).id;
  nfs = (await lab.farm.named("SR", "NetApp nord NFS")).id;
  vm = await lab.farm.call("vm.create", await createParams(lab.farm, "web"));
  await lab.farm.call("vm.start", { id: vm });
  await lab.farm.until(vm, (each) => each.pvDriversDetected === true);
});
afterAll(() => lab.remove());

const fail = (controller: string): Promise<unknown> => lab.admin.call("lab.failController", { controller });
const heal = (controller: string): Promise<unknown> => lab.admin.call("lab.healController", { controller });

/** What was asked of the hypervisor about storage since the last look. */
function storageCalls(): string[] {
  return hypervisor.asked.splice(0).filter((call) => /^(stall|release|interrupt) /.test(call));
}

async function pbds(sr: string): Promise<{ attached: boolean; otherConfig: Record<string, string> }[]> {
  const all = Object.values(await lab.admin.call("xo.getAllObjects", { filter: { type: "PBD" } }));
  return (all as { SR: string; attached: boolean; otherConfig: Record<string, string> }[]).filter(
    (pbd) => pbd.SR === sr,
  );
}

async function alerts(): Promise<string[]> {
  const all = Object.values(await lab.admin.call("xo.getAllObjects", { filter: { type: "message" } }));
  return (all as { name: string; body: string }[])
    .filter(({ name }) => name === "MULTIPATH_PERIODIC_ALERT")
    .map(({ body }) => body);
}

describe("storage controllers", () => {
  it("serve a repository each, and both when one has failed", async () => {
    storageCalls();
    await fail(first);
    expect(storageCalls()).toEqual([`interrupt ${iscsi} 300`]);
    expect(await lab.admin.call("lab.getFaults")).toMatchObject({
      controllers: [
        { name: first, failed: true, serves: [] },
        { name: second, failed: false, serves: ["NetApp nord iSCSI", "NetApp nord NFS"] },
      ],
    });
    // XO sees paths of the iSCSI device, and all hosts attached.
    expect(await pbds(iscsi)).toHaveLength(3);
    for (const pbd of await pbds(iscsi)) {
      expect(pbd.attached).toBe(true);
      expect(pbd.otherConfig).toMatchObject({ multipathed: "true", iscsi_sessions: "1" });
      expect(Object.values(pbd.otherConfig)).toContain("[1, 2]");
    }
    expect((await pbds(nfs)).map((pbd) => [pbd.attached, pbd.otherConfig])).toEqual(
      Array(3).fill([true, {}]),
    );
    expect(await alerts()).toEqual([
      expect.stringMatching(/^Unhealthy paths:\n\[\d{8}T\d{6}Z\] host=xcp-nord-1; .*; current=1; max=2\n/),
    ]);
  });

  it("have failed once, however often that is said, and have to exist", async () => {
    await fail(first);
    expect(storageCalls()).toEqual([]);
    expect(await lab.admin.fail("lab.failController", { controller: "ntap-nord-03" })).toMatchObject({
      code: 10,
      message: 'there is no storage controller "ntap-nord-03", there are ntap-nord-01, ntap-nord-02',
    });
    expect((await lab.farm.fail("lab.failController", { controller: second })).code).toBe(2);
  });

  it("take a repository with them when none is left", async () => {
    await fail(second);
    expect(storageCalls().sort()).toEqual([`stall ${iscsi}`, `stall ${nfs}`].sort());
    expect((await pbds(iscsi)).map(({ attached }) => attached)).toEqual([false, false, false]);
    expect(await lab.admin.fail("vm.create", await createParams(lab.admin, "new"))).toMatchObject({
      data: { code: "SR_HAS_NO_PBDS", params: [iscsi] },
    });
    expect(await lab.admin.fail("vm.snapshot", { id: vm })).toMatchObject({
      data: { code: "SR_HAS_NO_PBDS", params: [iscsi] },
    });
    const other = (await lab.admin.named("host", "xcp-nord-2")).id;
    expect(await lab.admin.fail("vm.migrate", { vm, targetHost: other })).toMatchObject({
      data: { code: "VM_REQUIRES_SR", params: [vm, iscsi] },
    });
    // A reboot would leave it off.
    expect(await lab.admin.fail("vm.restart", { id: vm, force: true })).toMatchObject({
      data: { code: "VM_REQUIRES_SR" },
    });
    expect((await lab.farm.named("VM", "web")).power_state).toBe("Running");
    await lab.farm.call("vm.stop", { id: vm, force: true });
    expect((await lab.farm.fail("vm.start", { id: vm })).code).toBe(7);
    expect(await lab.admin.fail("vm.start", { id: vm, host: other })).toMatchObject({
      data: { code: "VM_REQUIRES_SR", params: [vm, iscsi] },
    });
  });

  it("are as they were when the simulator comes back", async () => {
    const { state } = lab;
    await lab.stop();
    storageCalls();
    lab = await startLab({ state, hypervisor, takeover: 300 });
    expect(storageCalls().sort()).toEqual([`stall ${iscsi}`, `stall ${nfs}`].sort());
    expect((await lab.farm.fail("vm.start", { id: vm })).code).toBe(7);
  });

  it("give back what they lost, the home of a repository last", async () => {
    storageCalls();
    await heal(second);
    expect(storageCalls().sort()).toEqual([`release ${iscsi}`, `release ${nfs}`].sort());
    expect((await pbds(iscsi)).map(({ attached }) => attached)).toEqual([true, true, true]);
    expect(await lab.farm.call("vm.start", { id: vm })).toBe(true);
    await heal(first);
    expect(storageCalls()).toEqual([`interrupt ${iscsi} 300`]);
    expect(await lab.admin.call("lab.getFaults")).toMatchObject({
      controllers: [
        { name: first, failed: false, serves: ["NetApp nord iSCSI"] },
        { name: second, failed: false, serves: ["NetApp nord NFS"] },
      ],
    });
    for (const pbd of await pbds(iscsi)) expect(Object.values(pbd.otherConfig)).toContain("[2, 2]");
  });

  it("fail one after the other: a second failure waits for the takeover", async () => {
    const order: string[] = [];
    const { interruptRepository } = hypervisor;
    hypervisor.interruptRepository = async (...args) => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      order.push("taken over");
      return interruptRepository.apply(hypervisor, args);
    };
    const stalls = hypervisor.stallRepository;
    hypervisor.stallRepository = async (sr) => {
      order.push("stalled");
      return stalls.call(hypervisor, sr);
    };
    await Promise.all([fail(first), fail(second)]);
    expect(order).toEqual(["taken over", "stalled", "stalled"]);
    hypervisor.interruptRepository = interruptRepository;
    await Promise.all([heal(first), heal(second)]);
  });
});

describe("networks and guests", () => {
  it("break and are mended without XO's seeing it, save for a guest that has ended", async () => {
    const host = (await lab.admin.named("host", "xcp-nord-1")).id;
    hypervisor.asked.splice(0);
    await lab.admin.call("lab.failNetwork", { id: host });
    await lab.admin.call("lab.failNetwork", { id: vm });
    expect(hypervisor.asked).toEqual([`uplink ${host} false`, `cables ${vm} false`]);
    expect(await lab.admin.call("lab.getFaults")).toMatchObject({
      hostsWithoutNetwork: [{ id: host, name: "xcp-nord-1" }],
      vmsWithoutNetwork: [{ id: vm, name: "web" }],
    });
    expect(await lab.farm.named("host", "xcp-nord-1")).toMatchObject({
      enabled: true,
      power_state: "Running",
    });
    await lab.admin.call("lab.healNetwork", { id: host });
    await lab.admin.call("lab.healNetwork", { id: vm });
    await lab.admin.call("lab.crashGuest", { id: vm });
    await lab.farm.until(vm, (each) => each.power_state === "Halted");
    expect((await lab.admin.fail("lab.failNetwork", { id: vm })).code).toBe(13);
    expect((await lab.admin.fail("lab.crashGuest", { id: vm })).code).toBe(13);
    expect((await lab.admin.fail("lab.failNetwork", { id: iscsi })).code).toBe(1);
  });
});

describe("a host that is emptied", () => {
  it("is left by all that can leave, and says who stays and why", async () => {
    const host = (await lab.admin.named("host", "xcp-nord-3")).id;
    const ids: string[] = [];
    for (const name of ["one", "two", "three"]) {
      const mac = `02:00:00:00:02:0${ids.length}`;
      const params = await createParams(lab.farm, name);
      const id = await lab.farm.call("vm.create", {
        ...params,
        VIFs: [{ ...(params.VIFs as object[])[0], mac }],
      });
      await lab.farm.call("vm.start", { id, host });
      await lab.farm.until(id, (each) => each.pvDriversDetected === true);
      ids.push(id);
    }
    const [, two = ""] = ids;
    hypervisor.refuseMigration.set(two, "its memory changes too fast");
    const refused = await lab.admin.fail("host.setMaintenanceMode", { id: host, maintenance: true });
    expect(refused.data).toMatchObject({ code: "CANNOT_EVACUATE_HOST" });
    expect(String(refused.data.params)).toMatch(/^two \(.*its memory changes too fast/);
    const shown = await lab.farm.named("host", "xcp-nord-3");
    expect(shown).toMatchObject({ enabled: false, residentVms: [two] });
  });
});

import { afterAll, beforeAll, expect, test } from "vitest";
import type { Properties } from "../../../providers/kit/types.ts";
import { PartialFailure } from "../../../providers/kit/types.ts";
import { Bench } from "./bench.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(() => bench.stop());

/** The calls that change something. */
function orders(): string[] {
  return bench.tap.take().filter((call) => !call.startsWith("GAO") && call !== "session.signIn");
}

test("every update carries the full set in vm.set and says how long it waits", async () => {
  const news = bench.inputs("full-set", { blockedOperations: ["destroy"], xenstore: { a: "1", b: "2" } });
  const kept = await bench.create(news);
  orders();
  const changed = {
    ...news,
    nameDescription: "new",
    blockedOperations: ["start"],
    xenstore: { b: "3" },
    affinityHost: bench.fixture.host,
  };
  expect(await bench.diff(kept, changed)).toMatchObject({
    nameDescription: "add",
    "xenstore.a": "delete",
    "xenstore.b": "update",
  });
  const updated = await bench.update(kept, changed);
  expect(bench.tap.last("vm.set")).toEqual({
    id: kept.id,
    name_label: "full-set",
    name_description: "new",
    auto_poweron: false,
    high_availability: "",
    CPUs: 2,
    expNestedHvm: false,
    startDelay: 0,
    secureBoot: false,
    blockedOperations: { destroy: null, start: "true" },
    memoryMin: kept.outputs.memoryMin,
    memoryMax: 2_147_483_648,
    memoryStaticMax: 2_147_483_648,
    videoram: 8,
    vga: "std",
    hvmBootFirmware: "bios",
    affinityHost: bench.fixture.host,
    xenStoreData: { a: null, b: "3" },
  });
  expect(orders()).toEqual(["vm.set"]);
  expect(bench.context.lines).toContain("waits 0 s after vm.set, as the official provider does");
  expect(updated.outputs).toMatchObject({
    nameDescription: "new",
    blockedOperations: ["start"],
    xenstore: { b: "3" },
  });
  expect(await bench.diff(updated, changed)).toEqual({});
  const cleared = await bench.update(updated, { ...changed, affinityHost: "", xenstore: {} });
  expect(bench.tap.last("vm.set")).toMatchObject({ affinityHost: null, xenStoreData: { b: null } });
  expect(cleared.outputs.affinityHost).toBeUndefined();
});

test("what was changed behind Pulumi's back shows after a refresh and is repaired", async () => {
  const news = bench.inputs("drift", { highAvailability: "restart", tags: ["farm", "keep"] });
  const kept = await bench.create(news);
  await bench.admin.call("vm.set", { id: kept.id, high_availability: "", name_description: "by hand" });
  await bench.admin.call("tag.remove", { id: kept.id, tag: "farm" });
  await bench.admin.call("tag.add", { id: kept.id, tag: "alien" });
  expect(await bench.diff(kept, news)).toEqual({});
  const drifted = await bench.look(kept);
  expect(drifted.inputs).toMatchObject({ highAvailability: "", tags: ["alien", "keep"] });
  expect(await bench.diff(drifted, news)).toEqual({
    highAvailability: "update",
    nameDescription: "delete",
    "tags[0]": "update",
  });
  orders();
  const repaired = await bench.update(drifted, news);
  expect(orders()).toEqual(["vm.set", "tag.remove", "tag.add"]);
  expect(await bench.diff(repaired, news)).toEqual({});
});

test("create-only inputs run an update and change nothing in XO", async () => {
  const news = bench.inputs("create-only", {
    cloudConfig: "#cloud-config\na: 1",
    cloudNetworkConfig: "version: 2",
  });
  const kept = await bench.create(news);
  const before = await bench.admin.vm(kept.id);
  const changed: Properties = {
    ...news,
    cloudConfig: "#cloud-config\na: 2",
    cloudNetworkConfig: "version: 1",
    cloneType: "full",
    cpuCap: 7,
    host: "h",
  };
  const updated = await bench.update(kept, changed);
  expect(orders()).toContain("vm.set");
  expect(JSON.stringify(bench.tap.calls)).not.toContain("a: 2");
  const { addresses: _a, ...after } = await bench.admin.vm(kept.id);
  expect(after).toMatchObject({
    CPUs: before.CPUs,
    memory: before.memory,
    cpuCap: before.cpuCap,
    boot: before.boot,
  });
  expect(await bench.diff(updated, changed)).toEqual({});
});

test("more memory, or more CPUs than the VM ever had, stop and start it; fewer CPUs do not", async () => {
  const news = bench.inputs("size");
  const kept = await bench.create(news);
  await bench.agent(kept);
  orders();
  const small = await bench.update(kept, { ...news, cpus: 1 });
  expect(orders()).toEqual(["vm.set"]);
  const big = await bench.update(small, { ...news, cpus: 4 });
  expect(orders()).toEqual(["vm.stop", "vm.set", "vm.start"]);
  await bench.agent(big);
  const memory = await bench.update(big, { ...news, cpus: 4, memoryMax: 4_294_967_296 });
  expect(orders()).toEqual(["vm.stop", "vm.set", "vm.start"]);
  expect(memory.outputs).toMatchObject({ cpus: 4, memoryMax: 4_294_967_296, powerState: "Running" });
});

test("a halted VM cannot take a change that stops it: the agent never shows up", async () => {
  const news = bench.inputs("halted", { powerState: "Halted" });
  const impatient = await Bench.start({ powerTimeout: 600 });
  try {
    const there = { ...news, template: impatient.fixture.template };
    const kept = await impatient.create(there);
    const failure = await impatient
      .update(kept, { ...there, memoryMax: 4_294_967_296 })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(PartialFailure);
    expect(String(failure)).toContain(
      `failed to gracefully stop vm (${kept.id}) since PV drivers were never detected`,
    );
  } finally {
    await impatient.stop();
  }
});

test("power states are reached in turn, and the plugs of a halted VM are no difference", async () => {
  const news = bench.inputs("power");
  let kept = await bench.create(news);
  for (const [powerState, order] of [
    ["Suspended", "vm.suspend"],
    ["Running", "vm.start"],
    ["Paused", "vm.pause"],
    ["Running", "vm.start"],
    ["Halted", "vm.stop"],
  ] as const) {
    if (powerState !== "Running") await bench.agent(kept);
    orders();
    kept = await bench.update(kept, { ...news, powerState });
    expect(orders()).toEqual(["vm.set", order]);
    expect(kept.outputs.powerState).toBe(powerState);
    expect(await bench.diff(kept, { ...news, powerState })).toEqual({});
  }
  await bench.admin.call("vm.start", { id: kept.id });
  const drifted = await bench.look(kept);
  expect(await bench.diff(drifted, { ...news, powerState: "Halted" })).toMatchObject({
    powerState: "update",
  });
});

test("network cards are plugged in and out, replaced by a changed network, added and removed", async () => {
  const { network, otherNetwork } = bench.fixture;
  const news = bench.inputs("cards");
  let kept = await bench.create(news);
  await bench.agent(kept);
  const mac = (kept.outputs.networks as Properties[])[0]?.macAddress;
  const to = async (networks: Properties[]): Promise<string[]> => {
    orders();
    kept = await bench.update(kept, { ...news, networks });
    expect(await bench.diff(kept, { ...news, networks })).toEqual({});
    return orders();
  };
  expect(await to([{ networkId: network, attached: false }])).toEqual(["vif.disconnect", "vm.set"]);
  expect(await to([{ networkId: network }])).toEqual(["vif.connect", "vm.set"]);
  expect(await to([{ networkId: otherNetwork }])).toEqual([
    "vif.disconnect",
    "vif.delete",
    "vm.createInterface",
    "vm.set",
  ]);
  expect(kept.outputs.networks).toMatchObject([{ networkId: otherNetwork, macAddress: mac }]);
  expect(await to([{ networkId: otherNetwork }, { networkId: network }])).toEqual([
    "vm.createInterface",
    "vm.set",
  ]);
  expect(await to([{ networkId: otherNetwork }])).toEqual(["vif.disconnect", "vif.delete", "vm.set"]);
});

test("disks are added hot, renamed, unplugged, grown with a stop, and removed with their data", async () => {
  const srId = bench.fixture.storage;
  const gib = 1_073_741_824;
  const news = bench.inputs("disks");
  const [system] = news.disks as Properties[];
  let kept = await bench.create(news);
  await bench.agent(kept);
  const to = async (...data: Properties[]): Promise<string[]> => {
    const disks = [system ?? {}, ...data];
    orders();
    kept = await bench.update(kept, { ...news, disks });
    expect(await bench.diff(kept, { ...news, disks })).toEqual({});
    return orders();
  };
  expect(await to({ srId, nameLabel: "data", size: gib })).toEqual(["disk.create", "vm.set"]);
  expect(await to({ srId, nameLabel: "files", nameDescription: "d", size: gib })).toEqual([
    "vdi.set",
    "vdi.set",
    "vm.set",
  ]);
  const renamed = { srId, nameLabel: "files", nameDescription: "d" };
  expect(await to({ ...renamed, size: gib, attached: false })).toEqual(["vbd.disconnect", "vm.set"]);
  expect(await to({ ...renamed, size: gib })).toEqual(["vbd.connect", "vm.set"]);
  expect(await to({ ...renamed, size: 2 * gib })).toEqual(["vm.stop", "vdi.set", "vm.set", "vm.start"]);
  await bench.agent(kept);
  expect(await to()).toEqual(["vbd.disconnect", "vdi.delete", "vm.set"]);
});

test("a disk cannot move, and the state keeps what was planned", async () => {
  const news = bench.inputs("moving", { powerState: "Halted" });
  const kept = await bench.create(news);
  const moved = [{ ...(news.disks as Properties[])[0], srId: bench.fixture.otherStorage }];
  const failure = await bench.update(kept, { ...news, disks: moved }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(PartialFailure);
  expect(String(failure)).toContain("disk update action 'disk migration Update (Sr ID update)' not handled");
  expect(failure).toMatchObject({
    id: kept.id,
    properties: { disks: [{ srId: bench.fixture.otherStorage }] },
  });
});

test("a disk removed from the middle of the list is not removed: nothing is, until its last one goes", async () => {
  const srId = bench.fixture.storage;
  const news = bench.inputs("middle", { powerState: "Halted" });
  const [system = {}] = news.disks as Properties[];
  const [one, two] = ["one", "two"].map((nameLabel) => ({ srId, nameLabel, size: 1_073_741_824 }));
  const kept = await bench.create({ ...news, disks: [system, one ?? {}, two ?? {}] });
  orders();
  const updated = await bench.update(kept, { ...news, disks: [system, two ?? {}] });
  expect(orders()).toEqual(["vm.set"]);
  expect(updated.outputs.disks).toHaveLength(3);
});

test("two VMs of one name make every update fail after vm.set", async () => {
  const news = bench.inputs("twin", { powerState: "Halted" });
  const kept = await bench.create(news);
  await bench.create(news);
  await expect(bench.update(kept, { ...news, nameDescription: "x" })).rejects.toThrow(
    "expected to find a single VM",
  );
  expect(await bench.admin.vm(kept.id)).toMatchObject({ name_description: "x" });
});

test("a changed template cannot be asked of an update: the CD and the others can", async () => {
  const iso = (await bench.admin.objects("VDI")).find((vdi) => String(vdi.name_label).endsWith(".iso"));
  expect(iso).toBeDefined();
  const news = bench.inputs("cd", { powerState: "Halted" });
  const kept = await bench.create(news);
  orders();
  const inserted = await bench.update(kept, { ...news, cdrom: { id: String(iso?.id) } });
  expect(orders()).toEqual(["vm.insertCd", "vm.set"]);
  expect(inserted.outputs.cdrom).toEqual({ id: iso?.id });
  await bench.update(inserted, news);
  expect(orders()).toEqual(["vm.ejectCd", "vm.set"]);
});

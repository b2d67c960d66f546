import { describe, expect, test } from "vitest";
import {
  addressesIn,
  type FoundMachine,
  lostFeatures,
  tryFindPoolKey,
  unfitReasons,
} from "../../../model/adoption/found-machine.ts";
import { findNames, nearestZone } from "../../../model/adoption/found-names.ts";
import { type Existing, planImport } from "../../../model/adoption/import-plan.ts";
import { dangersOf, readPreview, stepsOf, wantedOf } from "../../../model/adoption/preview.ts";
import { parse, tenant } from "./fixtures.ts";

const { settings } = parse([tenant()]);
const [[key, pool] = ["", undefined]] = Object.entries(settings.pools);
if (pool === undefined) throw new Error("the example has a pool");
const [, , third] = [0, 0, pool.network.subnet.replace(/\.\d+\/\d+$/, ".77")];

const machine: FoundMachine = {
  id: "vm-1",
  nameLabel: "altdorf web",
  powerState: "Running",
  pool: pool.nameLabel,
  tags: ["by-hand"],
  cpus: 3,
  memory: 2 ** 30,
  blockedOperations: ["destroy", "pause"],
  addresses: ["fe80::1", String(third)],
  disks: [{ nameLabel: "root", size: 12 * 2 ** 30, repository: pool.defaultStorage }],
  networks: [pool.network.nameLabel],
};

describe("whether a machine can be taken over", () => {
  test("one that can", () => {
    expect(unfitReasons(machine, pool)).toEqual([]);
    expect(tryFindPoolKey(machine, settings.pools)).toBe(key);
    expect(addressesIn(machine, pool)).toEqual([third]);
    expect(tryFindPoolKey({ pool: "elsewhere" }, settings.pools)).toBeUndefined();
  });

  const disk = { nameLabel: "data", size: 2 ** 30, repository: pool.defaultStorage };
  test.each<[Partial<FoundMachine>, string]>([
    [{ powerState: "Halted" }, "it is Halted"],
    [{ disks: [...machine.disks, disk] }, "it has 2 disks"],
    [{ disks: [] }, "it has 0 disks"],
    [{ disks: [{ ...disk, repository: "local" }] }, "its disk lies on local"],
    [{ networks: ["Back", pool.network.nameLabel] }, "its network cards are on Back"],
    [{ networks: [] }, "its network cards are on no network"],
    [{ memory: 2 ** 30 + 1 }, "are no whole number of MiB"],
    [{ addresses: [] }, "its guest tools report 0 addresses"],
    [{ tags: ["tenant=a-b", "tenant=c-d"] }, "its tags name several administrations"],
  ])("not with %j", (differs, reason) => {
    const reasons = unfitReasons({ ...machine, ...differs }, pool);
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toContain(reason);
  });

  test("all reasons at once", () => {
    const reasons = unfitReasons({ ...machine, powerState: "Halted", networks: [], disks: [] }, pool);
    expect(reasons).toHaveLength(3);
  });

  test("what the next up takes away is said", () => {
    expect(lostFeatures(machine, ["farm=x"])).toEqual([
      "its tags by-hand go",
      "the block of pause is lifted",
    ]);
    expect(
      lostFeatures({ ...machine, tags: ["farm=x"], blockedOperations: ["destroy"] }, ["farm=x"]),
    ).toEqual([]);
  });
});

test("the names that lead to a machine", () => {
  const records = [
    { name: "rat.altdorf.example", type: "A", content: "10.0.0.1" },
    { name: "WWW.altdorf.example", type: "CNAME", content: "rat.altdorf.example" },
    { name: "mail.altdorf.example", type: "A", content: "10.0.0.2" },
    { name: "far.altdorf.example", type: "CNAME", content: "mail.altdorf.example" },
    { name: "rat.altdorf.example", type: "CAA", content: "" },
  ];
  expect(findNames("10.0.0.1", records)).toEqual({
    direct: ["rat.altdorf.example"],
    aliases: ["www.altdorf.example"],
  });
  expect(nearestZone("rat.altdorf.example", ["example", "altdorf.example", "dorf.example"])).toBe(
    "altdorf.example",
  );
  expect(nearestZone("rat.altdorf.org", ["altdorf.example"])).toBeUndefined();
});

describe("the import file", () => {
  const vm = "xenorchestra:index/vm:Vm";
  const dns = "cloudflare:index/dnsRecord:DnsRecord";
  const entry = (type: string, name: string, parent: string) => ({ type, name, id: "<PLACEHOLDER>", parent });
  const component = (type: string, name: string, more: object = {}) => ({
    type,
    name,
    component: true,
    ...more,
  });
  const file = {
    nameTable: { platform: "urn:platform", unused: "urn:unused" },
    resources: [
      component("farm:site:TenantSite", "alt"),
      component("farm:site:VirtualMachine", "altVirtualMachine", { logicalName: "alt", parent: "alt" }),
      entry(vm, "alt-vm", "altVirtualMachine"),
      entry("xenops:index:SshHostKey", "alt-host-key", "altVirtualMachine"),
      entry("xenops:index:BackupJob", "alt-backup", "alt"),
      entry("command:remote:Command", "alt-apply", "alt"),
      entry(dns, "alt-a", "alt"),
      component("farm:site:TenantSite", "alt-neu"),
      entry(vm, "alt-neu-vm", "alt-neu"),
      entry("cloudflare:index/zone:Zone", "platform-z-zone", "platform"),
    ],
  };
  const wanted = [
    { type: dns, name: "alt-a", inputs: { name: "rat.alt.example", type: "A", content: "10.0.0.1" } },
    { type: "cloudflare:index/zone:Zone", name: "platform-z-zone", inputs: { name: "alt.example" } },
  ];
  const record = {
    id: "r1",
    zoneId: "z1",
    name: "rat.alt.example",
    type: "A",
    content: "10.0.0.1",
    data: {},
  };
  const existing: Existing = {
    machines: new Map([
      [
        "alt",
        { vm: "v1", address: "10.0.0.1", hostKey: "ssh-ed25519 AAAA", fingerprint: "SHA256:x", job: "j1" },
      ],
    ]),
    zones: [{ id: "z1", name: "alt.example" }],
    records: [record],
  };
  const idsOf = (given: Existing) =>
    Object.fromEntries(planImport(file, wanted, given).resources.map(({ name, id }) => [name, id]));

  test("has what is there, with the components above it, and nothing of others", () => {
    expect(idsOf(existing)).toEqual({
      alt: undefined,
      altVirtualMachine: undefined,
      "alt-vm": "v1",
      "alt-host-key": "v1",
      "alt-backup": "j1",
      "alt-a": "z1/r1",
      "platform-z-zone": "z1",
    });
    expect(planImport(file, wanted, existing).nameTable).toEqual({ platform: "urn:platform" });
  });

  test("a pinned key is what somebody compared, not what a provider reads", () => {
    const pinned = planImport(file, wanted, existing).resources.find(({ name }) => name === "alt-host-key");
    expect(pinned?.outputs).toMatchObject({ publicKey: "ssh-ed25519 AAAA", vmId: "v1", host: "10.0.0.1" });
  });

  test("what Xen Orchestra never tells of a VM is the program's, everything else is read", () => {
    const told = [
      { type: vm, name: "alt-vm", inputs: { template: "t1", cpus: 4, cloudConfig: "#cloud-config" } },
    ];
    const { resources } = planImport(file, [...wanted, ...told], existing);
    expect(resources.find(({ name }) => name === "alt-vm")?.inputs).toEqual({
      template: "t1",
      cloudConfig: "#cloud-config",
    });
  });

  test("an id that begins another one does not take its machine", () => {
    const both = new Map([...existing.machines, ["alt-neu", { ...existing.machines.get("alt"), vm: "v2" }]]);
    expect(idsOf({ ...existing, machines: both as Existing["machines"] })).toMatchObject({
      "alt-vm": "v1",
      "alt-neu-vm": "v2",
    });
  });

  test("of several records of a name the one that says the same; none when nobody can tell", () => {
    const other = { ...record, id: "r2", content: "10.0.0.9" };
    expect(idsOf({ ...existing, records: [other, record] })["alt-a"]).toBe("z1/r1");
    expect(idsOf({ ...existing, records: [other] })["alt-a"]).toBe("z1/r2");
    expect(idsOf({ ...existing, records: [other, { ...other, id: "r3" }] })).not.toHaveProperty("alt-a");
  });
});

describe("what follows from an import", () => {
  const urn = (type: string, name: string) =>
    `urn:pulumi:lab::allris-farm::farm:site:TenantSite$${type}::${name}`;
  const vm = urn("xenorchestra:index/vm:Vm", "alt-vm");
  const preview = (steps: readonly object[]) => stepsOf(readPreview(JSON.stringify({ steps })), ["alt"]);

  test("harmless changes are none of danger; others are named", () => {
    const update = (...paths: string[]) =>
      dangersOf(
        preview([
          { op: "update", urn: vm, detailedDiff: Object.fromEntries(paths.map((path) => [path, {}])) },
        ]),
      );
    expect(update("nameLabel", "tags[0]", "networks[0].expectedIpCidr", "coreOs")).toEqual([]);
    expect(update("memoryMax", "tags")).toEqual(["alt-vm: changes memoryMax"]);
    expect(update("disks[1]")).toEqual(["alt-vm: changes disks[1]"]);
    expect(update("disks[0].size")).toEqual(["alt-vm: changes disks[0].size"]);
  });

  test.each(["replace", "delete", "create-replacement", "delete-replaced", "discard"])("%s is one", (op) => {
    expect(dangersOf(preview([{ op, urn: vm }]))).toEqual([`alt-vm: ${op}`]);
  });

  test("what is others' is not looked at, and what is the same is no step", () => {
    const steps = [
      { op: "delete", urn: urn("xenorchestra:index/vm:Vm", "neu-vm") },
      { op: "same", urn: vm },
    ];
    expect(preview(steps)).toEqual([]);
  });

  test("values that are known only later are not taken for values", () => {
    const newState = { type: "t", inputs: { name: "a", zoneId: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" } };
    const steps = readPreview(JSON.stringify({ steps: [{ op: "create", urn: vm, newState }] }));
    expect(wantedOf(steps)).toEqual([{ type: "t", name: "alt-vm", inputs: { name: "a" } }]);
  });

  test("anything else than a preview is said", () => {
    expect(() => readPreview("Previewing update")).toThrow("The engine's preview cannot be understood");
  });
});

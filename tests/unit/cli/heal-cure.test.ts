import { expect, it } from "vitest";
import { type Cure, planCures } from "../../../cli/heal/cure.ts";
import { type OutsideFacts, vmFrom } from "../../../cli/heal/facts.ts";
import { parseState } from "../../../model/stack-state.ts";

const base = "urn:pulumi:prod::allris-farm::farm:site:TenantSite";
const machine = `${base}$farm:site:VirtualMachine::stadt`;
const vmUrn = `${base}$farm:site:VirtualMachine$xenorchestra:index/vm:Vm::stadt-vm`;
const vmInputs = { nameLabel: "allris-stadt.prod", tags: ["farm=allris-farm/prod", "tenant=stadt"] };

const component = { urn: machine, type: "farm:site:VirtualMachine", custom: false };
const vmOrder = {
  urn: vmUrn,
  type: "xenorchestra:index/vm:Vm",
  custom: true,
  parent: machine,
  inputs: vmInputs,
};

interface Given {
  readonly pending?: readonly (readonly [string, object])[];
  readonly resources?: readonly object[];
  readonly outside?: Partial<OutsideFacts>;
}

function cures({ pending = [], resources = [], outside = {} }: Given): readonly Cure[] {
  const operations = pending.map(([type, resource]) => ({ type, resource }));
  const state = parseState(
    JSON.stringify({ deployment: { resources: [component, ...resources], pending_operations: operations } }),
  );
  const facts = { vms: [], zones: [], records: [], certificates: [], restores: [], ...outside };
  return planCures(state, facts);
}

function kinds(given: Given): string[] {
  return cures(given).map((cure) => ("id" in cure ? `${cure.kind} ${cure.id}` : cure.kind));
}

/** A VM as XO lists it. */
function vm(id: string, differs: object = {}) {
  return vmFrom({
    id,
    name_label: "allris-stadt.prod",
    tags: vmInputs.tags,
    power_state: "Halted",
    startTime: null,
    snapshots: [],
    blockedOperations: {},
    creation: { date: "2026-11-20T10:00:00Z" },
    ...differs,
  });
}
const running = { power_state: "Running", startTime: 1_790_000_000 };
const later = { creation: { date: "2026-11-20T11:00:00Z" } };

it("a creation that came to nothing is forgotten, one that came to something is taken over first", () => {
  const pending = [["creating", vmOrder]] as const;
  expect(kinds({ pending })).toEqual(["clear"]);
  expect(kinds({ pending, outside: { vms: [vm("one", running)] } })).toEqual(["adopt one", "clear"]);
  // XO was interrupted before it put the tags on.
  expect(kinds({ pending, outside: { vms: [vm("one", { tags: [] })] } })).toEqual(["adopt one", "clear"]);
  const taken = [{ ...vmOrder, id: "one" }];
  expect(kinds({ pending, resources: taken, outside: { vms: [vm("one", running)] } })).toEqual(["clear"]);
});

it("a VM that nobody noted is taken over under its own name", () => {
  expect(cures({ outside: { vms: [vm("one", running)] } })).toEqual([
    expect.objectContaining({ kind: "adopt", urn: vmUrn, parent: machine, id: "one" }),
  ]);
});

it("of two VMs the one in the state stays; the other goes only when nothing was ever written on it", () => {
  const resources = [{ ...vmOrder, id: "one" }];
  const two = (differs: object): string[] =>
    kinds({ resources, outside: { vms: [vm("one", running), vm("two", { ...later, ...differs })] } });
  expect(two({})).toEqual(["remove-vm two"]);
  expect(two(running)).toEqual(["ask"]);
  expect(two({ startTime: 1_790_000_000 })).toEqual(["ask"]);
  expect(two({ snapshots: ["snapshot"] })).toEqual(["ask"]);
  expect(two({ blockedOperations: { destroy: "true" } })).toEqual(["ask"]);
  // What comes out of a backup has a tag of XO more.
  expect(two({ tags: [...vmInputs.tags, "restored from backup"] })).toEqual(["ask"]);
  // It was there before the one that stays: it is no copy of it.
  expect(two({ creation: { date: "2026-11-19T10:00:00Z" } })).toEqual(["ask"]);
  expect(two({ creation: undefined })).toEqual(["ask"]);
});

it("of two that the state does not know, the one that was written on is taken over", () => {
  const pending = [["creating", vmOrder]] as const;
  const of = (...vms: ReturnType<typeof vm>[]): string[] => kinds({ pending, outside: { vms } });
  expect(of(vm("one", running), vm("two", later))).toEqual(["adopt one", "remove-vm two", "clear"]);
  expect(of(vm("one"), vm("two", later))).toEqual(["adopt one", "remove-vm two", "clear"]);
  expect(of(vm("one", running), vm("two", { ...later, ...running }))).toEqual(["clear", "ask"]);
});

it("an administration of which a restore is not finished is left to that", () => {
  const outside = { vms: [vm("two", later)], restores: ["stadt"] };
  expect(cures({ resources: [{ ...vmOrder, id: "one" }], outside })).toEqual([
    expect.objectContaining({ kind: "ask", next: expect.stringContaining("./farm restore stadt") }),
  ]);
});

it("a record is taken over by zone and id, whatever its type, and only when it says the same", () => {
  const order = (inputs: object) =>
    [
      "creating",
      { urn: `${base}$r::stadt-a`, type: "cloudflare:index/dnsRecord:DnsRecord", custom: true, inputs },
    ] as const;
  const found = {
    id: "r1",
    zoneId: "z",
    name: "ratsinfo.stadt.de",
    type: "A",
    content: "192.0.2.1",
    data: {},
  };
  const records = [found];
  const wanted = { zoneId: "z", name: "Ratsinfo.stadt.de", type: "A", content: "192.0.2.1" };
  expect(kinds({ pending: [order(wanted)], outside: { records } })).toEqual(["adopt z/r1", "clear"]);
  expect(kinds({ pending: [order({ ...wanted, content: "192.0.2.2" })], outside: { records } })).toEqual([
    "clear",
  ]);
  expect(kinds({ pending: [order({ ...wanted, zoneId: "y" })], outside: { records } })).toEqual(["clear"]);
  const data = { flags: 0, tag: "issue", value: "letsencrypt.org" };
  const caa = { ...found, type: "CAA", content: '0 issue "letsencrypt.org"', data };
  const order2 = { zoneId: "z", name: "ratsinfo.stadt.de", type: "CAA", data };
  expect(kinds({ pending: [order(order2)], outside: { records: [caa] } })).toEqual(["adopt z/r1", "clear"]);
  // An id that was imported is the path.
  const resources = [{ urn: `${base}$r::stadt-b`, type: "x", custom: true, id: "z/r1" }];
  expect(kinds({ pending: [order(wanted)], resources, outside: { records } })).toEqual(["clear"]);
});

it("a certificate that was signed and never noted is taken back, those in the state are not", () => {
  const inputs = { csr: "-----BEGIN CERTIFICATE REQUEST-----\nA\n", hostnames: ["ratsinfo.stadt.de"] };
  const type = "cloudflare:index/originCaCertificate:OriginCaCertificate";
  const order = { urn: `${base}$c::stadt-origin-r1`, type, custom: true, inputs };
  const certificates = [
    { id: "lost", hostnames: inputs.hostnames, csr: inputs.csr.trim() },
    { id: "served", hostnames: inputs.hostnames, csr: inputs.csr },
    { id: "foreign", hostnames: inputs.hostnames, csr: "another" },
  ];
  const resources = [{ ...order, urn: `${order.urn}x`, id: "served" }];
  expect(kinds({ pending: [["creating", order]], resources, outside: { certificates } })).toEqual([
    "revoke lost",
    "clear",
  ]);
});

it("changes under way are compared with what is there, before anything else", () => {
  const resources = [{ ...vmOrder, id: "one" }];
  const command = { urn: `${base}$c::stadt-apply`, type: "command:remote:Command", custom: true };
  const pending = [
    ["creating", command],
    ["updating", vmOrder],
    ["deleting", { ...vmOrder, urn: `${vmUrn}-gone` }],
  ] as const;
  const planned = cures({ pending, resources, outside: { vms: [vm("one", running)] } });
  expect(planned.map(({ kind }) => kind)).toEqual(["refresh", "clear", "clear"]);
});

it("a machine that was lost stays in the state, so that a restore can put another one in its place", () => {
  const known = { ...vmOrder, id: "one" };
  const key = { ...vmOrder, urn: `${vmUrn}-host-key`, type: "xenops:index:SshHostKey", id: "one" };
  const given = (type: string, vms: OutsideFacts["vms"]) => ({
    pending: [
      [type, known],
      [type, key],
    ] as const,
    resources: [known, key],
    outside: { vms },
  });
  expect(kinds(given("updating", []))).toEqual(["clear", "clear"]);
  expect(cures(given("updating", []))[0]?.text).toContain("./farm restore");
  expect(kinds(given("updating", [vm("one", running)]))).toEqual(["refresh", "refresh"]);
  // Whoever was deleting it wanted it gone.
  expect(kinds(given("deleting", []))).toEqual(["refresh", "refresh"]);
});

it("the monitoring's machine is the platform's: taken over under its own name where the state knows of one", () => {
  const parent =
    "urn:pulumi:prod::allris-farm::farm:platform:Platform$farm:platform:Monitoring$farm:site:VirtualMachine::platform-monitoring";
  const watching = { urn: parent, type: "farm:site:VirtualMachine", custom: false };
  const found = vm("one", {
    ...running,
    name_label: "monitoring.prod",
    tags: ["service=allris-farm/prod/monitoring"],
  });
  const urn = `${parent.slice(0, parent.lastIndexOf("::"))}$xenorchestra:index/vm:Vm::platform-monitoring-vm`;
  expect(cures({ resources: [watching], outside: { vms: [found] } })).toEqual([
    expect.objectContaining({ kind: "adopt", urn, parent, id: "one" }),
  ]);
  expect(cures({ outside: { vms: [found] } })).toEqual([]);
});

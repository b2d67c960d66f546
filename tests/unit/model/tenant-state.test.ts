import { describe, expect, it } from "vitest";
import { editState, parseState, type StackState } from "../../../model/stack-state.ts";
import { findTenantState, pinnedKeysOf, replaceVm } from "../../../model/tenant-state.ts";

const [from, to] = ["9657b39d-0000-4000-8000-000000000001", "9657b39d-0000-4000-8000-000000000002"] as const;
const site = (id: string) => `urn:pulumi:lab::allris-farm::farm:site:TenantSite::${id}`;
const below = (rest: string) => `urn:pulumi:lab::allris-farm::farm:site:TenantSite$${rest}`;

function resourcesOf(id: string, vm: string): object[] {
  const machine = below(`farm:site:VirtualMachine::${id}`);
  const provider = "urn:pulumi:lab::allris-farm::pulumi:providers:xenops::default::1";
  return [
    {
      urn: site(id),
      type: "farm:site:TenantSite",
      parent: "urn:pulumi:lab::allris-farm::pulumi:pulumi:Stack::s",
    },
    { urn: machine, type: "farm:site:VirtualMachine", parent: site(id) },
    {
      urn: below(`farm:site:VirtualMachine$xenorchestra:index/vm:Vm::${id}-vm`),
      type: "xenorchestra:index/vm:Vm",
      custom: true,
      id: vm,
      parent: machine,
      protect: true,
      inputs: { nameLabel: `allris-${id}.lab`, tags: ["farm=allris-farm/lab"] },
      outputs: {
        id: vm,
        nameLabel: `allris-${id}.lab`,
        nameDescription: "ALLRIS net",
        tags: ["farm=allris-farm/lab", `tenant=${id}`],
        cpus: 2,
        memoryMax: 2147483648,
        affinityHost: "host-1",
        highAvailability: "restart",
        blockedOperations: ["destroy"],
        disks: [{ srId: "sr-1", nameLabel: "system", size: 21474836480, vdiId: "vdi-1" }],
        networks: [{ networkId: "net-1", macAddress: "00:16:3E:00:00:01" }],
      },
    },
    {
      urn: below(`farm:site:VirtualMachine$xenops:index:SshHostKey::${id}-host-key`),
      type: "xenops:index:SshHostKey",
      custom: true,
      id: vm,
      parent: machine,
      inputs: { vmId: vm },
      outputs: { vmId: vm, publicKey: "ssh-ed25519 AAAA" },
    },
    {
      urn: below(`command:remote:Command::${id}-apply`),
      type: "command:remote:Command",
      custom: true,
      id: "command-1",
      parent: site(id),
      inputs: { triggers: [vm], connection: { ciphertext: "v1:abc" } },
      outputs: { triggers: [vm], provider },
    },
  ];
}

/** As the engine prints it, with what nobody here reads. */
const stack = (more: object = {}): StackState =>
  parseState(
    JSON.stringify({
      version: 3,
      deployment: {
        manifest: { time: "2026-11-26T04:17:36.123456789+01:00" },
        secrets_providers: { type: "passphrase" },
        resources: [...resourcesOf("hohenbrueck", from), ...resourcesOf("hohenbrueck-nord", "other")],
        ...more,
      },
    }),
  );

describe("a stack's state", () => {
  it("knows the machine of one administration and nobody else's", () => {
    const state = findTenantState(stack(), "hohenbrueck", "lab");
    expect(state.vm).toMatchObject({
      id: from,
      nameLabel: "allris-hohenbrueck.lab",
      highAvailability: "restart",
      blockedOperations: ["destroy"],
      networks: [{ networkId: "net-1", macAddress: "00:16:3e:00:00:01" }],
      disks: [{ srId: "sr-1", nameLabel: "system", size: 21474836480 }],
    });
    expect(state.hostKey).toBe("ssh-ed25519 AAAA");
    expect(state.urns).toHaveLength(5);
    expect(state.urns.join()).not.toContain("hohenbrueck-nord");
  });

  it("gets another machine under the same URN: the VM and its key, everything else shows as changed", () => {
    const before = stack();
    const state = findTenantState(before, "hohenbrueck", "lab");
    const after = parseState(replaceVm(before, state, { from, to }));
    expect(findTenantState(after, "hohenbrueck", "lab").vm).toEqual({ ...state.vm, id: to });
    const text = ({ resources }: StackState, urn: RegExp) =>
      JSON.stringify(resources.filter((each) => urn.test(each.urn)));
    expect(text(after, /-(vm|host-key)$/)).not.toContain(from);
    // Its trigger still names the old machine: that is what makes the next run roll everything out again.
    expect(text(after, /-apply$/)).toBe(text(before, /-apply$/));
    expect(text(after, /hohenbrueck-nord/)).toBe(text(before, /hohenbrueck-nord/));
    // Nothing else is touched, nor written down that the engine did not write.
    expect(after.document.replaceAll(to, from)).toBe(before.document);
    expect(before).toEqual(stack());
  });

  it("is left alone when it changed meanwhile, when a run was interrupted, and when it has no such machine", () => {
    const state = findTenantState(stack(), "hohenbrueck", "lab");
    const moved = parseState(replaceVm(stack(), state, { from, to }));
    expect(() => replaceVm(moved, state, { from, to: "third" })).toThrow(/has changed since/);
    const pending = [{ type: "creating", resource: { urn: site("x"), type: "farm:site:TenantSite" } }];
    expect(() => findTenantState(stack({ pending_operations: pending }), "hohenbrueck", "lab")).toThrow(
      /interrupted[\s\S]*farm heal -s lab/,
    );
    expect(() => findTenantState(stack(), "auental", "lab")).toThrow(/no machine of auental/);
    expect(() => findTenantState(parseState('{"version":3,"deployment":{}}'), "hohenbrueck", "lab")).toThrow(
      /no machine/,
    );
  });

  it("says which host keys it pins", () => {
    expect([...pinnedKeysOf(stack())]).toEqual([
      ["hohenbrueck", "ssh-ed25519 AAAA"],
      ["hohenbrueck-nord", "ssh-ed25519 AAAA"],
    ]);
  });

  it("loses an operation that is under way, and nothing else", () => {
    const [one, other] = ["one", "other"].map((name) => ({
      resource: { urn: site(name), type: "farm:site:TenantSite", id: "" },
      type: "creating",
      extra: 1,
    }));
    const before = stack({ pending_operations: [one, other] });
    const document = editState(before, { keeps: ({ resource }) => !resource.urn.endsWith("::one") });
    expect(document).toBe(stack({ pending_operations: [other] }).document);
    const without = editState(before, {
      resource: (raw, { urn }) => (urn === site("hohenbrueck") ? undefined : raw),
    });
    expect(parseState(without).resources).toHaveLength(before.resources.length - 1);
    // A state that has none is not given an empty list.
    expect(editState(stack(), { keeps: () => false })).toBe(stack().document);
  });
});

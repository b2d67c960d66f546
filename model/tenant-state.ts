import { FarmError } from "../lib/farm-error.ts";
import { editState, nameOf, type StackState, type StateResource } from "./stack-state.ts";

/** A machine as the state has it: what has to be put back when it comes out of a backup. */
export interface KnownVm {
  readonly urn: string;
  /** XO's id. */
  readonly id: string;
  readonly nameLabel: string;
  readonly nameDescription: string;
  readonly tags: readonly string[];
  readonly cpus: number;
  /** Bytes. */
  readonly memoryMax: number;
  readonly affinityHost: string;
  readonly highAvailability: string;
  readonly startDelay: number;
  readonly blockedOperations: readonly string[];
  readonly disks: readonly { readonly srId: string; readonly nameLabel: string; readonly size: number }[];
  readonly networks: readonly { readonly networkId: string; readonly macAddress: string }[];
}

/** One administration's part of the state. */
export interface TenantState {
  readonly vm: KnownVm;
  /** The ssh host key that is pinned, "ssh-ed25519 AAAA…". */
  readonly hostKey: string;
  /** URNs of everything below its component, itself included, in the order of the state. */
  readonly urns: readonly string[];
  /** URNs of what a refresh has to look at once the machine is another one. */
  readonly machineUrns: readonly string[];
}

const componentType = "site:TenantSite";
const vmType = "xenorchestra:index/vm:Vm";
const hostKeyType = "xenops:index:SshHostKey";

/**
 * What the state knows of one administration.
 * @throws FarmError when it has no machine of it, or an operation was interrupted
 */
export function findTenantState(stack: StackState, tenant: string, stackName: string): TenantState {
  const { resources } = stack;
  requireSettled(stack, stackName);
  const root = resources.find(({ type, urn }) => type.endsWith(componentType) && nameOf(urn) === tenant);
  const urns = root === undefined ? [] : below(resources, root.urn);
  const mine = resources.filter(({ urn }) => urns.includes(urn));
  const vms = mine.filter(({ type, custom }) => type === vmType && custom);
  const key = mine.find(({ type }) => type === hostKeyType);
  const [vm] = vms;
  if (vm === undefined || vms.length > 1 || typeof key?.outputs["publicKey"] !== "string") {
    throw new FarmError({
      what: `The state of the stack ${stackName} has no machine of ${tenant}`,
      where: `${vms.length} VMs, ${key === undefined ? "no" : "a"} pinned host key`,
      why: "a restored machine takes the place of the one that the state knows",
      next:
        "after a refresh the machine is out of the state, and an up would make an empty one: docs/how-to/restore.md " +
        "says how to put the state of before back; a site that never was is brought up by ./farm pulumi up " +
        `-s ${stackName}`,
    });
  }
  return {
    vm: knownVm(vm),
    hostKey: key.outputs["publicKey"],
    urns,
    machineUrns: [vm.urn, key.urn],
  };
}

/**
 * The state with another machine under the same URN. Only the VM and its pinned host key get the new id: whatever
 * else was made for the old machine then shows as changed, and the next `up` makes it anew on this one.
 *
 * @returns the document for the engine
 * @throws FarmError when the state has changed meanwhile
 */
export function replaceVm(
  stack: StackState,
  state: TenantState,
  { from, to }: { readonly from: string; readonly to: string },
): string {
  const touched = new Set(state.machineUrns);
  let changed = 0;
  const document = editState(stack, {
    resource: (raw, { urn, id }) => {
      if (!touched.has(urn) || id !== from) return raw;
      changed++;
      return replaceText(raw, from, to);
    },
  });
  if (changed === touched.size) return document;
  throw new FarmError({
    what: "The state has changed since the restore began",
    where: state.vm.urn,
    why: `it no longer has the VM ${from} there`,
    next: "find out who brought the stack up meanwhile, then run the restore again",
  });
}

/** The machines' ssh host keys that a state has pinned, by administration. */
export function pinnedKeysOf({ resources }: StackState): ReadonlyMap<string, string> {
  const keys = resources.flatMap(({ type, urn, outputs }) => {
    const key = outputs["publicKey"];
    return type === hostKeyType && typeof key === "string"
      ? [[nameOf(urn).replace(/-host-key$/, ""), key] as const]
      : [];
  });
  return new Map(keys);
}

/** @throws FarmError while an interrupted operation waits for its cure */
function requireSettled({ pending }: StackState, stackName: string): void {
  if (pending.length === 0) return;
  throw new FarmError({
    what: "An earlier run was interrupted and left operations whose end nobody knows",
    where: pending.map(({ resource }) => nameOf(resource.urn)).join(", "),
    next: `./farm heal -s ${stackName}`,
  });
}

function below(resources: readonly StateResource[], root: string): readonly string[] {
  const found = new Set([root]);
  // Parents stand before their children in a state.
  for (const { urn, parent } of resources) if (found.has(parent)) found.add(urn);
  return resources.map(({ urn }) => urn).filter((urn) => found.has(urn));
}

function knownVm({ urn, id, outputs, inputs }: StateResource): KnownVm {
  const all = { ...inputs, ...outputs };
  return {
    urn,
    id,
    nameLabel: text(all["nameLabel"]),
    nameDescription: text(all["nameDescription"]),
    tags: list(all["tags"]).map(text),
    cpus: Number(all["cpus"] ?? 0),
    memoryMax: Number(all["memoryMax"] ?? 0),
    affinityHost: text(all["affinityHost"]),
    highAvailability: text(all["highAvailability"]),
    startDelay: Number(all["startDelay"] ?? 0),
    blockedOperations: list(all["blockedOperations"]).map(text),
    disks: list(all["disks"]).map((disk) => ({
      srId: text(field(disk, "srId")),
      nameLabel: text(field(disk, "nameLabel")),
      size: Number(field(disk, "size") ?? 0),
    })),
    networks: list(all["networks"]).map((network) => ({
      networkId: text(field(network, "networkId")),
      macAddress: text(field(network, "macAddress")).toLowerCase(),
    })),
  };
}

function replaceText(value: unknown, from: string, to: string): unknown {
  if (value === from) return to;
  if (Array.isArray(value)) return value.map((item) => replaceText(item, from, to));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaceText(item, from, to)]));
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

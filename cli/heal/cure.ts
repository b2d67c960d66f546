import { monitoringResource, tenantsOfTags } from "../../model/plan.ts";
import {
  nameOf,
  type PendingOperation,
  type StackState,
  type StateResource,
} from "../../model/stack-state.ts";
import type { FoundRecord } from "../cloudflare-facts.ts";
import type { FoundVm, OutsideFacts } from "./facts.ts";

/** One step that brings state and reality together again. */
export type Cure =
  /** It is there: the state takes it over under the name that the program gives it. */
  | {
      readonly kind: "adopt";
      readonly urn: string;
      readonly type: string;
      readonly parent: string;
      /** The id as the provider's import wants it. */
      readonly id: string;
      readonly provider: string;
      readonly text: string;
    }
  /** It may have changed or be gone: the state is compared with what is there. */
  | { readonly kind: "refresh"; readonly urn: string; readonly text: string }
  /** Nothing came of it, or the next run does it again without harm: the operation is forgotten. */
  | { readonly kind: "clear"; readonly urn: string; readonly text: string }
  /** An origin certificate that nobody ever served is taken back. */
  | { readonly kind: "revoke"; readonly id: string; readonly text: string }
  /** A VM on which nothing was ever written is removed. */
  | { readonly kind: "remove-vm"; readonly id: string; readonly text: string }
  /** Nobody but a person can decide. */
  | { readonly kind: "ask"; readonly text: string; readonly next: string };

const types = {
  vm: "xenorchestra:index/vm:Vm",
  record: "cloudflare:index/dnsRecord:DnsRecord",
  zone: "cloudflare:index/zone:Zone",
  certificate: "cloudflare:index/originCaCertificate:OriginCaCertificate",
  hostKey: "xenops:index:SshHostKey",
} as const;

/** The type of a VM's resource. */
export const vmType: string = types.vm;

/** The cures of an interrupted run. */
export function planCures(state: StackState, outside: OutsideFacts): readonly Cure[] {
  const planner = new Planner(state, outside);
  const cures = state.pending.flatMap((pending) => planner.cure(pending));
  return [...cures, ...planner.strayVms()].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
}

/** Comparing comes first: every operation of the engine forgets which changes were under way. */
const order: readonly Cure["kind"][] = ["refresh", "adopt", "revoke", "remove-vm", "clear", "ask"];

class Planner {
  readonly #state: StackState;
  readonly #outside: OutsideFacts;
  /** Ids that a resource of the state has. */
  readonly #known: ReadonlySet<string>;
  /** VMs that a cure already deals with. */
  readonly #seen = new Set<string>();

  constructor(state: StackState, outside: OutsideFacts) {
    this.#state = state;
    this.#outside = outside;
    this.#known = new Set(state.resources.map(({ id }) => ownId(id)).filter((id) => id !== ""));
  }

  cure({ type, resource }: PendingOperation): Cure[] {
    if (type !== "creating") return this.#changing(type, resource);
    switch (resource.type) {
      case types.vm:
        return this.#creatingVm(resource);
      case types.record:
        return this.#adoptFirst(resource, this.#records(resource), ({ zoneId, id }) => `${zoneId}/${id}`);
      case types.zone:
        return this.#adoptFirst(resource, this.#zones(resource), ({ id }) => id);
      case types.certificate:
        return [...this.#unservedCertificates(resource), cleared(resource, "the next run orders a new one")];
      default:
        // Settings, keys, commands: doing them again brings about the same. The farm's own provider looks for what
        // an interrupted creation has made: backup jobs and repositories, snapshots.
        return [cleared(resource, "the next run does it again")];
    }
  }

  /** VMs of this stack that no resource has and no operation that is under way accounts for. */
  strayVms(): Cure[] {
    const strays = this.#outside.vms.filter(({ id }) => !this.#known.has(id) && !this.#seen.has(id));
    const groups = new Map<string, FoundVm[]>();
    for (const vm of strays) {
      const isService = vm.tags.some((tag) => tag.startsWith("service="));
      const [tenant, ...more] = isService ? [monitoringResource] : tenantsOfTags(vm.tags);
      if (tenant !== undefined && more.length === 0) groups.set(tenant, [...(groups.get(tenant) ?? []), vm]);
    }
    return [...groups].flatMap(([tenant, vms]): Cure[] => {
      if (this.#outside.restores.includes(tenant)) {
        // Its book knows which of the two VMs is which, and how to go on or back.
        const text = `a restore of ${tenant} is not finished`;
        return [{ kind: "ask", text, next: `./farm restore ${tenant} goes on with it` }];
      }
      const machine = this.#state.resources.find(
        ({ type, urn }) => type === "farm:site:VirtualMachine" && nameOf(urn) === tenant,
      );
      // A site that the state does not know at all is no run that was interrupted: the next run says what it is.
      if (machine === undefined) return [];
      const urn = `${machine.urn.slice(0, machine.urn.lastIndexOf("::"))}$${types.vm}::${tenant}-vm`;
      return this.#chooseVm({ urn, type: types.vm, parent: machine.urn, provider: "" }, vms, tenant);
    });
  }

  #changing(type: string, resource: StateResource): Cure[] {
    const there = this.#state.resources.some(({ urn }) => urn === resource.urn);
    const what = `${nameOf(resource.urn)}: interrupted while ${type}`;
    // Comparing would take a machine that was lost out of the state, and a restore needs to know it.
    if (type !== "deleting" && this.#isOfLostVm(resource))
      return [cleared(resource, "its VM is gone from XO: ./farm restore brings it back")];
    return there
      ? [{ kind: "refresh", urn: resource.urn, text: `${what}; compared with what is there` }]
      : [cleared(resource, "the state does not have it")];
  }

  #isOfLostVm({ type, urn }: StateResource): boolean {
    if (type !== types.vm && type !== types.hostKey) return false;
    const known = this.#state.resources.find((each) => each.urn === urn && !each.delete);
    return known !== undefined && !this.#outside.vms.some(({ id }) => id === known.id);
  }

  #creatingVm(resource: StateResource): Cure[] {
    const vms = this.#outside.vms.filter((vm) => !this.#known.has(vm.id) && isOrdered(resource, vm));
    if (vms.length === 0) return [cleared(resource, "XO has no such VM, the next run makes it")];
    const [tenant] = tenantsOfTags(texts(resource.inputs["tags"]));
    return [
      ...this.#chooseVm(resource, vms, tenant ?? nameOf(resource.urn)),
      cleared(resource, "its VM is dealt with"),
    ];
  }

  /** The VM in the state stays; of several that nobody knows, the one that was written on. */
  #chooseVm(
    wanted: Pick<StateResource, "urn" | "type" | "parent" | "provider">,
    vms: readonly FoundVm[],
    tenant: string,
  ): Cure[] {
    for (const { id } of vms) this.#seen.add(id);
    const inState = this.#state.resources.find(({ urn, delete: old }) => urn === wanted.urn && !old);
    const keptVm = this.#outside.vms.find(({ id }) => id === inState?.id);
    const written = vms.filter(({ untouched }) => !untouched);
    const oldest = vms.toSorted((a, b) => a.createdAt - b.createdAt)[0];
    if (written.length > 1 || (inState !== undefined && written.length > 0)) return [ask(tenant, written)];
    const adopted = inState === undefined ? (written[0] ?? oldest) : undefined;
    const spare = vms.filter((vm) => vm !== adopted);
    const kept = keptVm ?? adopted;
    // Only what came after the VM that stays can be the copy of it.
    const copies = spare.filter((vm) => kept !== undefined && vm.createdAt >= kept.createdAt);
    const doubtful = spare.filter((vm) => !copies.includes(vm));
    return [
      ...(adopted === undefined ? [] : [adopt(wanted, adopted.id, `VM ${adopted.nameLabel}`)]),
      ...copies.map(({ id, nameLabel }) => ({
        kind: "remove-vm" as const,
        id,
        text: `VM ${nameLabel} (${id}) of ${tenant} is a second one on which nothing was ever written: removed`,
      })),
      ...(doubtful.length > 0 ? [ask(tenant, doubtful)] : []),
    ];
  }

  #adoptFirst<Found extends { readonly id: string }>(
    resource: StateResource,
    found: readonly Found[],
    importId: (found: Found) => string,
  ): Cure[] {
    const [first] = found;
    const there = this.#state.resources.some(({ urn, delete: old }) => urn === resource.urn && !old);
    if (first === undefined || there) return [cleared(resource, "the next run makes what is missing")];
    return [
      adopt(resource, importId(first), nameOf(resource.urn)),
      cleared(resource, "the state has taken it over"),
    ];
  }

  #records({ inputs }: StateResource): FoundRecord[] {
    return this.#outside.records.filter(
      (record) =>
        !this.#known.has(record.id) &&
        record.zoneId === inputs["zoneId"] &&
        record.type === inputs["type"] &&
        record.name === String(inputs["name"]).toLowerCase() &&
        sameContent(record, inputs),
    );
  }

  #zones({ inputs }: StateResource) {
    return this.#outside.zones.filter(({ id, name }) => !this.#known.has(id) && name === inputs["name"]);
  }

  /** The key in the state is the only one that such a certificate fits, and nothing was installed with it. */
  #unservedCertificates({ inputs, urn }: StateResource): Cure[] {
    return this.#outside.certificates
      .filter(({ id, csr }) => !this.#known.has(id) && sameText(csr, inputs["csr"]))
      .map(({ id }) => ({
        kind: "revoke" as const,
        id,
        text: `${nameOf(urn)}: certificate ${id} was signed and never served: taken back`,
      }));
  }
}

/** Whether a VM is one that an order to create a VM made. */
export function isOrdered({ inputs }: StateResource, { tags, nameLabel }: FoundVm): boolean {
  const wanted = texts(inputs["tags"]);
  // XO names a VM first and puts its tags on last: an XO that was interrupted leaves one without.
  return (
    (wanted.length > 0 && wanted.every((tag) => tags.includes(tag))) || nameLabel === inputs["nameLabel"]
  );
}

/** The last part of an id: that of an imported record is the path `<zone>/<record>`. */
export function ownId(id: string): string {
  return id.slice(id.lastIndexOf("/") + 1);
}

function adopt(
  { urn, type, parent, provider }: Pick<StateResource, "urn" | "type" | "parent" | "provider">,
  id: string,
  what: string,
): Cure {
  return { kind: "adopt", urn, type, parent, provider, id, text: `${what} (${id}) is there: taken over` };
}

function cleared({ urn }: Pick<StateResource, "urn">, why: string): Cure {
  return { kind: "clear", urn, text: `${nameOf(urn)}: no longer under way; ${why}` };
}

function ask(tenant: string, vms: readonly FoundVm[]): Cure {
  const list = vms.map(({ nameLabel, id, powerState }) => `${nameLabel} (${id}, ${powerState})`).join(", ");
  return {
    kind: "ask",
    text: `${tenant} has a further VM that may hold data: ${list}`,
    next: `look at it in XO; if it is the copy: ./farm heal --remove-vm ${vms.map(({ id }) => id).join(" --remove-vm ")}`,
  };
}

function sameContent(record: FoundRecord, inputs: StateResource["inputs"]): boolean {
  const { content, data } = inputs;
  if (typeof data !== "object" || data === null) return record.content === content;
  return Object.entries(data).every(([key, value]) => String(record.data[key]) === String(value));
}

function sameText(one: string, other: unknown): boolean {
  return typeof other === "string" && one.trim() === other.trim();
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

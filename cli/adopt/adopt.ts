import { FarmError } from "../../lib/farm-error.ts";
import {
  type FoundMachine,
  lostFeatures,
  tryFindPoolKey,
  unfitReasons,
} from "../../model/adoption/found-machine.ts";
import type { ExistingMachine } from "../../model/adoption/import-plan.ts";
import type { XoBackupJob } from "../../model/backup-job.ts";
import type { Farm } from "../../model/farm.ts";
import { farmTag, tenantsOfTags, tenantTag } from "../../model/plan.ts";
import type { PoolSettings } from "../../model/pool-settings.ts";
import { formatSize } from "../../model/size.ts";
import { nameOf } from "../../model/stack-state.ts";
import type { Tenant } from "../../model/tenant.ts";
import { slugify } from "../../model/text.ts";
import { readFarmBackups } from "../backup-facts.ts";
import { readState } from "../stack-state.ts";
import { readZones, type ZoneFacts } from "./cloudflare.ts";
import { draftTenant, setAt, type TenantDraft } from "./draft.ts";
import { requireWay, type SeenKey, seeHostKey } from "./host-key.ts";
import { type Imported, importExisting } from "./import.ts";
import { readMachine } from "./machine-facts.ts";
import type { AdoptScope } from "./scope.ts";
import { writeNewTenant } from "./tenant-file.ts";

/** What somebody wants to take over. */
export interface AdoptWish {
  /** XO's id or name of the VM. */
  readonly vm: string;
  /** The administration's id. @default - its tag's, else one made of the VM's name */
  readonly id?: string;
  /** The fingerprint that was read on the machine's console. @default - it is shown and asked for */
  readonly fingerprint?: string;
  /** What a tenant file says and nobody can read from outside, by path. */
  readonly fields: readonly { readonly path: readonly string[]; readonly value: unknown }[];
  /** Asked before anything is changed; throws to leave everything as it is. */
  readonly confirm: (question: string) => Promise<void>;
}

/** What was taken over. */
export interface Adopted extends Imported {
  readonly tenants: readonly {
    readonly id: string;
    readonly vm: string;
    readonly fingerprint: string;
    /** The backup job that came with it. */
    readonly job: string | null;
    /** Whether its file was written now. */
    readonly fileIsNew: boolean;
  }[];
  /** What the operator has to know. */
  readonly notes: readonly string[];
}

/**
 * Takes a machine over that already runs, with its records and its backup job: writes the tenant file if there is
 * none, and brings everything into the state. May be run again wherever it was interrupted.
 * @throws FarmError with everything that is in the way; nothing has been changed then
 */
export async function adopt(scope: AdoptScope, wish: AdoptWish): Promise<Adopted> {
  const farm = await scope.loadFarm();
  const machine = await readMachine(scope.xo, wish.vm, scope.signal);
  const place = findPlace(machine, farm);
  const [tagged] = tenantsOfTags(machine.tags);
  const id = wish.id ?? tagged ?? slugify(machine.nameLabel) ?? "";
  await refuseKnown(scope, id, machine);
  const zones = await readZones(scope.cloudflare, farm.settings);
  const file = farm.tenants.find((tenant) => tenant.id === id);
  const draft = wish.fields.reduce<TenantDraft>(
    (data, { path, value }) => setAt(data, path, value),
    draftTenant(id, machine, place, { records: zones.records, zones: Object.keys(farm.settings.zones) }),
  );
  if (file !== undefined) requireAgreement(file, machine, draft);
  const address = file?.address ?? String(draft["address"]);
  const seen = await seeHostKey(scope, farm.settings, address, wish.fingerprint);
  await requireWay(scope, farm.settings, address, seen);
  const job = await findJob(scope, machine);
  const source = file === undefined ? `a new file tenants/${id}.ts` : `tenants/${id}.ts as it is`;
  await wish.confirm(
    `${machine.nameLabel} (${machine.id}) at ${address} with the host key ${seen.fingerprint} becomes ${id}, ${source}`,
  );
  if (file === undefined) await writeNewTenant(scope, id, draft);
  await tag(scope, machine, id);
  const taken = { vm: machine.id, address, ...seen, ...(job.own === undefined ? {} : { job: job.own.id }) };
  const imported = await importExisting(
    scope.stack,
    [id],
    { machines: new Map([[id, taken]]), ...zones },
    scope.run,
  );
  return {
    ...imported,
    tenants: [summary(id, taken, seen, file === undefined)],
    notes: [...lostFeatures(machine, tagsOf(scope.stack, id)), ...job.notes],
  };
}

/**
 * The way back from a lost state: every administration with a file whose machine runs with its tags, and that the
 * state does not have, comes back into it.
 * @throws FarmError when one of them cannot be reached: none is taken over then
 */
export async function adoptAll(
  scope: AdoptScope,
  confirm: (question: string) => Promise<void>,
): Promise<Adopted> {
  const farm = await scope.loadFarm();
  const known = (await readState(scope.stack, scope.run)).resources.map(({ id }) => id);
  const vms = await scope.xo.objects({ type: "VM", tags: [farmTag(`allris-farm/${scope.stack}`)] });
  const lost = vms.flatMap((vm) => {
    const [owner, ...more] = tenantsOfTags(Array.isArray(vm["tags"]) ? vm["tags"].map(String) : []);
    const tenant = farm.tenants.find(({ id }) => id === owner);
    const isLost = tenant !== undefined && more.length === 0 && !known.includes(String(vm["id"]));
    return isLost ? [{ tenant, vm: String(vm["id"]) }] : [];
  });
  if (lost.length === 0) throw new FarmError({ what: "Every machine of this stack is in its state already" });
  const notes: string[] = [];
  const found = await Promise.all(
    lost.map(async ({ tenant, vm }) => {
      const machine = await readMachine(scope.xo, vm, scope.signal);
      findPlace(machine, farm);
      const seen = await seeHostKey(scope, farm.settings, tenant.address);
      const job = await findJob(scope, machine);
      notes.push(...job.notes);
      const taken = { vm, address: tenant.address, ...seen, ...(job.own && { job: job.own.id }) };
      return { id: tenant.id, taken, seen };
    }),
  );
  const shown = found.map(({ id, seen }) => `${id} (${seen.fingerprint})`).join(", ");
  await confirm(`${found.length} machines come back into the state: ${shown}`);
  const zones = await readZones(scope.cloudflare, farm.settings);
  const machines = new Map(found.map(({ id, taken }) => [String(id), taken]));
  const ids = [...machines.keys()].sort();
  const imported = await importExisting(scope.stack, ids, { machines, ...zones }, scope.run);
  return {
    ...imported,
    tenants: found.map(({ id, taken, seen }) => summary(id, taken, seen, false)),
    notes: [...notes, ...(await orphanCertificates(scope, zones, farm))],
  };
}

function summary(id: string, taken: ExistingMachine, { fingerprint }: SeenKey, fileIsNew: boolean) {
  return { id, vm: taken.vm, fingerprint, job: taken.job ?? null, fileIsNew };
}

function tagsOf(stack: string, id: string): readonly string[] {
  return [farmTag(`allris-farm/${stack}`), tenantTag(id)];
}

function findPlace(
  machine: FoundMachine,
  { settings }: Farm,
): { readonly key: string; readonly pool: PoolSettings } {
  const key = tryFindPoolKey(machine, settings.pools);
  const pool = key === undefined ? undefined : settings.pools[key];
  const reasons =
    pool === undefined ? [`its pool ${machine.pool} is not in the settings`] : unfitReasons(machine, pool);
  if (key !== undefined && pool !== undefined && reasons.length === 0) return { key, pool };
  throw new FarmError({
    what: `The VM ${machine.nameLabel} cannot become a site as it is`,
    where: `VM ${machine.id}`,
    why: reasons.join("\n         "),
    next: "change that on the VM, then run the command again; nothing has been changed",
  });
}

/** One machine is one administration's, and one administration has one. */
async function refuseKnown(scope: AdoptScope, id: string, machine: FoundMachine): Promise<void> {
  const { resources } = await readState(scope.stack, scope.run);
  const known = resources.filter(({ type }) => type === "xenorchestra:index/vm:Vm");
  const other = known.find(({ urn }) => nameOf(urn) === `${id}-vm`);
  const same = known.find((resource) => resource.id === machine.id);
  const wanted = tagsOf(scope.stack, id);
  const twins = (await scope.xo.objects({ type: "VM", tags: [...wanted] }, { signal: scope.signal })).filter(
    (vm) => vm["id"] !== machine.id && wanted.every((tag) => (vm["tags"] as string[]).includes(tag)),
  );
  if (other === undefined && same === undefined && twins.length === 0) return;
  const takenBy = other ?? same;
  throw new FarmError({
    what:
      same !== undefined ? `The state has this VM already, as ${nameOf(same.urn)}` : `${id} has a VM already`,
    where:
      takenBy === undefined
        ? twins.map((vm) => String(vm["id"])).join(", ")
        : `${nameOf(takenBy.urn)} in the state, VM ${takenBy.id}`,
    next:
      same !== undefined
        ? `nothing is to be taken over: ./farm pulumi preview -s ${scope.stack}`
        : "choose another id: --id <id>",
  });
}

/** A file that was written before must say what runs: whatever differs would stop the machine or miss it. */
function requireAgreement(tenant: Tenant, machine: FoundMachine, draft: TenantDraft): void {
  const differences = [
    ...(tenant.pool === draft["pool"] ? [] : [`pool: ${tenant.pool} and ${String(draft["pool"])}`]),
    ...(tenant.address === draft["address"]
      ? []
      : [`address: ${tenant.address} and ${String(draft["address"])}`]),
    ...(tenant.size.cpus === machine.cpus ? [] : [`size.cpus: ${tenant.size.cpus} and ${machine.cpus}`]),
    ...(tenant.size.memory === machine.memory
      ? []
      : [`size.memory: ${formatSize(tenant.size.memory)} and ${formatSize(machine.memory)}`]),
    ...(tenant.size.disk === machine.disks[0]?.size
      ? []
      : [`size.disk: ${formatSize(tenant.size.disk)} and ${formatSize(machine.disks[0]?.size ?? 0)}`]),
  ];
  if (differences.length === 0) return;
  throw new FarmError({
    what: `${tenant.file} and the VM ${machine.nameLabel} differ`,
    where: differences.join("; "),
    why: "the next up would bring the machine to what the file says, and some of it stops the machine",
    next: "write what runs into the file, take the machine over, and change it afterwards as any other site",
  });
}

interface FoundJob {
  /** The job that backs up this machine and no other. */
  readonly own: XoBackupJob | undefined;
  readonly notes: readonly string[];
}

async function findJob({ admin, signal }: AdoptScope, machine: FoundMachine): Promise<FoundJob> {
  const { jobs } = await readFarmBackups(admin, new Date(), signal);
  const naming = jobs.filter(({ vmIds }) => vmIds?.includes(machine.id));
  const [own, ...more] = naming.filter(({ vmIds }) => vmIds?.length === 1);
  const shared = naming.filter(({ vmIds }) => vmIds !== undefined && vmIds.length > 1);
  return {
    own,
    notes: [...more, ...shared].map(
      ({ name }) => `the backup job ${name} saves it too: take the VM out of it when its own job has run`,
    ),
  };
}

/** From here on every run counts the machine as the administration's: one that is to be stopped is held. */
async function tag({ xo, stack, signal }: AdoptScope, machine: FoundMachine, id: string): Promise<void> {
  const missing = tagsOf(stack, id).filter((each) => !machine.tags.includes(each));
  for (const each of missing) await xo.call("tag.add", { id: machine.id, tag: each }, { signal });
}

/** Their keys were in the state alone: the next `up` orders new ones, and nobody takes the old ones back. */
async function orphanCertificates(
  { cloudflare }: AdoptScope,
  { zones }: ZoneFacts,
  farm: Farm,
): Promise<readonly string[]> {
  const names = farm.tenants
    .filter(({ certificate }) => certificate.issuer === "cloudflare-origin")
    .map(({ domain }) => String(domain));
  if (names.length === 0) return [];
  const found = (await Promise.all(zones.map(({ id }) => cloudflare.certificates(id)))).flat();
  return found
    .filter(({ hostnames }) => hostnames.some((name) => names.includes(name)))
    .map(
      ({ id, hostnames }) =>
        `the origin certificate ${id} of ${hostnames.join(", ")} is served until the next up has put another in its place; revoke it then at Cloudflare: nobody has its key any more but the machine`,
    );
}

import { FarmError } from "../../lib/farm-error.ts";
import type { StackState, StateResource } from "../../model/stack-state.ts";
import { editState, nameOf } from "../../model/stack-state.ts";
import { findTenantState } from "../../model/tenant-state.ts";
import type { TerminationRecord } from "../../model/termination-record.ts";
import { disksOf, stop, tryFindVm } from "../../providers/xenops/restored-vm.ts";
import { findTenantBackups, readFarmBackups } from "../backup-facts.ts";
import { engineOf, type RestoreScope } from "../restore-scope.ts";
import { keepState, readState, writeState } from "../stack-state.ts";
import { checkAbsence } from "./absence.ts";
import { type Closed, exportFolder } from "./close.ts";
import { requireExport } from "./export.ts";
import { saveTermination, type TerminationJournal } from "./journal.ts";

const types = { record: "cloudflare:index/dnsRecord:DnsRecord", zone: "farm:platform:Zone" } as const;

/**
 * Refuses a deletion before which something is still to be done.
 * @throws FarmError when the names are not withdrawn yet, or the export is not what it was
 */
export async function requireReady(scope: RestoreScope, journal: Closed): Promise<void> {
  const { stack, tenant } = scope;
  const state = await readState(stack);
  const published = ownResources(state, tenant.id).filter(({ type }) => type === types.record);
  if (published.length > 0) {
    throw new FarmError({
      what: `The names of ${tenant.id} still lead to it, so nothing is deleted`,
      where: published.map(({ urn }) => nameOf(urn)).join(", "),
      next: `./farm pulumi up -s ${stack} withdraws them`,
    });
  }
  await requireExport(exportFolder(stack, tenant.id), {
    files: journal.export,
    sha256: journal.exportSha256,
  });
}

/**
 * Deletes a site with its backups; nothing of anybody else is touched. What an interrupted call has done is not done
 * again. The machine goes last: as long as it is there, no run goes on without the administration's file.
 * @returns what is known of it, for the report
 */
export async function deleteSite(
  scope: RestoreScope,
  closed: Closed,
  by: string,
): Promise<TerminationRecord> {
  const { tenant, farm, say } = scope;
  const { lifecycle } = tenant;
  if (lifecycle.state !== "terminating") throw new Error(`${tenant.id} does not end`);
  let journal: TerminationJournal = await writeDown(scope, closed, by);
  say("deleting its backups");
  journal = await deleteBackups(scope, journal);
  say("deleting machine, job and what else the state has of it");
  await destroyResources(scope);
  const keptZones = await releaseZones(scope);
  const checks = await checkAbsence(scope, journal);
  const { name, domain, aliases, contract } = tenant;
  const { name: company, address } = farm.settings.provider;
  return {
    ...(journal as Closed &
      Required<Pick<TerminationRecord, "vm" | "disks" | "deletedBy" | "deletionBegunAt">>),
    deletedArchives: journal.deletedArchives ?? [],
    records: journal.records ?? [],
    name,
    customer: contract.customer,
    contract: contract.number,
    domain,
    aliases,
    provider: { name: company, address },
    orderedBy: lifecycle.orderedBy,
    since: lifecycle.since,
    deleteAfter: lifecycle.deleteAfter,
    keptZones,
    deletedAt: new Date().toISOString(),
    checks,
  };
}

/** What is deleted is written down before the first of it goes: afterwards nobody could tell. */
async function writeDown(scope: RestoreScope, closed: Closed, by: string): Promise<TerminationJournal> {
  if (closed.vm !== undefined) return closed;
  const { xo, signal, stack, tenant } = scope;
  const { vm } = findTenantState(await readState(stack), tenant.id, stack);
  const disks = await disksOf(xo, vm.id, signal);
  return saveTermination({
    ...closed,
    vm: { id: vm.id, nameLabel: vm.nameLabel },
    disks: disks.map((disk) => ({
      id: String(disk["id"]),
      nameLabel: String(disk["name_label"]),
      size: Number(disk["size"]),
    })),
    deletedBy: by,
    deletionBegunAt: new Date().toISOString(),
  });
}

/** First the job, so that no new archive comes while the old ones go. */
async function deleteBackups(scope: RestoreScope, journal: TerminationJournal): Promise<TerminationJournal> {
  const { vm, deletedArchives: before = [] } = journal;
  const { xo, admin, stack, tenant, signal } = scope;
  const state = await readState(stack);
  const job = ownResources(state, tenant.id).find(({ type }) => type === "xenops:index:BackupJob");
  if (job !== undefined) await destroy(scope, state, [job]);
  const backups = await readFarmBackups(admin, new Date(), signal);
  const known = vm === undefined ? [] : [vm.id];
  const mine = await findTenantBackups(xo, backups, { stack, tenant: tenant.id, known }, signal);
  const unlisted = [...backups.facts.archives].filter(([, archives]) => archives === undefined);
  if (unlisted.length > 0) {
    throw new FarmError({
      what: "A backup repository does not say what is on it, so nobody knows whether everything goes",
      where: unlisted
        .map(([id]) => backups.repositories.find((each) => each.id === id)?.name ?? id)
        .join(", "),
      next: "mend or enable it in Xen Orchestra, then run the command again",
    });
  }
  const archives = [...backups.facts.archives].flatMap(([repository, list]) =>
    (list ?? [])
      .filter((archive) => mine.vm.ids.includes(archive.vm))
      .map((archive) => ({ repository, archive })),
  );
  const found = archives.map(({ repository, archive }) => ({
    id: archive.id,
    repository: backups.repositories.find(({ id }) => id === repository)?.name ?? repository,
    at: new Date(archive.timestamp).toISOString(),
  }));
  const noted = new Set(before.map(({ id }) => id));
  // Written down before they go: whoever is stopped in between still reports them.
  const written = saveTermination({
    ...journal,
    deletedArchives: [...before, ...found.filter(({ id }) => !noted.has(id))],
  });
  if (archives.length > 0) {
    const ids = archives.map(({ archive }) => archive.id);
    await admin.call("backupNg.deleteVmBackups", { ids }, { timeout: 3_600_000, signal });
  }
  return written;
}

async function destroyResources(scope: RestoreScope): Promise<void> {
  const { xo, stack, tenant, signal } = scope;
  const state = await readState(stack);
  const own = ownResources(state, tenant.id);
  if (own.length === 0) return;
  const machine = own.find(({ type }) => type === "xenorchestra:index/vm:Vm");
  if (machine !== undefined && (await tryFindVm(xo, machine.id, signal)) !== undefined) {
    // HA would start again what is stopped here.
    const release = { id: machine.id, high_availability: "", blockedOperations: { destroy: null } };
    await xo.call("vm.set", release, { signal });
    await stop(xo, machine.id, signal);
  }
  await destroy(scope, state, own);
}

/** Takes the engine's protection off these resources alone, then lets it delete them and nothing else. */
async function destroy(
  { stack }: RestoreScope,
  state: StackState,
  resources: readonly StateResource[],
): Promise<void> {
  const urns = resources.map(({ urn }) => urn);
  const isProtected = resources.filter((resource) => resource.protect).map(({ urn }) => urn);
  if (isProtected.length > 0) {
    keepState(stack, state);
    const set = new Set(isProtected);
    const document = editState(state, {
      resource: (raw, { urn }) => (set.has(urn) ? { ...(raw as object), protect: false } : raw),
    });
    await writeState(stack, document);
  }
  const targets = urns.flatMap((urn) => ["--target", urn]);
  await engineOf(stack, "destroy", "--yes", "--skip-preview", ...targets);
}

/**
 * Lets go of zones that no other administration uses. They stay at Cloudflare: other people's records may be in them,
 * and a zone that goes takes all of them along.
 */
async function releaseZones({ stack, tenant, farm }: RestoreScope): Promise<readonly string[]> {
  const { dns } = tenant;
  if (dns.mode !== "ours") return [];
  const others = farm.tenants.filter(
    ({ id, dns: each }) => id !== tenant.id && each.mode === "ours" && each.zone === dns.zone,
  );
  if (others.length > 0) return [];
  const state = await readState(stack);
  const name = `platform-${dns.zone.replaceAll(".", "-")}`;
  const root = state.resources.find(({ type, urn }) => type === types.zone && nameOf(urn) === name);
  if (root === undefined) return [dns.zone];
  keepState(stack, state);
  const gone = new Set(below(state, root.urn).map(({ urn }) => urn));
  await writeState(
    stack,
    editState(state, { resource: (raw, { urn }) => (gone.has(urn) ? undefined : raw) }),
  );
  return [dns.zone];
}

function ownResources(state: StackState, tenant: string): readonly StateResource[] {
  const root = state.resources.find(
    ({ type, urn }) => type === "farm:site:TenantSite" && nameOf(urn) === tenant,
  );
  return root === undefined ? [] : below(state, root.urn);
}

/** A resource and everything below it; parents stand before their children in a state. */
function below({ resources }: StackState, root: string): readonly StateResource[] {
  const found = new Set([root]);
  return resources.filter(({ urn, parent }) => {
    if (urn !== root && !found.has(parent)) return false;
    found.add(urn);
    return true;
  });
}

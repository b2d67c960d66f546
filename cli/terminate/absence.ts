import { farmTag, tenantTag } from "../../model/plan.ts";
import type { AbsenceCheck } from "../../model/termination-record.ts";
import { ensureEngine } from "../../toolchain/engine.ts";
import { openCloudflare, readZones } from "../adopt/cloudflare.ts";
import { findTenantBackups, readFarmBackups } from "../backup-facts.ts";
import type { CloudflareFacts } from "../cloudflare-facts.ts";
import { stackEnvironment } from "../environment.ts";
import type { RestoreScope } from "../restore-scope.ts";
import type { TerminationJournal } from "./journal.ts";

/** Looks whether anything of an administration is left where it was: what the report vouches for is asked, not assumed. */
export async function checkAbsence(
  { xo, admin, farm, stack, tenant, signal }: RestoreScope,
  { vm, disks = [] }: TerminationJournal,
): Promise<readonly AbsenceCheck[]> {
  const tags = [farmTag(`allris-farm/${stack}`), tenantTag(tenant.id)];
  const [vms, vdis, snapshots, backups] = await Promise.all([
    xo.objects({ type: "VM" }, { signal }),
    xo.objects({ type: "VDI" }, { signal }),
    xo.objects({ type: "VM-snapshot" }, { signal }),
    readFarmBackups(admin, new Date(), signal),
  ]);
  const cloudflare = await cloudflareOf(stack);
  const { zones, records } = await readZones(cloudflare, farm.settings);
  const names = [tenant.domain, ...tenant.aliases].map(String);
  const leading = records.filter(
    ({ name, type, content }) => type !== "CAA" && (names.includes(name) || content === tenant.address),
  );
  const certificates = (await Promise.all(zones.map(({ id }) => cloudflare.certificates(id)))).flat();
  const known = vm === undefined ? [] : [vm.id];
  const mine = await findTenantBackups(xo, backups, { stack, tenant: tenant.id, known }, signal);
  const archives = [...backups.facts.archives.values()].flatMap((list) => list ?? []);
  const labels = (objects: readonly Record<string, unknown>[]): string[] =>
    objects.map(({ id, name_label: label }) => `${String(label)} (${String(id)})`).sort();
  const isOwn = (each: Record<string, unknown>): boolean => {
    const own = Array.isArray(each["tags"]) ? each["tags"] : [];
    return known.includes(String(each["id"])) || tags.every((tag) => own.includes(tag));
  };
  return [
    { what: "Virtuelle Maschinen der Verwaltung", found: labels(vms.filter(isOwn)) },
    {
      what: "Virtuelle Festplatten der Maschine",
      found: labels(vdis.filter(({ id }) => disks.some((disk) => disk.id === id))),
    },
    {
      what: "Momentaufnahmen der Maschine",
      found: labels(snapshots.filter((each) => isOwn(each) || known.includes(String(each["$snapshot_of"])))),
    },
    { what: "Aufträge zur Datensicherung", found: mine.jobs.map(({ name }) => name) },
    {
      what: "Datensicherungen an den Sicherungsorten",
      found: archives.filter((archive) => mine.vm.ids.includes(archive.vm)).map(({ id }) => id),
    },
    {
      what: "DNS-Einträge, die auf die Site zeigen, in den von uns geführten Zonen",
      found: leading.map(({ name, type, content }) => `${name} ${type} ${content}`),
    },
    {
      what: "Gültige Zertifikate von Cloudflare für die Site",
      found: certificates.filter(({ hostnames }) => hostnames.includes(tenant.domain)).map(({ id }) => id),
    },
  ];
}

async function cloudflareOf(stack: string): Promise<CloudflareFacts> {
  const engine = await ensureEngine(() => {});
  const environment = { ...process.env, ...stackEnvironment(stack, engine.binFolder).variables };
  return openCloudflare(environment);
}

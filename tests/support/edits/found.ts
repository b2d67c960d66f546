import { setTimeout as sleep } from "node:timers/promises";
import { applyCommand } from "../../../guest/bundle.ts";
import type { XoClient } from "../../../providers/xenops/xo-client.ts";
import { cloudflare, withXo } from "../services.ts";
import { defaultColour, switches } from "./edited-values.ts";
import type { Facts, MachineFacts, SiteFacts } from "./facts.ts";

type Told = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** A resource as a state has it. */
export interface Kept {
  readonly type: string;
  readonly id: string;
}

const gibibyte = 2 ** 30;

/** Looks at XO, Cloudflare and what the machines were told. */
export async function findFacts(told: Told): Promise<Facts> {
  const [machines, repositories] = await withXo(async (xo) => {
    const remotes = (await xo.call("remote.getAll")) as { name: string }[];
    return [await findMachines(xo, told), remotes.map(({ name }) => name).sort()] as const;
  });
  const zones = await listZones();
  const inEach = async <T>(path: (zone: string) => string): Promise<T[]> =>
    (await Promise.all(zones.map(({ id }) => cloudflare<T[]>("GET", path(id))))).flat();
  const records = await inEach<DnsRecord>((zone) => `zones/${zone}/dns_records?per_page=1000`);
  const certificates = await inEach<Certificate>((zone) => `certificates?zone_id=${zone}&per_page=50`);
  return {
    machines,
    zones: zones.map(({ name }) => name).sort(),
    records: records.map(showRecord).sort(),
    certificates: certificates
      .map(({ hostnames, requested_validity }) => `${hostnames.join(" ")} for ${requested_validity} days`)
      .sort(),
    backupRepositories: repositories,
  };
}

/**
 * Ids of everything outside that a state may know, by type. Without the zones of nobody, everything in the lab's XO
 * and Cloudflare that is not there from the start is the farm's.
 */
export async function findIds(): Promise<Readonly<Record<string, readonly string[]>>> {
  const zones = await listZones();
  const inZones = async (path: (zone: string) => string): Promise<string[]> =>
    (await Promise.all(zones.map(({ id }) => cloudflare<Kept[]>("GET", path(id)))))
      .flat()
      .map(({ id }) => id);
  const [vms, jobs, schedules, remotes] = await withXo(async (xo) => {
    const list = async (method: string): Promise<string[]> =>
      ((await xo.call(method)) as Kept[]).map(({ id }) => id);
    const machines = await farmMachines(xo);
    return [
      machines.map(({ id }) => String(id)),
      await list("backupNg.getAllJobs"),
      await list("schedule.getAll"),
      await list("remote.getAll"),
    ] as const;
  });
  if (schedules.length !== jobs.length)
    throw new Error(`XO has ${jobs.length} jobs and ${schedules.length} schedules`);
  const ids = {
    "xenorchestra:index/vm:Vm": vms,
    "xenops:index:BackupJob": jobs,
    "xenops:index:BackupRepository": remotes,
    "cloudflare:index/zone:Zone": zones.map(({ id }) => id),
    "cloudflare:index/dnsRecord:DnsRecord": await inZones(
      (zone) => `zones/${zone}/dns_records?per_page=1000`,
    ),
    "cloudflare:index/originCaCertificate:OriginCaCertificate": await inZones(
      (zone) => `certificates?zone_id=${zone}&per_page=50`,
    ),
  };
  return Object.fromEntries(Object.entries(ids).map(([type, list]) => [type, list.toSorted()]));
}

/** The ids of the same types that a state knows. */
export function idsOf(state: readonly Kept[], types: readonly string[]): Record<string, readonly string[]> {
  return Object.fromEntries(
    types.map((type) => [
      type,
      state
        .filter((kept) => kept.type === type)
        .map(({ id }) => id.slice(id.lastIndexOf("/") + 1))
        .sort(),
    ]),
  );
}

interface DnsRecord {
  readonly name: string;
  readonly type: string;
  readonly content: string;
  readonly ttl: number;
  readonly proxied: boolean;
  readonly data?: { readonly flags: number; readonly tag: string; readonly value: string };
}

interface Certificate {
  readonly hostnames: readonly string[];
  readonly requested_validity: number;
}

interface Job {
  readonly name: string;
  readonly id: string;
  readonly vms: { readonly id: { readonly __or: readonly string[] } };
  readonly settings: Readonly<
    Record<string, { readonly longTermRetention?: { readonly daily?: { readonly retention: number } } }>
  >;
}

type Machine = Readonly<Record<string, unknown>>;

function listZones(): Promise<{ readonly id: string; readonly name: string }[]> {
  return cloudflare("GET", "zones?per_page=50");
}

function showRecord({ type, name, content, ttl, proxied, data }: DnsRecord): string {
  const value = data === undefined || type !== "CAA" ? content : `${data.flags} ${data.tag} ${data.value}`;
  return `${type} ${name} ${value} ${proxied ? "proxied" : "direct"} ${ttl}`;
}

async function farmMachines(xo: XoClient): Promise<readonly Machine[]> {
  const vms = await xo.objects({ type: "VM" });
  return vms.filter(({ name_label }) => String(name_label).startsWith("allris-"));
}

/** A machine that was just started says its address a moment later. */
async function reportedMachines(xo: XoClient): Promise<readonly Machine[]> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const vms = await farmMachines(xo);
    const silent = vms.filter(
      ({ power_state, addresses }) =>
        power_state === "Running" && Object.keys((addresses ?? {}) as object).length === 0,
    );
    if (silent.length === 0) return vms;
    if (Date.now() > deadline) throw new Error(`${silent.map((vm) => vm["name_label"])} report no address`);
    await sleep(20);
  }
}

async function findMachines(xo: XoClient, told: Told): Promise<Record<string, MachineFacts>> {
  const [vms, vbds, vdis, vifs, jobs, schedules] = await Promise.all([
    reportedMachines(xo),
    xo.objects({ type: "VBD" }),
    xo.objects({ type: "VDI" }),
    xo.objects({ type: "VIF" }),
    xo.call("backupNg.getAllJobs") as Promise<Job[]>,
    xo.call("schedule.getAll") as Promise<{ jobId: string; enabled: boolean }[]>,
  ]);
  const sizes = new Map(vdis.map((vdi) => [vdi["id"], vdi]));
  const found: Record<string, MachineFacts> = {};
  for (const vm of vms) {
    const label = String(vm["name_label"]);
    if (found[label] !== undefined) throw new Error(`XO has two machines called ${label}`);
    if (vifs.filter((vif) => vif["$VM"] === vm["id"]).length !== 1)
      throw new Error(`${label} has not one interface`);
    const disks = vbds
      .filter((vbd) => vbd["VM"] === vm["id"] && vbd["is_cd_drive"] !== true)
      .map((vbd) => sizes.get(vbd["VDI"]))
      .filter((vdi) => vdi !== undefined && vdi["name_label"] !== "XO CloudConfigDrive");
    const addresses = Object.values((vm["addresses"] ?? {}) as Record<string, string>);
    const own = jobs.filter(({ vms: { id } }) => id.__or.includes(String(vm["id"])));
    const [job] = own;
    if (job === undefined || own.length > 1 || job.name !== label)
      throw new Error(`${label} has the backup jobs ${own.map(({ name }) => name).join(", ")}`);
    found[label] = {
      description: String(vm["name_description"]),
      tags: [...(vm["tags"] as string[])].sort(),
      cpus: (vm["CPUs"] as { number: number }).number,
      memory: Number((vm["memory"] as { dynamic: number[] }).dynamic[1]) / gibibyte,
      disks: disks.map((vdi) => Number(vdi?.["size"]) / gibibyte),
      address: addresses.join(" "),
      highAvailability: String(vm["high_availability"]),
      startDelay: Number(vm["startDelay"]),
      power: String(vm["power_state"]),
      blocked: Object.keys((vm["blockedOperations"] ?? {}) as object).sort(),
      backup: {
        daily: job.settings[""]?.longTermRetention?.daily?.retention ?? 0,
        schedules: schedules.filter(({ jobId, enabled }) => jobId === job.id && enabled).length,
      },
      site: siteOf(label, told.get(addresses[0] ?? "")),
    };
  }
  return found;
}

/** What a machine was told last about its site. */
function siteOf(label: string, commands: ReadonlyMap<string, string> | undefined): SiteFacts {
  const applied = commands?.get(applyCommand);
  if (applied === undefined) throw new Error(`${label} was never told anything`);
  const values = JSON.parse(applied) as {
    name: string;
    domain: string;
    aliases: string[];
    contact: { email: string };
    issuer: string;
    allrisnet: Record<string, unknown>;
  };
  const { allrisnet } = values;
  const order = commands?.get("sudo /usr/local/lib/farm/certificate obtain");
  const names = values.issuer === "acme" ? (JSON.parse(order ?? "{}") as { names?: string[] }).names : [];
  return {
    name: values.name,
    domain: values.domain,
    aliases: values.aliases,
    email: values.contact.email,
    issuer: values.issuer,
    release: String(allrisnet["release"]),
    colour: String(allrisnet["branding.primaryColor"] ?? defaultColour),
    switches: Object.fromEntries(
      Object.entries(switches).map(([key, otherwise]) => [
        key,
        allrisnet[key] === undefined ? otherwise : allrisnet[key] === true,
      ]),
    ),
    certificateNames: names ?? [],
  };
}

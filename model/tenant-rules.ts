import { contains, type Ipv4, type Ipv6, isNetworkOrBroadcast, parseAddress } from "./address.ts";
import type { ReadFields } from "./fields.ts";
import { isWithin } from "./host-name.ts";
import type { PoolSettings } from "./pool-settings.ts";
import { productionRules, type Report, reportRepeats } from "./rules.ts";
import type { SettingsFields } from "./settings-rules.ts";
import { didYouMean } from "./suggest.ts";
import type { Lifecycle } from "./tenant.ts";
import type { tenantShape } from "./tenant-schema.ts";

/** A tenant's fields as far as they could be read. */
export type TenantFields = ReadFields<typeof tenantShape>["fields"];

/** The rules of one tenant file, alone and against the settings. Fields that could not be read are passed over. */
export function checkTenant(
  file: string,
  tenant: TenantFields,
  settings: SettingsFields,
  report: Report,
): void {
  const fileId = file.slice(file.lastIndexOf("/") + 1).replace(/\.ts$/, "");
  if (tenant.id !== undefined && tenant.id !== fileId) {
    report(["id"], `must be the name of the file, "${fileId}"`, `or name the file ${tenant.id}.ts`);
  }
  checkKeys(tenant, report);
  checkNames(tenant, settings, report);
  checkPlace(tenant, settings, report);
  checkAskers(tenant, settings, report);
  checkDays(tenant, report);
  reportRepeats(tenant.languages ?? [], (at) => ["languages", at], report);
  reportRepeats(
    tenant.contract?.noticeRecipients ?? [],
    (at) => ["contract", "noticeRecipients", at],
    report,
  );
  if (settings.stage === "production") checkProduction(tenant, report);
}

function checkKeys({ kind, ags, bodies = [] }: TenantFields, report: Report): void {
  if (
    kind !== undefined &&
    ags !== undefined &&
    (kind === "landkreis") !== (ags.length === 5) &&
    ags.length !== 12
  ) {
    report(["ags"], `must have ${kind === "landkreis" ? 5 : 8} or 12 digits for the kind "${kind}"`);
  }
  bodies.forEach((body, at) => {
    if (body.ags?.length === 5 && kind !== "landkreis") {
      report(["bodies", at, "ags"], `must have 8 or 12 digits for a body of the kind "${kind}"`);
    }
  });
  const ids = bodies.map((body) => body.id);
  reportRepeats(ids, (at) => ["bodies", at, "id"], report);
  const given = bodies.flatMap((body, at) => (body.ags === undefined ? [] : [{ ags: body.ags, at }]));
  const keys = given.map((body) => body.ags);
  reportRepeats(keys, (index) => ["bodies", given[index]?.at ?? 0, "ags"], report);
}

function checkNames(tenant: TenantFields, settings: SettingsFields, report: Report): void {
  const { domain, aliases = [], dns, certificate } = tenant;
  const zones = Object.keys(settings.zones ?? {});
  const origin = certificate?.issuer === "cloudflare-origin";
  reportRepeats(aliases, (at) => ["aliases", at], report);
  aliases.forEach((alias, at) => {
    if (alias === domain) report(["aliases", at], "is the domain itself");
    const zone = nearestZone(alias, zones);
    if (dns?.mode === "ours" && zone !== undefined && zone !== dns.zone) {
      report(["aliases", at], `lies in our zone ${zone}; aliases lie in ${dns.zone} or in a zone of others`);
    } else if (dns?.mode === "ours" && origin && zone === undefined) {
      report(
        ["aliases", at],
        `must lie in the zone ${dns.zone}: "cloudflare-origin" has no certificate for others`,
      );
    }
  });
  if (origin && settings.cloudflare !== undefined && settings.cloudflare.originPullCaFile === undefined) {
    report(
      ["certificate", "issuer"],
      '"cloudflare-origin" needs cloudflare.originPullCaFile in the stack settings',
    );
  }
  if (origin && dns?.mode === "theirs") {
    report(["certificate", "issuer"], '"cloudflare-origin" needs a zone of ours: dns { mode: "ours", zone }');
  }
  if (dns?.mode === "ours" && settings.zones !== undefined && !zones.includes(dns.zone)) {
    report(["dns", "zone"], "is no zone of the stack settings", didYouMean(dns.zone, zones));
  }
  if (domain === undefined) return;
  if (zones.includes(domain) || (dns?.mode === "ours" && domain === dns.zone)) {
    report(
      ["domain"],
      "must not be a zone's own name",
      `write a name inside it, such as "ratsinfo.${domain}"`,
    );
    return;
  }
  const zone = nearestZone(domain, zones);
  if (dns?.mode === "ours" && !isWithin(domain, dns.zone)) {
    report(["domain"], `must lie inside the zone ${dns.zone} of dns`);
  } else if (dns?.mode === "ours" && zone !== undefined && zone.length > dns.zone.length) {
    report(["dns", "zone"], "is not the nearest zone of ours around the domain", `write "${zone}"`);
  } else if (dns?.mode === "theirs" && zone !== undefined) {
    report(["dns", "mode"], `must be "ours": the domain lies in our zone ${zone}`);
  }
}

/** The nearest of our zones around a name. */
export function nearestZone(name: string, zones: readonly string[]): string | undefined {
  const around = zones.filter((zone) => isWithin(name, zone));
  return around.reduce<string | undefined>(
    (best, zone) => (zone.length > (best?.length ?? 0) ? zone : best),
    undefined,
  );
}

/** Behind a list of networks a prober has to be let in: an outage there would be seen by nobody. */
function checkAskers(
  { allrisnet, lifecycle }: TenantFields,
  { measurement }: SettingsFields,
  report: Report,
): void {
  const politicians = allrisnet?.politicians;
  if (politicians?.enabled !== true || politicians.ipAllowlist.length === 0) return;
  if (lifecycle?.state === "terminating" && lifecycle.closed !== undefined) return;
  const strangers = measurement?.probers.filter(({ view, askFrom }) => view === "edge" && !askFrom) ?? [];
  if (strangers.length === 0) return;
  const names = strangers.map(({ name }) => `"${name}"`).join(" and ");
  report(
    ["allrisnet", "politicians", "ipAllowlist"],
    `needs askFrom of ${names} in measurement.probers of the stack settings: closed out, a prober sees no outage`,
  );
}

function checkPlace(
  { pool: key, address, address6 }: TenantFields,
  settings: SettingsFields,
  report: Report,
): void {
  const { pools } = settings;
  if (key === undefined || pools === undefined) return;
  const pool = Object.hasOwn(pools, key) ? pools[key] : undefined;
  if (pool === undefined) {
    report(["pool"], "is no pool of the stack settings", didYouMean(key, Object.keys(pools)));
    return;
  }
  const { subnet, subnet6 } = pool.network;
  if (address !== undefined) checkAddress("address", address, subnet, pool, report);
  if (address !== undefined && address === settings.monitoring?.address)
    report(["address"], "is the monitoring's address");
  if (address6 === undefined) return;
  if (subnet6 === undefined) report(["address6"], `cannot be used: the pool "${key}" has no IPv6 subnet`);
  else checkAddress("address6", address6, subnet6, pool, report);
}

function checkAddress(
  field: "address" | "address6",
  address: Ipv4 | Ipv6,
  subnet: PoolSettings["network"]["subnet"],
  { network, bastions }: PoolSettings,
  report: Report,
): void {
  const bastion = bastions.some((range) => /\/(32|128)$/.test(range) && contains(range, address));
  if (!contains(subnet, address)) report([field], `must lie in the pool's subnet ${subnet}`);
  else if (isNetworkOrBroadcast(subnet, address)) report([field], `is no address of a host in ${subnet}`);
  else if (address === network.gateway || address === network.gateway6)
    report([field], "is the router's address");
  else if (network.nameservers.includes(address)) report([field], "is a resolver's address");
  else if (bastion) report([field], "is the address of a host that ssh comes from");
}

function checkDays({ contract, lifecycle }: TenantFields, report: Report): void {
  if (contract?.endsOn !== undefined && contract.endsOn <= contract.liveFrom) {
    report(["contract", "endsOn"], `must be after liveFrom, ${contract.liveFrom}`);
  }
  if (lifecycle?.state === "terminating" && lifecycle.deleteAfter < lifecycle.since) {
    report(["lifecycle", "deleteAfter"], `must not be before since, ${lifecycle.since}`);
  }
  if (lifecycle?.state === "terminating") checkTermination(lifecycle, contract?.endsOn, report);
}

/** Each step of a termination needs the one before it: none can be written past the others. */
function checkTermination(
  { since, deleteAfter, closed, deletion }: Extract<Lifecycle, { readonly state: "terminating" }>,
  endsOn: string | undefined,
  report: Report,
): void {
  if (closed !== undefined && closed.on < since) {
    report(["lifecycle", "closed", "on"], `must not be before since, ${since}`);
  }
  if (closed !== undefined && endsOn !== undefined && closed.on <= endsOn) {
    report(["lifecycle", "closed", "on"], `must be after the last day of the service, ${endsOn}`);
  }
  if (deletion === undefined) return;
  if (closed === undefined) {
    report(["lifecycle", "deletion"], "needs closed: nothing is deleted before it is saved and exported");
  }
  if (deletion.on <= deleteAfter || (closed !== undefined && deletion.on < closed.on)) {
    report(["lifecycle", "deletion", "on"], `must be after deleteAfter, ${deleteAfter}`);
  }
}

function checkProduction(tenant: TenantFields, report: Report): void {
  const rules = productionRules(report);
  rules.name(["id"], tenant.id);
  rules.name(["name"], tenant.name);
  rules.name(["contract", "customer"], tenant.contract?.customer);
  rules.name(["contract", "number"], tenant.contract?.number);
  tenant.bodies?.forEach((body, at) => {
    rules.name(["bodies", at, "name"], body.name);
  });
  rules.host(["domain"], tenant.domain);
  tenant.aliases?.forEach((alias, at) => {
    rules.host(["aliases", at], alias);
  });
  if (tenant.dns?.mode === "ours") rules.host(["dns", "zone"], tenant.dns.zone);
  rules.address(["address"], tenant.address);
  rules.address(["address6"], tenant.address6);
  rules.email(["contact", "email"], tenant.contact?.email);
  tenant.contract?.noticeRecipients?.forEach((email, at) => {
    rules.email(["contract", "noticeRecipients", at], email);
  });
  for (const [page, url] of Object.entries(tenant.links ?? {})) {
    rules.page(["links", page], url);
    const host = parseAddress((URL.parse(url)?.hostname ?? "").replace(/^\[|\]$/g, ""));
    if (host.ok) report(["links", page], "must name a host, not an IP address, in production");
  }
}

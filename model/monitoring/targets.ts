import type { ProbeTarget } from "../measurement/record.ts";
import type { MeasurementSettings } from "../measurement/settings.ts";
import { targetKinds } from "../measurement/targets.ts";
import type { Tenant } from "../tenant.ts";
import { isWithdrawn } from "../termination.ts";

/** One question that the monitoring puts to a site. */
export interface MonitoringTarget {
  readonly tenant: string;
  readonly target: ProbeTarget;
  /** Whether its failure means an outage of the service level. */
  readonly decides: boolean;
  /** Name of the module of the blackbox exporter that asks. */
  readonly module: string;
  /** What is asked: a page's address, a server and its port. */
  readonly subject: string;
}

/** What targets are made of beside the tenants. */
export interface TargetScope {
  /** Whether the chain decides. */
  readonly tls: MeasurementSettings["tls"];
  /** Resolver that names are asked of. */
  readonly resolver: string;
  /** Versions that run, by the administration's id. @default - that of the tenant file */
  readonly versions?: ReadonlyMap<string, string>;
}

/** All questions to one site; none once its names are withdrawn. */
export function siteTargets(tenant: Tenant, scope: TargetScope): readonly MonitoringTarget[] {
  if (isWithdrawn(tenant)) return [];
  const { id, domain, allrisnet } = tenant;
  const { citizens, politicians } = allrisnet;
  const page = (path: string): string => `https://${domain}${path}`;
  const first = `${citizens.basePath}/`;
  const signIn = `${politicians.basePath}/logon`;
  const found: Omit<MonitoringTarget, "tenant" | "decides">[] = [];
  if (citizens.enabled) found.push({ target: "citizens", module: "page", subject: page(first) });
  if (politicians.enabled) {
    found.push({ target: "politicians", module: signInModule(tenant), subject: page(signIn) });
  }
  found.push({ target: "tls", module: "tls", subject: `${domain}:443` });
  const open = citizens.enabled ? first : signInModule(tenant) === "page_or_closed" ? undefined : signIn;
  if (open !== undefined) {
    const version = scope.versions?.get(id) ?? allrisnet.release;
    found.push({ target: "version", module: versionModule(version), subject: page(open) });
  }
  if (citizens.enabled && citizens.oparl.enabled) {
    found.push({ target: "oparl", module: "oparl", subject: page(`${citizens.basePath}/oparl/system`) });
  }
  found.push({ target: "dns", module: dnsModule(id), subject: `${scope.resolver}:53` });
  return found.map((each) => ({ tenant: id, ...each, decides: decides(each.target, scope.tls) }));
}

/**
 * Name of the module that asks for the page of signing in. Behind a list of networks a site shows it to the monitoring's
 * address; through Cloudflare it comes by another one, and the refusal is all that can be seen.
 */
function signInModule({ allrisnet: { politicians }, certificate }: Tenant): string {
  if (politicians.ipAllowlist.length === 0) return "page";
  return certificate.issuer === "cloudflare-origin" ? "page_or_closed" : "page_let_in";
}

/** As for the probers: a site decides by what its users use, Bürgerinfo and Ratsinfo (reading A11). */
function decides(target: ProbeTarget, tls: MeasurementSettings["tls"]): boolean {
  const kind = targetKinds[target].decides;
  return kind === "yes" || (kind === "setting tls" && tls === "decides");
}

/** Name of the module that looks for a version on a page. */
export function versionModule(version: string): string {
  return `version_${version.replaceAll(".", "_")}`;
}

/** Name of the module that asks for a site's name: the exporter takes the name from its module alone. */
export function dnsModule(tenant: string): string {
  return `dns_${tenant}`;
}

/** A group of Prometheus's file-based discovery. */
export interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** The questions as Prometheus discovers them: a group each, in the order of the alphabet. */
export function probeGroups(tenants: readonly Tenant[], scope: TargetScope): readonly TargetGroup[] {
  return sorted(tenants).flatMap((tenant) =>
    siteTargets(tenant, scope).map(({ target, decides: counts, module, subject }) => ({
      targets: [subject],
      labels: {
        ...{ __param_module: module, tenant: tenant.id, target, decides: String(counts) },
        // What it is called where customers read.
        ...(target === "politicians" ? { presentation: tenant.allrisnet.politicians.label } : {}),
      },
    })),
  );
}

/** The node exporters of the sites' machines. */
export function nodeGroups(tenants: readonly Tenant[]): readonly TargetGroup[] {
  return sorted(tenants)
    .filter((tenant) => !isWithdrawn(tenant))
    .map(({ id, address }) => ({ targets: [`${address}:${nodePort}`], labels: { tenant: id } }));
}

/** TCP port of a machine's node exporter. */
export const nodePort = 9100;

function sorted(tenants: readonly Tenant[]): readonly Tenant[] {
  return tenants.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

import { planDns } from "./dns-plan.ts";
import type { Settings } from "./settings.ts";
import type { Tenant } from "./tenant.ts";

/** A resource that `up` makes for a new site. */
export interface SiteResource {
  /** Name in the stack: "hohenbrueck-vm". */
  readonly name: string;
  /** What it is, for people. */
  readonly what: string;
}

/** The resources of a new site that needs no secrets, in the order in which they come to be. */
export function siteResources(tenant: Tenant, settings: Settings): readonly SiteResource[] {
  const { id, address, pool, domain, allrisnet, certificate } = tenant;
  const parts: (readonly [part: string, what: string])[] = [
    ["vm", `VM with ${address} in pool ${pool}, HA priority "restart"`],
    ["host-key", "its ssh host key, pinned"],
    ["restart", "its number in the restart order"],
    ["backup", "its backup job"],
    ["bundle", "settings of server and application"],
    ["apply", "their roll-out"],
    ...certificateParts(certificate, domain),
    ["release", `ALLRIS net ${allrisnet.release}`],
    ...planDns(tenant, settings).records.map(
      ({ key, type, name }) => [key, `DNS record ${type} ${name}`] as const,
    ),
  ];
  return parts.map(([part, what]) => ({ name: `${id}-${part}`, what }));
}

function certificateParts(
  certificate: Tenant["certificate"],
  domain: string,
): readonly (readonly [string, string])[] {
  const installed = ["certificate", `certificate for ${domain}, by ${certificate.issuer}`] as const;
  if (certificate.issuer !== "cloudflare-origin") return [installed];
  const turn = `r${certificate.rotation}`;
  return [
    [`key-${turn}`, "its private key"],
    [`request-${turn}`, "its certificate request"],
    [`origin-${turn}`, "its certificate of Cloudflare's Origin CA"],
    installed,
  ];
}

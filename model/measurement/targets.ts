import type { Settings } from "../settings.ts";
import type { Tenant } from "../tenant.ts";
import { isWithdrawn } from "../termination.ts";
import type { ProbeTarget } from "./record.ts";
import type { ProberSettings } from "./settings.ts";

/** One question of a prober as guest/farm_prober/ask.py takes it. */
export interface ProbeQuestion {
  readonly target: ProbeTarget;
  readonly decides: boolean;
  /** Of a page. */
  readonly path?: string;
  /** Text that the page has to hold. */
  readonly marker?: string;
  /** Status codes that are an answer. @default - 200 */
  readonly statuses?: readonly number[];
  /** Text of a refusal that says that the prober was to be let in: with it no refusal is an answer. */
  readonly letIn?: string;
  /** The release that the page names, or the address that the name leads to. @default - any address */
  readonly expected?: string;
  readonly nameservers?: readonly string[];
}

/** A site as a prober knows it. */
export interface ProbedSite {
  readonly tenant: string;
  readonly domain: string;
  /** Where it is asked. @default - where its name leads */
  readonly address?: string;
  readonly targets: readonly ProbeQuestion[];
}

/** What stands in the head of every page of ALLRIS net, before its version; so no update changes it. */
const marker = "ALLRIS net Version ";

/** What stands in a refusal of a site that shows its page of signing in to those who measure. */
export const letInMark = '<meta name="farm-lets-in"';

/**
 * Networks that a site shows the page of signing in to although a list of networks closes its Ratsinfo, sorted: those
 * of the probers, and the monitoring, which comes to a proxied site by addresses that nobody here knows. None where
 * no list closes anything.
 */
export function askersOf(
  { allrisnet: { politicians }, certificate }: Pick<Tenant, "allrisnet" | "certificate">,
  { measurement, monitoring }: Pick<Settings, "measurement" | "monitoring">,
): readonly string[] {
  if (!politicians.enabled || politicians.ipAllowlist.length === 0) return [];
  const watches = monitoring !== undefined && certificate.issuer !== "cloudflare-origin";
  const networks = [
    ...(measurement?.probers.flatMap(({ askFrom = [] }) => askFrom) ?? []),
    ...(watches ? [`${monitoring.address}/32`] : []),
  ];
  return [...new Set(networks)].sort();
}

/** What a target is and whether it decides; docs/reference/measurement.md is made of it. */
export const targetKinds: Readonly<
  Record<ProbeTarget, { readonly decides: "yes" | "no" | "setting tls"; readonly asks: string }>
> = {
  citizens: { decides: "yes", asks: "Bürgerinfo's first page answers 200 and is the administration's own" },
  politicians: { decides: "yes", asks: "Ratsinfo's sign-in answers 200 and is the administration's own" },
  tls: { decides: "setting tls", asks: "chain, name and dates of the certificate, as a browser judges them" },
  oparl: { decides: "no", asks: "the OParl system answers, where the interface is enabled" },
  version: { decides: "no", asks: "the first page names the release of the tenant file" },
  dns: { decides: "no", asks: "the name leads to the site's address" },
  outside: { decides: "no", asks: "the first page with its certificate, seen from the Internet" },
};

/**
 * What a prober asks: every site whose names are not withdrawn, by id. At the edge a site is asked at its own address,
 * past the Internet (reading A10); a proxied one lets nobody but Cloudflare in and is asked as visitors ask it.
 */
export function probedSites(
  tenants: readonly Tenant[],
  { measurement, pools }: Pick<Settings, "measurement" | "pools">,
  { view, askFrom = [] }: Pick<ProberSettings, "view" | "askFrom">,
): readonly ProbedSite[] {
  const isLetIn = askFrom.length > 0;
  const tls = measurement?.tls === "decides";
  return tenants
    .filter((tenant) => !isWithdrawn(tenant))
    .toSorted((one, other) => (one.id < other.id ? -1 : 1))
    .map((tenant) => {
      const proxied = tenant.certificate.issuer === "cloudflare-origin";
      const site = { tenant: tenant.id, domain: tenant.domain };
      if (view === "outside")
        return { ...site, targets: [{ ...firstPage(tenant, isLetIn), target: "outside", decides: false }] };
      const nameservers = pools[tenant.pool]?.network.nameservers ?? [];
      return {
        ...site,
        ...(proxied ? {} : { address: tenant.address }),
        targets: [
          ...presentations(tenant, isLetIn),
          { target: "tls", decides: tls },
          ...oparl(tenant),
          { target: "version", decides: false, expected: tenant.allrisnet.release },
          { target: "dns", decides: false, nameservers, ...(proxied ? {} : { expected: tenant.address }) },
        ],
      } satisfies ProbedSite;
    });
}

function presentations(tenant: Tenant, isLetIn: boolean): readonly ProbeQuestion[] {
  const { citizens, politicians } = tenant.allrisnet;
  return [
    ...(citizens.enabled
      ? [{ target: "citizens", decides: true, path: `${citizens.basePath}/`, marker } as const]
      : []),
    ...(politicians.enabled
      ? [
          {
            target: "politicians",
            decides: true,
            path: `${politicians.basePath}/logon`,
            marker,
            // Who is in no list sees that the web server says so, and no more. Who is let in takes that for an answer
            // only as long as the site has not heard of it: nobody is to be blamed for the order of a roll-out.
            ...(politicians.ipAllowlist.length > 0
              ? { statuses: [200, 403], ...(isLetIn ? { letIn: letInMark } : {}) }
              : {}),
          } as const,
        ]
      : []),
  ];
}

/** The page that everybody may see. */
function firstPage(
  tenant: Tenant,
  isLetIn: boolean,
): Pick<ProbeQuestion, "path" | "marker" | "statuses" | "letIn"> {
  const {
    target: _target,
    decides: _decides,
    ...page
  } = presentations(tenant, isLetIn)[0] ?? { target: "citizens", decides: true };
  return page;
}

function oparl({ allrisnet: { citizens } }: Tenant): readonly ProbeQuestion[] {
  if (!(citizens.enabled && citizens.oparl.enabled)) return [];
  return [{ target: "oparl", decides: false, path: `${citizens.basePath}/oparl/system` }];
}

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
  { view }: Pick<ProberSettings, "view">,
): readonly ProbedSite[] {
  const tls = measurement?.tls === "decides";
  return tenants
    .filter((tenant) => !isWithdrawn(tenant))
    .toSorted((one, other) => (one.id < other.id ? -1 : 1))
    .map((tenant) => {
      const proxied = tenant.certificate.issuer === "cloudflare-origin";
      const site = { tenant: tenant.id, domain: tenant.domain };
      if (view === "outside")
        return { ...site, targets: [{ ...firstPage(tenant), target: "outside", decides: false }] };
      const nameservers = pools[tenant.pool]?.network.nameservers ?? [];
      return {
        ...site,
        ...(proxied ? {} : { address: tenant.address }),
        targets: [
          ...presentations(tenant),
          { target: "tls", decides: tls },
          ...oparl(tenant),
          { target: "version", decides: false, expected: tenant.allrisnet.release },
          { target: "dns", decides: false, nameservers, ...(proxied ? {} : { expected: tenant.address }) },
        ],
      } satisfies ProbedSite;
    });
}

function presentations(tenant: Tenant): readonly ProbeQuestion[] {
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
            // A prober is in nobody's list; that the web server says so is all that can be seen.
            ...(politicians.ipAllowlist.length > 0 ? { statuses: [200, 403] } : {}),
          } as const,
        ]
      : []),
  ];
}

/** The page that everybody may see. */
function firstPage(tenant: Tenant): Pick<ProbeQuestion, "path" | "marker" | "statuses"> {
  const {
    target: _target,
    decides: _decides,
    ...page
  } = presentations(tenant)[0] ?? { target: "citizens", decides: true };
  return page;
}

function oparl({ allrisnet: { citizens } }: Tenant): readonly ProbeQuestion[] {
  if (!(citizens.enabled && citizens.oparl.enabled)) return [];
  return [{ target: "oparl", decides: false, path: `${citizens.basePath}/oparl/system` }];
}

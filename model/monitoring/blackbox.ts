import type { Release } from "../allrisnet/release.ts";
import type { MeasurementSettings } from "../measurement/settings.ts";
import { letInMark } from "../measurement/targets.ts";
import type { Tenant } from "../tenant.ts";
import { isWithdrawn } from "../termination.ts";
import { dnsModule, versionModule } from "./targets.ts";

/** A module of the blackbox exporter, as its configuration has it. */
type Module = Readonly<Record<string, unknown>>;

/** What the modules are made of. */
export interface BlackboxScope {
  readonly tenants: readonly Tenant[];
  /** All releases that are known, whether a site has them or not: a site more changes none of their modules. */
  readonly releases: readonly Pick<Release, "version">[];
  readonly tls: MeasurementSettings["tls"];
}

/** What carries it counts for no administration's traffic. */
const agent = "allris-farm-probe/1";

/**
 * The marks of a site's pages, as a regular expression: every release of ALLRIS net names its version, the farm's own
 * pages about a closed presentation name their site. Whose page it is the probers check alone.
 */
const mark = 'ALLRIS net Version |<meta name="farm-site" content="';

/** How the sites are asked: configuration of the blackbox exporter. */
export function blackboxConfig({ tenants, releases, tls }: BlackboxScope): { readonly modules: object } {
  const page = (more: object): Module => ({
    prober: "http",
    timeout: "10s",
    http: {
      preferred_ip_protocol: "ip4",
      ip_protocol_fallback: true,
      fail_if_not_ssl: true,
      headers: { "User-Agent": agent },
      ...more,
    },
  });
  // Where the chain only shows, a page behind an expired one is there all the same.
  const unverified = tls === "decides" ? {} : { tls_config: { insecure_skip_verify: true } };
  const marked = { fail_if_body_not_matches_regexp: [mark], ...unverified };
  return {
    modules: {
      page: page({ valid_status_codes: [200], ...marked }),
      page_or_closed: page({ valid_status_codes: [200, 403], ...marked }),
      // A refusal is an answer only as long as the site has not heard that the monitoring is to be let in.
      page_let_in: page({
        valid_status_codes: [200, 403],
        fail_if_body_matches_regexp: [letInMark],
        ...marked,
      }),
      tls: { prober: "tcp", timeout: "10s", tcp: { preferred_ip_protocol: "ip4", tls: true } },
      oparl: page({
        valid_status_codes: [200],
        fail_if_body_not_matches_regexp: ['"type"\\s*:\\s*"https://schema\\.oparl\\.org/1\\.[0-9]+/System"'],
        ...unverified,
      }),
      ...Object.fromEntries(
        releases.map(({ version }) => [
          versionModule(version),
          page({
            valid_status_codes: [200],
            fail_if_body_not_matches_regexp: [`${literal(`ALLRIS net Version ${version}`)}[^0-9.]`],
            ...unverified,
          }),
        ]),
      ),
      ...Object.fromEntries(
        tenants
          .filter((tenant) => !isWithdrawn(tenant))
          .toSorted((a, b) => (a.id < b.id ? -1 : 1))
          .map((tenant) => [dnsModule(tenant.id), dns(tenant)]),
      ),
    },
  };
}

/** A proxied name leads to the edge, whose addresses are Cloudflare's business. */
function dns({ domain, address, certificate }: Tenant): Module {
  const wanted = certificate.issuer === "cloudflare-origin" ? "[0-9.]+" : literal(address);
  return {
    prober: "dns",
    timeout: "10s",
    dns: {
      preferred_ip_protocol: "ip4",
      query_name: domain,
      query_type: "A",
      valid_rcodes: ["NOERROR"],
      validate_answer_rrs: { fail_if_none_matches_regexp: [`\\tA\\t${wanted}$`] },
    },
  };
}

/** A text as a regular expression (RE2) that finds it alone. */
function literal(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

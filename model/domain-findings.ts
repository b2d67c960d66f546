import { caaIssuers, edgeIssuers } from "./dns-plan.ts";
import type { Settings } from "./settings.ts";
import type { Tenant } from "./tenant.ts";

/** What the DNS says of a name at one moment. Names have no final dot. */
export interface NameFacts {
  readonly name: string;
  /** IPv4 and IPv6, behind aliases too. */
  readonly addresses: readonly string[];
  /** Where the name itself is an alias to. @default - it is none */
  readonly alias?: string;
  /** The nearest zone around the name that somebody serves. @default - not even its parent zone is known */
  readonly zone?: { readonly name: string; readonly servers: readonly string[] };
  /** The CAA records that count for the name, found by climbing (RFC 8659). @default - none: any authority may issue */
  readonly caa?: { readonly at: string; readonly issuers: readonly string[] };
}

/** What is to be said about a domain before a site goes there. */
export interface DomainFinding {
  /** "ok": as it has to be; "todo": something has to happen first; "problem": it stands in the way. */
  readonly kind: "ok" | "todo" | "problem";
  /** One sentence for the operator. */
  readonly text: string;
}

/** Compares what the DNS says with what a site needs. */
export function domainFindings(
  tenant: Tenant,
  settings: Settings,
  facts: NameFacts,
): readonly DomainFinding[] {
  return [...delegation(tenant, facts), ...address(tenant, facts), ...authorities(tenant, settings, facts)];
}

function delegation({ dns, domain }: Tenant, { zone }: NameFacts): readonly DomainFinding[] {
  if (zone === undefined) {
    return [{ kind: "problem", text: `No zone around ${domain} is served: nobody can reach it yet.` }];
  }
  if (dns.mode === "theirs") {
    return [{ kind: "ok", text: `${zone.name} is served by ${zone.servers.join(", ") || "its owner"}.` }];
  }
  if (zone.name === dns.zone) {
    return [{ kind: "ok", text: `Our zone ${zone.name} is delegated to ${zone.servers.join(", ")}.` }];
  }
  const longer = zone.name.length > dns.zone.length;
  return [
    longer
      ? {
          kind: "problem",
          text: `${zone.name} is a zone of its own inside ${dns.zone}: records that we make are not seen there.`,
        }
      : {
          kind: "todo",
          text: `Our zone ${dns.zone} is not delegated yet (${zone.name} answers): have its owner name our name servers.`,
        },
  ];
}

function address({ dns, domain, address: own, id }: Tenant, facts: NameFacts): readonly DomainFinding[] {
  const { addresses, alias } = facts;
  if (addresses.length === 0) {
    return dns.mode === "ours"
      ? [{ kind: "ok", text: `${domain} has no address yet; up makes the records.` }]
      : [
          {
            kind: "todo",
            text: `${domain} has no address yet: ./farm tenant dns ${id} writes to the administration.`,
          },
        ];
  }
  if (addresses.includes(own)) return [{ kind: "ok", text: `${domain} leads to ${own} already.` }];
  const place = `${alias === undefined ? "" : `${alias}, `}${addresses.join(", ")}`;
  const way =
    dns.mode === "ours"
      ? "up would meet records that it did not make"
      : "somebody else's site answers there until then";
  return [{ kind: "todo", text: `${domain} leads to ${place}: ${way}.` }];
}

function authorities(tenant: Tenant, settings: Settings, { caa }: NameFacts): readonly DomainFinding[] {
  if (caa === undefined) return [{ kind: "ok", text: "No CAA record stands in the way of a certificate." }];
  const { issuer } = tenant.certificate;
  const wanted = issuer === "cloudflare-origin" ? edgeIssuers : caaIssuers(tenant, settings);
  if (wanted.length === 0 || wanted.some((name) => caa.issuers.includes(name))) {
    return [{ kind: "ok", text: `The CAA records at ${caa.at} let ${caa.issuers.join(", ")} issue.` }];
  }
  // Records of the domain itself that are ours come with up and count before those of the zone above.
  if (tenant.dns.mode === "ours" && issuer === "acme" && caa.at !== tenant.domain) {
    return [
      {
        kind: "ok",
        text: `The CAA records at ${caa.at} do not let ${wanted.join(", ")} issue; up makes one at ${tenant.domain} that does.`,
      },
    ];
  }
  const allowed = caa.issuers.length === 0 ? "nobody" : `only ${caa.issuers.join(", ")}`;
  return [
    {
      kind: "problem",
      text: `The CAA records at ${caa.at} let ${allowed} issue: ${wanted.join(" or ")} would refuse the certificate. Have ${wanted[0]} added.`,
    },
  ];
}

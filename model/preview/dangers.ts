import type { PreviewEnvelope } from "./envelope.ts";
import type { SiteReport } from "./report.ts";

/** One dangerous thing, with all that it happens to. */
export interface Danger {
  readonly impact: string;
  /** What happens, and who says so. */
  readonly why: string;
  /** Ids of administrations; undefined for what a stack shares. */
  readonly whose: readonly (string | undefined)[];
  /** Names of the resources. */
  readonly resources: readonly string[];
}

/** What happens to every site that is stopped while no window is open for it. */
const unannounced = {
  impact: "outside an announced window",
  why: "Each of these minutes counts as downtime against the service level.",
};

/** What is dangerous in a plan; what cuts off most comes first. */
export function dangersOf(sites: readonly SiteReport[], kind: PreviewEnvelope["kind"]): readonly Danger[] {
  const found = sites.flatMap((site) => {
    const own = site.judgements
      .filter(({ rule }) => rule.level === "danger")
      .map(({ rule, change }) => ({ key: rule.impact + rule.why, ...rule, site, resource: change.name }));
    const outside =
      kind === "preview" && isOutside(site) ? [{ key: "", ...unannounced, site, resource: "" }] : [];
    return [...own, ...outside];
  });
  return [...Map.groupBy(found, ({ key }) => key).values()]
    .flatMap((group) => {
      const [first] = group;
      if (first === undefined) return [];
      const resources = [...new Set(group.map(({ resource }) => resource))].filter(Boolean);
      const whose = [...new Set(group.map(({ site }) => site.id))];
      return [{ impact: first.impact, why: first.why, whose, resources, worst: worstOf(group) }];
    })
    .sort((a, b) => b.worst - a.worst || b.whose.length - a.whose.length)
    .map(({ worst: _, ...danger }) => danger);
}

function worstOf(group: readonly { readonly site: SiteReport }[]): number {
  return Math.max(...group.map(({ site }) => site.outage.minutes));
}

/** A site that ends has nobody any more to be away from. */
function isOutside({ outage, tenant }: SiteReport): boolean {
  return outage.minutes > 0 && outage.text !== "for good" && tenant?.window?.open !== true;
}

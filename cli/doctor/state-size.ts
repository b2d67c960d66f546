import { nameOf, type StateResource } from "../../model/stack-state.ts";
import type { Context } from "./context.ts";
import { type Check, type Finding, fine } from "./finding.ts";

/** Bytes that one site's resources may take in the state: it is read and written at every run. */
const budget = 40_000;

/** The size of each site's part of the state. */
export const stateSizeCheck: Check<Context> = {
  id: "state",
  title: "size of the state",
  async run(context) {
    const { document } = await context.state();
    const sizes = [...sizesOf(document)].sort(([, a], [, b]) => b - a);
    const [largest] = sizes;
    if (largest === undefined) return [fine("state.size", "no site yet")];
    const over = sizes.filter(([, bytes]) => bytes > budget);
    if (over.length === 0) {
      const [site, bytes] = largest;
      return [fine("state.size", `${sizes.length} sites, the largest is ${site} with ${kilobytes(bytes)}`)];
    }
    return over.map(
      ([site, bytes]): Finding => ({
        id: "state.over-budget",
        severity: "attention",
        detail: `${site} takes ${kilobytes(bytes)} where ${kilobytes(budget)} are planned`,
        next: `./farm pulumi stack export -s ${context.stack} shows what of; the state keeps hashes, not contents`,
      }),
    );
  },
};

/** Bytes of each site's resources as they stand in an exported state, without its white space. */
export function sizesOf(document: string): ReadonlyMap<string, number> {
  const { deployment } = JSON.parse(document) as { deployment?: { resources?: StateResource[] | null } };
  const resources = deployment?.resources ?? [];
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const siteOf = (resource: StateResource): string | undefined => {
    if (resource.type === "farm:site:TenantSite") return nameOf(resource.urn);
    const parent = byUrn.get(resource.parent ?? "");
    return parent === undefined ? undefined : siteOf(parent);
  };
  const sizes = new Map<string, number>();
  for (const resource of resources) {
    const site = siteOf(resource);
    // A comma follows each.
    const bytes = Buffer.byteLength(JSON.stringify(resource)) + 1;
    if (site !== undefined) sizes.set(site, (sizes.get(site) ?? 0) + bytes);
  }
  return sizes;
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

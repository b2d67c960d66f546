import { messageOf } from "../lib/farm-error.ts";
import type { Release } from "../model/allrisnet/release.ts";
import { farmTag, tenantTag } from "../model/plan.ts";
import type { Tenant } from "../model/tenant.ts";
import { findVms } from "../providers/xenops/inventory.ts";
import type { XoClient } from "../providers/xenops/xo-client.ts";
import { type Route, visitPage } from "./visit.ts";

/** Whether an administration's site really runs a release. */
export interface SiteHealth {
  readonly tenant: string;
  readonly healthy: boolean;
  /** What was found, for people. */
  readonly detail: string;
}

/** Where sites are looked at. */
export interface Outlook {
  readonly xo: XoClient;
  /** Project and stack, "allris-farm/lab". */
  readonly stack: string;
  /** The way to the sites. */
  readonly route: Route;
}

/**
 * Looks at a site from both sides: what Xen Orchestra has as its installed release, and what a visitor's page
 * says. It never throws: a site that cannot be looked at is not healthy.
 */
export async function examineSite(
  tenant: Tenant,
  release: Release,
  { xo, stack, route }: Outlook,
): Promise<SiteHealth> {
  const answer = (healthy: boolean, detail: string): SiteHealth => ({ tenant: tenant.id, healthy, detail });
  try {
    const installed = await installedRelease(xo, tenant, stack);
    if (installed !== release.version)
      return answer(false, `Xen Orchestra says ${installed ?? "nothing"} is installed`);
    const url = `https://${tenant.domain}${publicPath(tenant)}`;
    const { status, body } = await visitPage(url, route);
    if (status !== 200) return answer(false, `${url} answers ${status}`);
    const site = metaOf(body, "farm-site");
    if (site !== undefined && site !== tenant.id)
      return answer(false, `${url} answers with the page of ${site}`);
    const said = /^ALLRIS net Version (\S+ \(\w+\))/.exec(metaOf(body, "description") ?? "")?.[1];
    const wanted = `${release.version} (${release.build})`;
    if (said === wanted) return answer(true, `${url} answers with ${wanted}`);
    return answer(false, `${url} answers with ${said ?? "a page that names no version"}, not ${wanted}`);
  } catch (error) {
    return answer(false, messageOf(error).split("\n")[0] ?? "it cannot be looked at");
  }
}

async function installedRelease(xo: XoClient, tenant: Tenant, stack: string): Promise<string | undefined> {
  const { vms } = await findVms(
    { client: xo, urn: "", preview: false, signal: AbortSignal.timeout(30_000), log: () => {} },
    { tags: [farmTag(stack), tenantTag(tenant.id)] },
  );
  const [vm] = Array.isArray(vms) ? vms : [];
  const release = typeof vm === "object" && vm !== null ? Reflect.get(vm, "release") : undefined;
  return typeof release === "string" ? release : undefined;
}

/** The path of a page that everybody may see. */
export function publicPath({ allrisnet: { citizens, politicians } }: Tenant): string {
  return citizens.enabled ? `${citizens.basePath}/` : `${politicians.basePath}/logon`;
}

/** What a page says of itself, "ALLRIS net Version 4.1.7 (4170039)". */
function metaOf(page: string, name: string): string | undefined {
  return new RegExp(`<meta name="${name}" content="([^"]*)"`).exec(page)?.[1];
}

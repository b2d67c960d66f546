import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { BundleArgs } from "../guest/bundle.ts";
import { FarmError } from "../lib/farm-error.ts";
import type { Release } from "../model/allrisnet/release.ts";
import type { BackupSlot } from "../model/backup-slot.ts";
import type { Tenant } from "../model/tenant.ts";
import type { SitePlatform } from "./site-platform.ts";

/** What a site's machine is rendered from. */
export interface SiteBundleArgs {
  readonly tenant: Tenant;
  /** The release that runs after this run: another one than the tenant's while that one is held. */
  readonly release: Release;
  /** All releases that are known. */
  readonly releases: readonly Release[];
  readonly platform: SitePlatform;
  /** When the VM is backed up. */
  readonly slot: BackupSlot;
}

/** Gathers what stands on a site's machine. @throws FarmError for a logo that changed since it was checked */
export function siteBundle({ tenant, release, releases, platform, slot }: SiteBundleArgs): BundleArgs {
  const { id, name, kind, ags, bodies, domain, aliases, locale, languages, links, contact, address } = tenant;
  const { issuer } = tenant.certificate;
  return {
    values: {
      ...{ id, name, kind, bodies, domain, aliases, locale, languages, links, contact, address },
      ...(ags === undefined ? {} : { ags }),
      bastions: platform.findPool(tenant.pool).bastions,
      backup: { at: slot.at, ready: slot.ready },
      ...(platform.monitoring === undefined ? {} : { monitoring: platform.monitoring.address }),
      issuer,
      ...(issuer === "acme" ? { acme: platform.acme } : {}),
    },
    allrisnet: { ...tenant.allrisnet, release: release.version },
    release,
    releases,
    logo: readLogo(tenant),
    acmeCa: platform.acmeCa,
    originPullCa: platform.originPullCaFor(tenant),
    packages: platform.monitoring?.packages,
    edgeRanges: platform.edgeRanges,
    askers: platform.askersOf(tenant),
  };
}

function readLogo({ file: where, allrisnet }: Tenant): Uint8Array | undefined {
  const { logo } = allrisnet.branding;
  if (logo === undefined) return undefined;
  const bytes = readFileSync(join(process.cwd(), "assets", logo.file));
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (sha256 === logo.sha256) return bytes;
  throw new FarmError({
    what: `assets/${logo.file} is not the logo that was checked`,
    where: `${where}, allrisnet.branding.logo.sha256`,
    why: `its SHA-256 is ${sha256}, expected ${logo.sha256}`,
    next: "put the delivered file back, or write its sum into the tenant file",
  });
}

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import { type Authority, exportPem, openAuthority } from "../ca/authority.ts";

/** The authorities that Cloudflare is, or stands for. */
export interface CloudflareAuthorities {
  /** Signs the certificates of origins; only the edge trusts it. */
  readonly originCa: Authority;
  /** Stands for the public authorities that sign for the edge; visitors trust it. */
  readonly edge: Authority;
  /** Signs the edge's client certificate; origins trust it. */
  readonly originPull: Authority;
}

/** The file of the authority for client certificates among the roots: no server is to be trusted for it. */
export const originPullRoot = "origin-pull-ca.pem";

/**
 * Reads the authorities, makes what is missing, and puts their roots where visitors and origins find them:
 * edge.pem, origin-ca.pem, origin-pull-ca.pem.
 * @param folder where their keys are kept
 */
export async function openCloudflareAuthorities(
  folder: string,
  roots: string,
): Promise<CloudflareAuthorities> {
  const open = (file: string, commonName: string): Promise<Authority> =>
    openAuthority(join(folder, file), { commonName, organization: "Lab Cloudflare", days: 30 * 365 });
  const authorities = {
    originCa: await open("origin-ca.pem", "Lab Origin CA"),
    edge: await open("edge.pem", "Lab Edge Root"),
    originPull: await open("origin-pull.pem", "Lab Origin Pull CA"),
  };
  mkdirSync(roots, { recursive: true });
  writeFileAtomic(join(roots, "edge.pem"), exportPem(authorities.edge.certificate));
  writeFileAtomic(join(roots, "origin-ca.pem"), exportPem(authorities.originCa.certificate));
  writeFileAtomic(join(roots, originPullRoot), exportPem(authorities.originPull.certificate));
  return authorities;
}

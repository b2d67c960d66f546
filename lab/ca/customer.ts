import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import { exportPem, issueLeaf, openAuthority } from "./authority.ts";

/** Where the commercial certification authority of the lab lives and whom it serves. */
export interface CustomerCertificateOptions {
  /** Folder that gets chain.pem and key.pem. */
  readonly folder: string;
  /** DNS names, the main one first. */
  readonly names: readonly string[];
  /** Lifetime from now on in days. */
  readonly days: number;
  /** Folder with the authority's own keys; made at the first use. */
  readonly authorities: string;
  /** Folder with the roots that the lab's visitors trust; gets customer-ca.pem. */
  readonly roots: string;
}

/**
 * Issues a certificate as a customer would deliver it, by a commercial authority: root, intermediate, leaf.
 * Writes chain.pem (leaf, then intermediate; the root is not part of it) and key.pem (mode 600).
 */
export async function issueCustomerCertificate(options: CustomerCertificateOptions): Promise<void> {
  const organization = "Lab Commercial Trust";
  const root = await openAuthority(join(options.authorities, "customer-root.pem"), {
    commonName: "Lab Commercial Root",
    organization,
    days: 20 * 365,
  });
  const intermediate = await openAuthority(join(options.authorities, "customer-intermediate.pem"), {
    commonName: "Lab Commercial Server CA 1",
    organization,
    days: 10 * 365,
    issuer: root,
  });
  const leaf = await issueLeaf(intermediate, { names: options.names, days: options.days });
  for (const folder of [options.folder, options.roots]) mkdirSync(folder, { recursive: true });
  writeFileAtomic(join(options.roots, "customer-ca.pem"), exportPem(root.certificate));
  writeFileAtomic(join(options.folder, "key.pem"), leaf.keyPem, 0o600);
  writeFileAtomic(join(options.folder, "chain.pem"), `${leaf.pem}${exportPem(intermediate.certificate)}`);
}

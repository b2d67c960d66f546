import { createPrivateKey, X509Certificate } from "node:crypto";

/** A certificate as an administration delivers it. */
export interface Delivery {
  /** PEM: the leaf, then the intermediates up to below the root. */
  readonly chain: string;
  /** PEM of the leaf's private key, without a passphrase. */
  readonly key: string;
  /** What it has to name. */
  readonly names: readonly string[];
  /** The instant of the run. */
  readonly now: Date;
}

/** A public certificate shorter than this is refused at delivery: nobody could replace it in time. */
const leastDays = 7;

/** Why a delivered certificate cannot be used; empty when it can. Never repeats anything of the key. */
export function checkDelivery(delivery: Delivery): string[] {
  const certificates = parseChain(delivery.chain);
  if (typeof certificates === "string") return [certificates];
  const [leaf, ...above] = certificates;
  if (leaf === undefined) return ["chain.pem holds no certificate"];
  const reasons: string[] = [];
  const missing = delivery.names.filter((name) => leaf.checkHost(name, { subject: "never" }) === undefined);
  if (missing.length > 0) reasons.push(`the first certificate does not name ${missing.join(", ")}`);
  if (leaf.ca) reasons.push("the first certificate of chain.pem is a CA, not the site's own");
  let child = leaf;
  for (const parent of above) {
    if (!child.checkIssued(parent) || !child.verify(parent.publicKey)) {
      reasons.push(
        `chain.pem is not in order: ${line(child.subject)} is not signed by ${line(parent.subject)}`,
      );
      break;
    }
    child = parent;
  }
  if (above.length === 0)
    reasons.push("chain.pem lacks the intermediate certificate; visitors' programs would refuse the site");
  for (const certificate of certificates) {
    const from = new Date(certificate.validFrom);
    const until = new Date(certificate.validTo);
    if (from > delivery.now)
      reasons.push(`${line(certificate.subject)} is only valid from ${from.toISOString()}`);
    if (until.getTime() - delivery.now.getTime() < leastDays * 86_400_000) {
      reasons.push(
        `${line(certificate.subject)} ends on ${until.toISOString()}, in less than ${leastDays} days`,
      );
    }
  }
  const key = checkKey(delivery.key, leaf);
  if (key !== undefined) reasons.push(key);
  return reasons;
}

function parseChain(pem: string): X509Certificate[] | string {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return "chain.pem holds something that is not a certificate in PEM form";
  }
}

/** BSI TR-02102-1: RSA from 3072 bits, or ECDSA on P-256 or P-384. */
function checkKey(pem: string, leaf: X509Certificate): string | undefined {
  let key: ReturnType<typeof createPrivateKey>;
  try {
    key = createPrivateKey(pem);
  } catch {
    return "key.pem is not a private key in PEM form without a passphrase";
  }
  if (!leaf.checkPrivateKey(key)) return "key.pem does not belong to the first certificate of chain.pem";
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === "rsa" && (modulusLength ?? 0) < 3072)
    return `the RSA key has ${modulusLength} bits, at least 3072 are needed`;
  if (key.asymmetricKeyType === "ec" && !["prime256v1", "secp384r1"].includes(namedCurve ?? "")) {
    return `the key is on the curve ${namedCurve}, needed is P-256 or P-384`;
  }
  return undefined;
}

/** A subject on one line. */
function line(subject: string): string {
  return subject.replaceAll("\n", ", ");
}

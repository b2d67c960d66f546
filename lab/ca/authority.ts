import "./reflect.ts";
import { randomBytes, webcrypto } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { isIP } from "node:net";
import { dirname } from "node:path";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonName,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  Pkcs10CertificateRequest,
  type PublicKey,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { writeFileAtomic } from "../../lib/atomic-file.ts";

const signing = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const millisecondsPerDay = 86_400_000;

/** Who may issue: a key with its certificate. Keys are EC P-256, signatures ECDSA with SHA-256. */
export interface Authority {
  readonly key: webcrypto.CryptoKey;
  readonly certificate: X509Certificate;
}

/** How a new authority is called and how long it lives. */
export interface AuthorityOptions {
  readonly commonName: string;
  readonly organization: string;
  readonly days: number;
  /** Signs the new one, which then may sign leaves only. @default - itself: a root */
  readonly issuer?: Authority;
}

/** What a leaf certificate is made of. */
export interface LeafOptions {
  /** DNS names (wildcards allowed) and IP addresses for the subject alternative name, in this order. May be empty for clients. */
  readonly names: readonly string[];
  /** Lifetime from now on in days; parts of a day are allowed. */
  readonly days: number;
  /** Extended key usage. @default - ["server"] */
  readonly usages?: readonly ("server" | "client")[];
  /** @default - the first name as common name */
  readonly subject?: JsonName;
}

/** An issued certificate. */
export interface Leaf {
  readonly pem: string;
  /** Lower-case hex digits. */
  readonly serialNumber: string;
  readonly notAfter: Date;
}

/** A certificate request that cannot be signed. */
export class BadRequestError extends Error {
  override readonly name = "BadRequestError";
}

/**
 * Reads an authority from its file, or makes it. One file of mode 600 holds key and certificate, so that a
 * crash never leaves the one without the other.
 */
export async function openAuthority(path: string, options: AuthorityOptions): Promise<Authority> {
  if (existsSync(path)) {
    const [keyBytes, certificateBytes] = PemConverter.decode(readFileSync(path, "utf8"));
    if (keyBytes === undefined || certificateBytes === undefined) {
      throw new Error(`${path} does not hold a key and a certificate`);
    }
    const key = await webcrypto.subtle.importKey("pkcs8", keyBytes, signing, true, ["sign"]);
    return { key, certificate: new X509Certificate(certificateBytes) };
  }
  const { authority, keyPem } = await makeAuthority(options);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileAtomic(path, `${keyPem}${exportPem(authority.certificate)}`, 0o600);
  return authority;
}

async function makeAuthority(options: AuthorityOptions): Promise<{ authority: Authority; keyPem: string }> {
  const { key, publicKey, keyPem } = await makeKey();
  const subject: JsonName = [{ O: [options.organization] }, { CN: [options.commonName] }];
  const certificate = await X509CertificateGenerator.create({
    serialNumber: randomSerial(),
    subject,
    issuer: options.issuer?.certificate.subjectName.toJSON() ?? subject,
    ...validity(options.days),
    publicKey,
    signingKey: options.issuer?.key ?? key,
    signingAlgorithm: signing,
    extensions: [
      new BasicConstraintsExtension(true, options.issuer ? 0 : undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(publicKey),
      await AuthorityKeyIdentifierExtension.create(options.issuer?.certificate.publicKey ?? publicKey),
    ],
  });
  return { authority: { key, certificate }, keyPem };
}

/** Makes a key pair and a certificate for it. */
export async function issueLeaf(
  authority: Authority,
  options: LeafOptions,
): Promise<Leaf & { keyPem: string }> {
  const { publicKey, keyPem } = await makeKey();
  return { ...(await signKey(authority, publicKey, options)), keyPem };
}

/** The part of a certificate request that matters to an issuer. */
export interface ParsedRequest {
  readonly publicKey: PublicKey;
  readonly keyType: "rsa" | "ecc" | "other";
}

/** Reads a PKCS #10 request in PEM and checks that its sender holds the key. @throws BadRequestError */
export async function parseRequest(pem: string): Promise<ParsedRequest> {
  let request: Pkcs10CertificateRequest;
  let holdsKey: boolean;
  try {
    request = new Pkcs10CertificateRequest(pem);
    holdsKey = await request.verify();
  } catch (error) {
    throw new BadRequestError("the certificate request cannot be read", { cause: error });
  }
  if (!holdsKey) throw new BadRequestError("the certificate request is not signed by its own key");
  const algorithm = request.publicKey.algorithm.name;
  return {
    publicKey: request.publicKey,
    keyType: algorithm.startsWith("RSA") ? "rsa" : algorithm.startsWith("EC") ? "ecc" : "other",
  };
}

/** A certificate as PEM with a final newline. */
export function exportPem(certificate: X509Certificate): string {
  return `${certificate.toString("pem").trim()}\n`;
}

/** Signs a public key; names and lifetime come from the options, whatever a request wished for. */
export async function signKey(
  authority: Authority,
  publicKey: PublicKey | webcrypto.CryptoKey,
  options: LeafOptions,
): Promise<Leaf> {
  const first = options.names[0];
  // A common name holds 64 characters at most; the names that count are in the extension.
  const subject = options.subject ?? (first !== undefined && first.length <= 64 ? [{ CN: [first] }] : []);
  const isRsa = publicKey.algorithm.name.startsWith("RSA");
  const extensions: Extension[] = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(
      KeyUsageFlags.digitalSignature | (isRsa ? KeyUsageFlags.keyEncipherment : 0),
      true,
    ),
    new ExtendedKeyUsageExtension(
      (options.usages ?? ["server"]).map((usage) =>
        usage === "server" ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth,
      ),
    ),
    await SubjectKeyIdentifierExtension.create(publicKey),
    await AuthorityKeyIdentifierExtension.create(authority.certificate.publicKey),
  ];
  if (options.names.length > 0) {
    const names = options.names.map((value) => ({
      type: isIP(value) ? ("ip" as const) : ("dns" as const),
      value,
    }));
    // RFC 5280, 4.2.1.6: critical when the subject is empty.
    extensions.push(new SubjectAlternativeNameExtension(names, subject.length === 0));
  }
  const serialNumber = randomSerial();
  const span = validity(options.days);
  const certificate = await X509CertificateGenerator.create({
    serialNumber,
    subject,
    issuer: authority.certificate.subjectName.toJSON(),
    ...span,
    publicKey,
    signingKey: authority.key,
    signingAlgorithm: signing,
    extensions,
  });
  return { pem: exportPem(certificate), serialNumber, notAfter: span.notAfter };
}

async function makeKey(): Promise<{
  key: webcrypto.CryptoKey;
  publicKey: webcrypto.CryptoKey;
  keyPem: string;
}> {
  const pair = await webcrypto.subtle.generateKey(signing, true, ["sign", "verify"]);
  const bytes = await webcrypto.subtle.exportKey("pkcs8", pair.privateKey);
  const keyPem = `${PemConverter.encode(bytes, "PRIVATE KEY").trim()}\n`;
  return { key: pair.privateKey, publicKey: pair.publicKey, keyPem };
}

/** Positive, 16 bytes, without a leading zero byte (RFC 5280, 4.1.2.2). */
function randomSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString("hex");
}

/** Whole seconds, since certificates know no others; a minute back, for clocks that are slow. */
function validity(days: number): { notBefore: Date; notAfter: Date } {
  const now = Math.floor(Date.now() / 1000) * 1000;
  return { notBefore: new Date(now - 60_000), notAfter: new Date(now + days * millisecondsPerDay) };
}

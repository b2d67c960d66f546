import { createHash, type JsonWebKey, type KeyObject, randomBytes } from "node:crypto";

/** The same public key in the forms that ssh uses. */
export interface OpensshKey {
  /** `ssh-ed25519 AAAA…` with a newline at the end. */
  readonly publicLine: string;
  readonly fingerprintMd5: string;
  readonly fingerprintSha256: string;
  /** `-----BEGIN OPENSSH PRIVATE KEY-----`, not encrypted. */
  readonly privatePem: string;
}

const curves: Readonly<Record<string, string>> = {
  "P-256": "nistp256",
  "P-384": "nistp384",
  "P-521": "nistp521",
};

function block(content: Buffer | string): Buffer {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** A positive number as ssh writes it: without leading zeros, with one where the sign bit would be set. */
function mpint(number: Buffer): Buffer {
  let start = 0;
  while (start < number.length && number[start] === 0) start++;
  const bytes = number.subarray(start);
  return block((bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

function member(jwk: JsonWebKey, name: "n" | "e" | "d" | "p" | "q" | "qi" | "x" | "y"): Buffer {
  const value = jwk[name];
  if (typeof value !== "string") throw new Error(`the key has no part ${name}`);
  return Buffer.from(value, "base64url");
}

interface Parts {
  readonly type: string;
  readonly publicParts: readonly Buffer[];
  readonly privateParts: readonly Buffer[];
}

function rsaParts(jwk: JsonWebKey): Parts {
  const [n, e] = [mpint(member(jwk, "n")), mpint(member(jwk, "e"))];
  const secret = (["d", "qi", "p", "q"] as const).map((name) => mpint(member(jwk, name)));
  return { type: "ssh-rsa", publicParts: [e, n], privateParts: [n, e, ...secret] };
}

function ecdsaParts(jwk: JsonWebKey, curve: string): Parts {
  const point = block(Buffer.concat([Buffer.from([4]), member(jwk, "x"), member(jwk, "y")]));
  const publicParts = [block(curve), point];
  return {
    type: `ecdsa-sha2-${curve}`,
    publicParts,
    privateParts: [...publicParts, mpint(member(jwk, "d"))],
  };
}

function ed25519Parts(jwk: JsonWebKey): Parts {
  const publicPart = member(jwk, "x");
  const both = Buffer.concat([member(jwk, "d"), publicPart]);
  return {
    type: "ssh-ed25519",
    publicParts: [block(publicPart)],
    privateParts: [block(publicPart), block(both)],
  };
}

function partsOf(key: KeyObject): Parts | undefined {
  // ssh has no P-224, and neither has a JWK.
  if (key.asymmetricKeyDetails?.namedCurve === "secp224r1") return undefined;
  const jwk = key.export({ format: "jwk" });
  if (jwk.kty === "RSA") return rsaParts(jwk);
  if (jwk.kty === "OKP") return ed25519Parts(jwk);
  const curve = curves[jwk.crv ?? ""];
  return curve === undefined ? undefined : ecdsaParts(jwk, curve);
}

/** The container of PROTOCOL.key in OpenSSH's sources, without a passphrase. */
function privateContainer(parts: Parts, publicBlob: Buffer): string {
  const check = randomBytes(4);
  const secret = [check, check, block(parts.type), ...parts.privateParts, block("")];
  const length = secret.reduce((sum, item) => sum + item.length, 0);
  const padding = Buffer.from(Array.from({ length: (8 - (length % 8)) % 8 }, (_, index) => index + 1));
  const count = Buffer.from([0, 0, 0, 1]);
  const header = [Buffer.from("openssh-key-v1\0"), block("none"), block("none"), block(""), count];
  const body = Buffer.concat([...header, block(publicBlob), block(Buffer.concat([...secret, padding]))]);
  const lines = body.toString("base64").match(/.{1,70}/g) ?? [];
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join("\n")}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

/** The ssh forms of a private key; undefined for a curve that ssh does not have. */
export function opensshKey(key: KeyObject): OpensshKey | undefined {
  const parts = partsOf(key);
  if (parts === undefined) return undefined;
  const blob = Buffer.concat([block(parts.type), ...parts.publicParts]);
  const md5 = createHash("md5").update(blob).digest("hex");
  const sha256 = createHash("sha256").update(blob).digest("base64").replace(/=+$/, "");
  return {
    publicLine: `${parts.type} ${blob.toString("base64")}\n`,
    fingerprintMd5: (md5.match(/../g) ?? []).join(":"),
    fingerprintSha256: `SHA256:${sha256}`,
    privatePem: privateContainer(parts, blob),
  };
}

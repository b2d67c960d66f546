import { createHash, createPublicKey, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { PrivateKeyArgs } from "@pulumi/tls/privateKey.js";
import { comparePlain } from "../../../providers/kit/compare.ts";
import { checkFields, type Field } from "../../../providers/kit/fields.ts";
import { type Properties, type ResourceType, Unknown } from "../../../providers/kit/types.ts";
import { opensshKey } from "./openssh.ts";

const generate = promisify(generateKeyPair);

const curves = { P224: "secp224r1", P256: "prime256v1", P384: "secp384r1", P521: "secp521r1" } as const;

const fields = {
  algorithm: { type: "text", required: true, allowed: ["RSA", "ECDSA", "ED25519"] },
  rsaBits: { type: "number" },
  ecdsaCurve: { type: "text", allowed: Object.keys(curves) },
} satisfies Record<keyof PrivateKeyArgs, Field>;

/** The official provider fills both in whatever the algorithm is. */
const defaults = { rsaBits: 2048, ecdsaCurve: "P224" };

const computed = [
  "privateKeyPem",
  "privateKeyPemPkcs8",
  "privateKeyOpenssh",
  "publicKeyPem",
  "publicKeyOpenssh",
  "publicKeyFingerprintMd5",
  "publicKeyFingerprintSha256",
];

async function makeKey(inputs: Properties): Promise<KeyObject> {
  if (inputs.algorithm === "RSA") {
    return (await generate("rsa", { modulusLength: Number(inputs.rsaBits) })).privateKey;
  }
  if (inputs.algorithm === "ED25519") return (await generate("ed25519", {})).privateKey;
  const namedCurve = curves[inputs.ecdsaCurve as keyof typeof curves];
  return (await generate("ec", { namedCurve })).privateKey;
}

/** PEM in the form of RFC 1421 for the algorithms that have one of their own, else PKCS #8. */
function traditionalPem(key: KeyObject): string {
  if (key.asymmetricKeyType === "rsa") return key.export({ type: "pkcs1", format: "pem" }).toString();
  if (key.asymmetricKeyType === "ec") return key.export({ type: "sec1", format: "pem" }).toString();
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

function outputsOf(key: KeyObject): Properties {
  const openssh = opensshKey(key);
  return {
    privateKeyPem: traditionalPem(key),
    privateKeyPemPkcs8: key.export({ type: "pkcs8", format: "pem" }).toString(),
    privateKeyOpenssh: openssh?.privatePem ?? "",
    publicKeyPem: createPublicKey(key).export({ type: "spki", format: "pem" }).toString(),
    publicKeyOpenssh: openssh?.publicLine ?? "",
    publicKeyFingerprintMd5: openssh?.fingerprintMd5 ?? "",
    publicKeyFingerprintSha256: openssh?.fingerprintSha256 ?? "",
  };
}

/** `tls.PrivateKey`: lives in the state alone; every change makes a new key. */
export const privateKey: ResourceType<undefined> = {
  secretProperties: ["privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh"],
  check: (_context, news) => checkFields(news, fields),
  diff: (_context, _id, olds, news) => ({
    differences: comparePlain(olds, { ...defaults, ...news }, { inputs: Object.keys(fields) }),
  }),
  async create({ preview }, given) {
    const inputs = { ...defaults, ...given };
    if (preview) {
      return {
        id: "",
        outputs: { ...inputs, ...Object.fromEntries(computed.map((name) => [name, Unknown.value])) },
      };
    }
    const key = await makeKey(inputs);
    const der = createPublicKey(key).export({ type: "spki", format: "der" });
    const id = createHash("sha1").update(der).digest("hex");
    return { id, outputs: { ...inputs, ...outputsOf(key) } };
  },
  read: async (_context, _id, olds, oldInputs) => ({ outputs: olds, inputs: oldInputs }),
  delete: async () => {},
};

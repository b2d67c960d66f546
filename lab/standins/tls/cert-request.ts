import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { isIP } from "node:net";
import type { CertRequestArgs } from "@pulumi/tls/certRequest.js";
import type { CertRequestSubject } from "@pulumi/tls/types/input.js";
import { FarmError, messageOf } from "../../../lib/farm-error.ts";
import { comparePlain } from "../../../providers/kit/compare.ts";
import { checkFields, type Field } from "../../../providers/kit/fields.ts";
import {
  type CheckFailure,
  type Properties,
  type ResourceType,
  Unknown,
} from "../../../providers/kit/types.ts";
import { addressBytes } from "./address.ts";
import * as der from "./der.ts";

const text: Field = { type: "text" };

const subjectFields = {
  commonName: text,
  country: text,
  emailAddress: text,
  locality: text,
  organization: text,
  organizationalUnit: text,
  postalCode: text,
  province: text,
  serialNumber: text,
  streetAddresses: { type: "texts" },
} satisfies Record<keyof CertRequestSubject, Field>;

const fields = {
  privateKeyPem: text,
  privateKeyPemWo: text,
  privateKeyPemWoVersion: { type: "number" },
  subject: { type: "object", fields: subjectFields },
  dnsNames: { type: "texts" },
  ipAddresses: { type: "texts" },
  uris: { type: "texts" },
} satisfies Record<keyof CertRequestArgs, Field>;

/** Parts of a name in the order in which Go's crypto/x509, and so the official provider, writes them. */
const nameParts: readonly (readonly [keyof CertRequestSubject, string])[] = [
  ["country", "2.5.4.6"],
  ["organization", "2.5.4.10"],
  ["organizationalUnit", "2.5.4.11"],
  ["locality", "2.5.4.7"],
  ["province", "2.5.4.8"],
  ["streetAddresses", "2.5.4.9"],
  ["postalCode", "2.5.4.17"],
  ["commonName", "2.5.4.3"],
  ["serialNumber", "2.5.4.5"],
];
const emailAddress = "1.2.840.113549.1.9.1";
const extensionRequest = "1.2.840.113549.1.9.14";
const subjectAltName = "2.5.29.17";

function texts(value: Properties[string] | undefined): string[] {
  if (value === undefined || value === null || value === "") return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}

function distinguishedName(subject: Properties): Buffer {
  const parts = nameParts.flatMap(([name, identifier]) => {
    const values = texts(subject[name]);
    const pairs = values.map((value) => der.sequence(der.objectIdentifier(identifier), der.text(value)));
    return pairs.length === 0 ? [] : [der.setOf(...pairs)];
  });
  const [email] = texts(subject.emailAddress);
  const last =
    email === undefined
      ? []
      : [der.setOf(der.sequence(der.objectIdentifier(emailAddress), der.ia5String(email)))];
  return der.sequence(...parts, ...last);
}

/** The attribute that asks for the alternative names, if there are any. */
function attributes(inputs: Properties): Buffer {
  const names = [
    ...texts(inputs.dnsNames).map((name) => der.primitive(2, Buffer.from(name, "latin1"))),
    ...texts(inputs.ipAddresses).map((address) => der.primitive(7, addressBytes(address))),
    ...texts(inputs.uris).map((uri) => der.primitive(6, Buffer.from(uri, "latin1"))),
  ];
  if (names.length === 0) return der.constructed(0);
  const extension = der.sequence(
    der.objectIdentifier(subjectAltName),
    der.octetString(der.sequence(...names)),
  );
  const request = der.sequence(der.objectIdentifier(extensionRequest), der.setOf(der.sequence(extension)));
  return der.constructed(0, request);
}

interface Signing {
  readonly name: "RSA" | "ECDSA" | "ED25519";
  readonly digest: string | null;
  readonly algorithm: Buffer;
}

function signingWith(key: KeyObject): Signing {
  const identifier = (text: string): Buffer => der.sequence(der.objectIdentifier(text));
  if (key.asymmetricKeyType === "rsa") {
    const algorithm = der.sequence(der.objectIdentifier("1.2.840.113549.1.1.11"), der.nullValue());
    return { name: "RSA", digest: "sha256", algorithm };
  }
  if (key.asymmetricKeyType === "ed25519")
    return { name: "ED25519", digest: null, algorithm: identifier("1.3.101.112") };
  const { namedCurve } = key.asymmetricKeyDetails ?? {};
  if (namedCurve === "secp521r1")
    return { name: "ECDSA", digest: "sha512", algorithm: identifier("1.2.840.10045.4.3.4") };
  if (namedCurve === "secp384r1")
    return { name: "ECDSA", digest: "sha384", algorithm: identifier("1.2.840.10045.4.3.3") };
  return { name: "ECDSA", digest: "sha256", algorithm: identifier("1.2.840.10045.4.3.2") };
}

function readKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new FarmError(
      { what: "privateKeyPem holds no private key in PEM", why: messageOf(error) },
      { cause: error },
    );
  }
}

function makeRequest(inputs: Properties): { readonly pem: string; readonly keyAlgorithm: string } {
  const key = readKey(String(inputs.privateKeyPem ?? inputs.privateKeyPemWo));
  const signing = signingWith(key);
  const publicKey = createPublicKey(key).export({ type: "spki", format: "der" });
  const name = distinguishedName((inputs.subject as Properties | undefined) ?? {});
  const body = der.sequence(der.smallInteger(0), name, publicKey, attributes(inputs));
  const signature = sign(signing.digest, body, key);
  const request = der.sequence(body, signing.algorithm, der.bitString(signature));
  const lines = request.toString("base64").match(/.{1,64}/g) ?? [];
  const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${lines.join("\n")}\n-----END CERTIFICATE REQUEST-----\n`;
  return { pem, keyAlgorithm: signing.name };
}

function failuresOf(news: Properties): CheckFailure[] {
  const given = (name: string): boolean => news[name] !== undefined && news[name] !== null;
  const failures: CheckFailure[] = [];
  if (given("privateKeyPem") === given("privateKeyPemWo")) {
    failures.push({
      property: "privateKeyPem",
      reason: "exactly one of privateKeyPem and privateKeyPemWo must be set",
    });
  }
  if (given("privateKeyPemWo") && !given("privateKeyPemWoVersion")) {
    failures.push({ property: "privateKeyPemWoVersion", reason: "is required beside privateKeyPemWo" });
  }
  for (const address of Array.isArray(news.ipAddresses) ? news.ipAddresses : []) {
    if (typeof address === "string" && isIP(address) === 0) {
      failures.push({ property: "ipAddresses", reason: `${address} is no IP address` });
    }
  }
  return failures;
}

/** `tls.CertRequest`: lives in the state alone; every change makes a new request. */
export const certRequest: ResourceType<undefined> = {
  secretProperties: ["privateKeyPem", "privateKeyPemWo"],
  check(_context, news) {
    const { inputs, failures } = checkFields(news, fields);
    return { inputs, failures: [...failures, ...failuresOf(news)] };
  },
  diff(_context, _id, olds, news) {
    // The write-only key is not in the state: its version alone says that it changed.
    const inputs = Object.keys(fields).filter((name) => name !== "privateKeyPemWo");
    return { differences: comparePlain(olds, news, { inputs }) };
  },
  async create({ preview }, inputs) {
    const { privateKeyPemWo: _unsaved, ...saved } = inputs;
    if (preview)
      return { id: "", outputs: { ...saved, certRequestPem: Unknown.value, keyAlgorithm: Unknown.value } };
    const { pem, keyAlgorithm } = makeRequest(inputs);
    const id = createHash("sha1").update(pem).digest("hex");
    return { id, outputs: { ...saved, certRequestPem: pem, keyAlgorithm } };
  },
  read: async (_context, _id, olds, oldInputs) => ({ outputs: olds, inputs: oldInputs }),
  delete: async () => {},
};

import "../../../lab/ca/reflect.ts";
import { webcrypto } from "node:crypto";
import { Pkcs10CertificateRequestGenerator } from "@peculiar/x509";

/** A certificate request with a fresh key, as PEM. */
export async function makeRequest(name: string): Promise<string> {
  const signingAlgorithm = { name: "ECDSA", hash: "SHA-256" };
  const keys = await webcrypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
    "verify",
  ]);
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: `CN=${name}`,
    keys,
    signingAlgorithm,
  });
  return request.toString("pem");
}

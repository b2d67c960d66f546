import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { issueCustomerCertificate } from "../../../lab/ca/customer.ts";
import { run } from "../../../lib/run.ts";
import { Simulator } from "./simulator.ts";

const simulator = new Simulator();
const folder = mkdtempSync(join(tmpdir(), "certificates-"));
let zone_id: string;

beforeAll(async () => {
  await simulator.start();
  zone_id = await simulator.zone("stadt.example");
});
afterAll(async () => {
  await simulator.remove();
  rmSync(folder, { recursive: true });
});

/** Makes a key and a request for it with openssl; returns the request. */
async function makeRequest(name: string, key: readonly string[]): Promise<string> {
  const file = join(folder, `${name}.key`);
  await run("openssl", ["genpkey", ...key, "-out", file]);
  return run("openssl", ["req", "-new", "-key", file, "-subj", `/CN=${name}`]);
}

const ecKey = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
const rsaKey = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];

async function verify(certificate: string, root: string, name: string, ...more: string[]): Promise<string> {
  const file = join(folder, "leaf.pem");
  writeFileSync(file, certificate);
  const strict = ["-x509_strict", "-purpose", "sslserver", "-verify_hostname", name];
  return run("openssl", ["verify", ...strict, "-CAfile", join(simulator.roots, root), ...more, file]);
}

test.each([
  ["origin-ecc", ecKey],
  ["origin-rsa", rsaKey],
] as const)("the Origin CA signs %s", async (request_type, key) => {
  const csr = await makeRequest(request_type, key);
  const hostnames = ["www.stadt.example", "stadt.example", "*.a.stadt.example"];
  const { originCACertificates } = simulator.client;
  const issued = await originCACertificates.create({ csr, hostnames, request_type, requested_validity: 90 });
  expect(issued).toMatchObject({ hostnames, request_type, requested_validity: 90, csr });
  expect(issued.id).toMatch(/^\d{20,}$/);
  const parsed = new X509Certificate(issued.certificate ?? "");
  expect(issued.expires_on).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC$/);
  expect(issued.expires_on).toBe(
    `${parsed.validToDate.toISOString().slice(0, 19).replace("T", " ")} +0000 UTC`,
  );
  expect((parsed.validToDate.getTime() - Date.now()) / 86_400_000).toBeCloseTo(90, 1);
  expect(parsed.subjectAltName).toBe(hostnames.map((name) => `DNS:${name}`).join(", "));
  for (const name of ["stadt.example", "x.a.stadt.example"]) {
    expect(await verify(issued.certificate ?? "", "origin-ca.pem", name)).toContain("OK");
  }
  const keyFile = join(folder, `${request_type}.key`);
  const publicKey = await run("openssl", ["pkey", "-in", keyFile, "-pubout"]);
  expect(parsed.publicKey.export({ type: "spki", format: "pem" })).toBe(publicKey);
  expect(await originCACertificates.get(issued.id ?? "")).toEqual(issued);
  const listed = await originCACertificates.list({ zone_id });
  expect(listed.result.map((each) => each.id)).toContain(issued.id);
});

test("a certificate is revoked once, and then gone", async () => {
  const csr = await makeRequest("revoked", ecKey);
  const { originCACertificates } = simulator.client;
  const issued = await originCACertificates.create({
    csr,
    hostnames: ["stadt.example"],
    request_type: "origin-ecc",
  });
  expect(issued.requested_validity).toBe(5475);
  const id = issued.id ?? "";
  expect(await originCACertificates.delete(id)).toMatchObject({ id, revoked_at: expect.any(String) });
  await expect(originCACertificates.get(id)).rejects.toMatchObject({ status: 404 });
  await expect(originCACertificates.delete(id)).rejects.toMatchObject({ status: 404 });
  expect((await originCACertificates.list({ zone_id })).result.map((each) => each.id)).not.toContain(id);
});

test("requests that the Origin CA refuses", async () => {
  const csr = await makeRequest("refused", ecKey);
  const good = { csr, hostnames: ["stadt.example"], request_type: "origin-ecc", requested_validity: 7 };
  const post = async (changes: object): Promise<[number, number | undefined]> => {
    const reply = await simulator.call("POST", "/client/v4/certificates", { ...good, ...changes });
    return [reply.status, reply.body.errors[0]?.code];
  };
  expect(await post({ hostnames: ["stadt.example", "fremd.example"] })).toEqual([400, 1010]);
  expect(await post({ hostnames: [] })).toEqual([400, 1105]);
  expect(await post({ requested_validity: 8 })).toEqual([400, 1101]);
  expect(await post({ request_type: "origin-rsa" })).toEqual([400, 1104]);
  expect(await post({ request_type: "other" })).toEqual([400, 1102]);
  expect(await post({ csr: "nonsense" })).toEqual([400, 1103]);
  // One changed bit in the signature: whoever sent it does not hold the key.
  const bytes = Buffer.from(csr.replaceAll(/-----.*-----|\s/g, ""), "base64");
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${bytes.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`;
  expect(await post({ csr: forged })).toEqual([400, 1103]);
  expect(await post({})).toEqual([200, undefined]);
});

test("the authority stays the same after a restart, and its key is nobody's business", async () => {
  const before = readFileSync(join(simulator.roots, "origin-ca.pem"), "utf8");
  await simulator.stop("SIGKILL");
  await simulator.start();
  expect(readFileSync(join(simulator.roots, "origin-ca.pem"), "utf8")).toBe(before);
  const keys = join(simulator.folder, "state", "authorities");
  expect(statSync(join(keys, "origin-ca.pem")).mode & 0o777).toBe(0o600);
  for (const root of ["edge.pem", "origin-ca.pem", "origin-pull-ca.pem"]) {
    expect(readFileSync(join(simulator.roots, root), "utf8")).not.toContain("PRIVATE");
  }
});

test("a customer's certificate comes with its intermediate, from a root that stays", async () => {
  const options = {
    folder: join(folder, "delivery"),
    names: ["ratsinfo.kreis.example", "kreis.example"],
    days: 30,
    authorities: join(folder, "authorities"),
    roots: simulator.roots,
  };
  await issueCustomerCertificate(options);
  const root = readFileSync(join(options.roots, "customer-ca.pem"), "utf8");
  await issueCustomerCertificate(options);
  expect(readFileSync(join(options.roots, "customer-ca.pem"), "utf8")).toBe(root);
  const chain = readFileSync(join(options.folder, "chain.pem"), "utf8");
  expect(chain.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  const untrusted = ["-untrusted", join(options.folder, "chain.pem")];
  expect(await verify(chain, "customer-ca.pem", "kreis.example", ...untrusted)).toContain("OK");
  await expect(verify(chain, "customer-ca.pem", "kreis.example")).rejects.toThrow(
    "unable to get local issuer",
  );
  await expect(verify(chain, "customer-ca.pem", "other.example", ...untrusted)).rejects.toThrow(
    "hostname mismatch",
  );
  expect(statSync(join(options.folder, "key.pem")).mode & 0o777).toBe(0o600);
  const publicKey = await run("openssl", ["pkey", "-in", join(options.folder, "key.pem"), "-pubout"]);
  expect(new X509Certificate(chain).publicKey.export({ type: "spki", format: "pem" })).toBe(publicKey);
});

import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { issueCustomerCertificate } from "../../../lab/ca/customer.ts";
import { checkDelivery, type Delivery } from "../../../model/delivered-certificate.ts";

const folder = mkdtempSync(join(tmpdir(), "farm-delivery-"));
const names = ["ratsinfo.auental.example", "www.auental.example"];
const day = 86_400_000;
let good: Delivery;

beforeAll(async () => {
  await issueCustomerCertificate({
    folder: join(folder, "one"),
    names,
    days: 90,
    authorities: join(folder, "authorities"),
    roots: join(folder, "roots"),
  });
  const read = (file: string): string => readFileSync(join(folder, "one", file), "utf8");
  good = { chain: read("chain.pem"), key: read("key.pem"), names, now: new Date() };
});
afterAll(() => rmSync(folder, { recursive: true }));

const blocks = (chain: string): string[] =>
  chain.match(/-----BEGIN[\s\S]+?-----END CERTIFICATE-----\n/g) ?? [];

describe("checkDelivery", () => {
  it("takes a chain of leaf and intermediate with its key", () => {
    expect(checkDelivery(good)).toEqual([]);
  });

  it("names what the certificate does not name", () => {
    expect(checkDelivery({ ...good, names: [...names, "other.example"] })).toEqual([
      "the first certificate does not name other.example",
    ]);
  });

  it("refuses a key of another certificate without showing it", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const reasons = checkDelivery({ ...good, key });
    expect(reasons).toEqual(["key.pem does not belong to the first certificate of chain.pem"]);
  });

  it("refuses text that is no key and text that is no certificate", () => {
    expect(checkDelivery({ ...good, key: "hello" })).toEqual([
      "key.pem is not a private key in PEM form without a passphrase",
    ]);
    expect(checkDelivery({ ...good, chain: "hello" })).toEqual(["chain.pem holds no certificate"]);
    const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    expect(checkDelivery({ ...good, chain: broken })).toEqual([
      "chain.pem holds something that is not a certificate in PEM form",
    ]);
  });

  it("misses the intermediate", () => {
    const [leaf = ""] = blocks(good.chain);
    expect(checkDelivery({ ...good, chain: leaf })[0]).toContain("lacks the intermediate certificate");
  });

  it("sees that the order is wrong", () => {
    const reasons = checkDelivery({ ...good, chain: blocks(good.chain).reverse().join("") });
    expect(reasons).toContain("the first certificate of chain.pem is a CA, not the site's own");
  });

  it("refuses one that has ended, ends in a few days, or has not begun", () => {
    const at = (days: number): string[] =>
      checkDelivery({ ...good, now: new Date(good.now.getTime() + days * day) });
    expect(at(100)[0]).toContain("in less than 7 days");
    expect(at(84)[0]).toContain("in less than 7 days");
    expect(at(80)).toEqual([]);
    expect(at(-2).some((reason) => reason.includes("is only valid from"))).toBe(true);
  });
});

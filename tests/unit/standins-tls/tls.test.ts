import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { certRequest } from "../../../lab/standins/tls/cert-request.ts";
import { privateKey } from "../../../lab/standins/tls/private-key.ts";
import { tls } from "../../../lab/standins/tls/provider.ts";
import { run, tryRun } from "../../../lib/run.ts";
import { startServer } from "../../../providers/kit/serve.ts";
import { type Properties, Unknown } from "../../../providers/kit/types.ts";
import { testContext } from "../kit/context.ts";
import { TestEngine, unknown, wireSecret } from "../kit/engine.ts";

const context = testContext(undefined);
const planning = testContext(undefined, { preview: true });
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tls-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, String(content), { mode: 0o600 });
  return path;
}

async function makeKey(inputs: Properties): Promise<Properties> {
  return (await privateKey.create(context, inputs)).outputs;
}

describe("PrivateKey", () => {
  const kinds: [Properties, RegExp, string | undefined][] = [
    [{ algorithm: "RSA", rsaBits: 3072 }, /Private-Key: \(3072 bit/, "ssh-rsa"],
    [{ algorithm: "ECDSA" }, /secp224r1/, undefined],
    [{ algorithm: "ECDSA", ecdsaCurve: "P256" }, /prime256v1/, "ecdsa-sha2-nistp256"],
    [{ algorithm: "ECDSA", ecdsaCurve: "P384" }, /secp384r1/, "ecdsa-sha2-nistp384"],
    [{ algorithm: "ECDSA", ecdsaCurve: "P521" }, /secp521r1/, "ecdsa-sha2-nistp521"],
    [{ algorithm: "ED25519" }, /ED25519 Private-Key/, "ssh-ed25519"],
  ];

  it.each(kinds)(
    "makes %j in forms that openssl and ssh-keygen read",
    async (inputs, description, sshType) => {
      const key = await makeKey(inputs);
      const traditional = file("key.pem", key.privateKeyPem);
      const pkcs8 = file("key8.pem", key.privateKeyPemPkcs8);
      expect(await run("openssl", ["pkey", "-in", traditional, "-noout", "-text"])).toMatch(description);
      expect(await run("openssl", ["pkey", "-in", traditional, "-pubout"])).toBe(key.publicKeyPem);
      expect(await run("openssl", ["pkey", "-in", pkcs8, "-pubout"])).toBe(key.publicKeyPem);
      if (sshType === undefined) {
        expect([key.publicKeyOpenssh, key.privateKeyOpenssh, key.publicKeyFingerprintMd5]).toEqual([
          "",
          "",
          "",
        ]);
        return;
      }
      const openssh = file("key.ssh", key.privateKeyOpenssh);
      const line = String(key.publicKeyOpenssh);
      expect(line.startsWith(`${sshType} `) && line.endsWith("\n")).toBe(true);
      expect((await run("ssh-keygen", ["-y", "-f", openssh])).trim()).toBe(line.trim());
      const shown = await run("ssh-keygen", ["-lf", openssh]);
      expect(shown).toContain(` ${key.publicKeyFingerprintSha256} `);
      expect(await run("ssh-keygen", ["-E", "md5", "-lf", openssh])).toContain(
        `MD5:${key.publicKeyFingerprintMd5} `,
      );
    },
  );

  it("writes the traditional form of each algorithm", async () => {
    const head = async (inputs: Properties) => String((await makeKey(inputs)).privateKeyPem).split("\n")[0];
    expect(await head({ algorithm: "RSA" })).toBe("-----BEGIN RSA PRIVATE KEY-----");
    expect(await head({ algorithm: "ECDSA", ecdsaCurve: "P256" })).toBe("-----BEGIN EC PRIVATE KEY-----");
    expect(await head({ algorithm: "ED25519" })).toBe("-----BEGIN PRIVATE KEY-----");
  });

  it("fills in the official defaults and names itself by its public key", async () => {
    const { id, outputs } = await privateKey.create(context, { algorithm: "ED25519" });
    expect(outputs).toMatchObject({ rsaBits: 2048, ecdsaCurve: "P224" });
    expect(id).toMatch(/^[0-9a-f]{40}$/);
  });

  it("replaces on every change, also back to a default, and on nothing else", async () => {
    const olds = { algorithm: "ECDSA", ecdsaCurve: "P384", rsaBits: 2048, privateKeyPem: "…" };
    const diff = (news: Properties) => privateKey.diff(context, "id", olds, news, {});
    expect(diff({ algorithm: "ECDSA", ecdsaCurve: "P384" })).toEqual({ differences: {} });
    expect(diff({ algorithm: "ECDSA" })).toEqual({ differences: { ecdsaCurve: "update" } });
    expect(privateKey.update).toBeUndefined();
  });

  it("refuses what it does not know", async () => {
    const { failures } = await privateKey.check(context, { algorithm: "DSA", bits: 1 }, {});
    expect(failures).toEqual([
      { property: "bits", reason: "is no property of this resource" },
      { property: "algorithm", reason: 'must be one of RSA, ECDSA, ED25519, not "DSA"' },
    ]);
  });

  it("does not know its key in a preview", async () => {
    const { id, outputs } = await privateKey.create(planning, { algorithm: "RSA" });
    expect([id, outputs.privateKeyPem, outputs.rsaBits]).toEqual(["", Unknown.value, 2048]);
  });
});

describe("CertRequest", () => {
  const subject = {
    commonName: "rat.hohenbrück.example",
    organization: "Stadt Hohenbrück",
    country: "DE",
    province: "Hessen",
    streetAddresses: ["Markt 1", "Hinterhaus"],
    emailAddress: "it@hohenbrueck.example",
  };
  const inputs = {
    subject,
    dnsNames: ["a.example", "*.b.example"],
    ipAddresses: ["198.18.10.11", "2001:db8::1", "::ffff:1.2.3.4"],
    uris: ["https://a.example/x"],
  };

  it.each([
    [{ algorithm: "RSA" }, "RSA", "sha256WithRSAEncryption"],
    [{ algorithm: "ECDSA" }, "ECDSA", "ecdsa-with-SHA256"],
    [{ algorithm: "ECDSA", ecdsaCurve: "P384" }, "ECDSA", "ecdsa-with-SHA384"],
    [{ algorithm: "ECDSA", ecdsaCurve: "P521" }, "ECDSA", "ecdsa-with-SHA512"],
    [{ algorithm: "ED25519" }, "ED25519", "ED25519"],
  ])("signs with a key of %j as openssl expects", async (kind, keyAlgorithm, signature) => {
    const key = await makeKey(kind);
    const { id, outputs } = await certRequest.create(context, {
      ...inputs,
      privateKeyPem: key.privateKeyPem ?? "",
    });
    expect(outputs.keyAlgorithm).toBe(keyAlgorithm);
    expect(id).toMatch(/^[0-9a-f]{40}$/);
    const path = file("request.pem", outputs.certRequestPem);
    const verified = await tryRun("openssl", [
      "req",
      "-in",
      path,
      "-noout",
      "-verify",
      "-text",
      "-nameopt",
      "utf8,sep_comma_plus",
    ]);
    expect(verified.stderr + verified.stdout).toMatch(/verify OK/);
    expect(verified.stdout).toContain(`Signature Algorithm: ${signature}`);
    expect(verified.stdout).toContain("CN=rat.hohenbrück.example");
    expect(verified.stdout).toMatch(/street=Hinterhaus\+street=Markt 1|street=Markt 1\+street=Hinterhaus/i);
    expect(verified.stdout).toContain(
      "DNS:a.example, DNS:*.b.example, IP Address:198.18.10.11, IP Address:2001:DB8:0:0:0:0:0:1, " +
        "IP Address:0:0:0:0:0:FFFF:102:304, URI:https://a.example/x",
    );
    expect(await run("openssl", ["req", "-in", path, "-noout", "-pubkey"])).toBe(key.publicKeyPem);
  });

  it("asks for no alternative names when there are none", async () => {
    const key = await makeKey({ algorithm: "ED25519" });
    const { outputs } = await certRequest.create(context, {
      privateKeyPemWo: key.privateKeyPem ?? "",
      privateKeyPemWoVersion: 1,
    });
    expect(outputs).not.toHaveProperty("privateKeyPemWo");
    const shown = await run("openssl", [
      "req",
      "-in",
      file("bare.pem", outputs.certRequestPem),
      "-noout",
      "-text",
      "-verify",
    ]);
    expect(shown).not.toContain("Alternative Name");
  });

  it("reports every wrong input", async () => {
    const news = { privateKeyPemWo: "x", ipAddresses: ["1.2.3"], subject: { name: "x" }, dnsNames: "a" };
    expect((await certRequest.check(context, news, {})).failures.map(({ property }) => property)).toEqual([
      "subject.name",
      "dnsNames",
      "privateKeyPemWoVersion",
      "ipAddresses",
    ]);
    expect((await certRequest.check(context, {}, {})).failures).toHaveLength(1);
  });

  it("says that a key is none", async () => {
    await expect(certRequest.create(context, { privateKeyPem: "hello" })).rejects.toThrow(
      "holds no private key",
    );
  });
});

describe("over the engine's protocol", () => {
  it("keeps the key secret and plans what depends on it", async () => {
    const server = await startServer(tls);
    const engine = new TestEngine(server.port);
    await engine.configure({});
    const type = "tls:index/certRequest:CertRequest";
    const planned = await engine.create(
      type,
      { privateKeyPem: wireSecret(unknown), dnsNames: ["a"] },
      { preview: true },
    );
    expect(planned.outputs).toMatchObject({ privateKeyPem: wireSecret(unknown), certRequestPem: unknown });
    const { id, outputs } = await engine.create("tls:index/privateKey:PrivateKey", { algorithm: "ED25519" });
    expect(outputs.privateKeyOpenssh).toEqual(wireSecret(expect.stringContaining("OPENSSH PRIVATE KEY")));
    const diff = await engine.diff("tls:index/privateKey:PrivateKey", id, outputs, { algorithm: "RSA" });
    expect(diff).toMatchObject({ replacesList: ["algorithm"], detailed: { algorithm: "update-replace" } });
    expect(
      await engine.read("tls:index/privateKey:PrivateKey", id, outputs, { algorithm: "ED25519" }),
    ).toMatchObject({ outputs });
    engine.close();
    await server.stop();
  });
});

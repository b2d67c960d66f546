import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type SecretValues, secretValues } from "../../../components/secret-source.ts";
import { sampleTenant } from "./samples.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "farm-secrets-"));
  pulumi.runtime.setAllConfig({ "project:auental-oidc": "aus der Konfiguration" });
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
  pulumi.runtime.setAllConfig({});
});

const ldap = { kind: "ldap", url: "ldaps://ldap.auental.de", bindDn: "cn=a", baseDn: "ou=b" };

function resolve(method: object): SecretValues {
  return secretValues(sampleTenant({ politicians: { auth: { method } } }));
}

/** The values; each has to be a secret. */
async function valuesOf(found: SecretValues): Promise<Record<string, string>> {
  if ("refusal" in found) throw found.refusal;
  const texts: Record<string, string> = {};
  for (const [name, output] of Object.entries(found.values)) {
    expect(await pulumi.isSecret(output), name).toBe(true);
    texts[name] = await new Promise((done) => pulumi.unsecret(output).apply(done));
  }
  return texts;
}

describe("secretValues", () => {
  it("needs none where everybody signs in locally", async () => {
    expect(await valuesOf(resolve({ kind: "local" }))).toEqual({});
  });

  it("takes a value from the environment, the configuration and a file, as a secret", async () => {
    vi.stubEnv("AUENTAL_LDAP", "aus der Umgebung");
    const bindPassword = { from: "environment", variable: "AUENTAL_LDAP" };
    expect(await valuesOf(resolve({ ...ldap, bindPassword }))).toEqual({
      "ldap-bind-password": "aus der Umgebung",
    });
    const clientSecret = { from: "config", key: "auental-oidc" };
    const oidc = { kind: "oidc", issuerUrl: "https://id.auental.de/", clientId: "x", clientSecret };
    expect(await valuesOf(resolve(oidc))).toEqual({ "oidc-client-secret": "aus der Konfiguration" });
    const path = join(folder, "key.pem");
    writeFileSync(path, "-----BEGIN\nENDE\n", { mode: 0o600 });
    const saml = { kind: "saml", metadataUrl: "https://id.auental.de/m", key: { from: "file", path } };
    expect(await valuesOf(resolve(saml))).toEqual({ "saml-key": "-----BEGIN\nENDE" });
  });

  it.each([
    [{ from: "environment", variable: "NOT_THERE" }, "the environment variable NOT_THERE is not set"],
    [{ from: "config", key: "nirgends" }, "pulumi config set --secret nirgends"],
    [{ from: "file", path: "/nirgends/key" }, "ENOENT"],
  ])("refuses what is not there (%j), by administration and key", (bindPassword, why) => {
    const found = resolve({ ...ldap, bindPassword });
    expect("refusal" in found && found.refusal.message).toContain(why);
    expect("refusal" in found && found.refusal.message).toContain(
      "allrisnet.politicians.auth.method.bindPassword",
    );
    expect("refusal" in found && found.refusal.message).toContain("Stadt Hohenbrück");
  });

  it("refuses a file that others can read, or that is empty, and never says what is in it", () => {
    const path = join(folder, "password");
    writeFileSync(path, "geheim");
    chmodSync(path, 0o644);
    const open = resolve({ ...ldap, bindPassword: { from: "file", path } });
    expect("refusal" in open && open.refusal.message).toContain(`chmod 600 ${path}`);
    expect("refusal" in open && open.refusal.message).not.toContain("geheim");
    writeFileSync(path, "\n");
    chmodSync(path, 0o600);
    const empty = resolve({ ...ldap, bindPassword: { from: "file", path } });
    expect("refusal" in empty && empty.refusal.message).toContain("is empty");
  });
});

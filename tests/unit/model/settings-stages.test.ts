import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkout } from "../../../lib/paths.ts";
import { loadSettings } from "../../../loading/settings.ts";
import { parseFarm } from "../../../model/farm.ts";
import { FarmProblems } from "../../../model/problems.ts";
import { environment, linesOf, now, problemsOf, settingsWith, tenant } from "./fixtures.ts";

const problemLines = (given: unknown) => linesOf(problemsOf([tenant()], given), "Pulumi.lab.yaml");

describe("production", () => {
  const production = (path: readonly string[], value: unknown) => {
    const given = settingsWith(path, value);
    Reflect.set(given, "stage", "production");
    return given;
  };

  test("takes settings and tenants of the real world", () => {
    expect(problemsOf([tenant()], production(["stage"], "production"))).toEqual([]);
  });

  test.each([
    ["protection", false, "protection: must be true in production"],
    ["state", undefined, "state: is missing; production keeps its state where others and pipelines reach it"],
    [
      "state.backend",
      "s3://states?endpoint=https://s3.farm.invalid",
      "state.backend: lies in .invalid, which nobody can own",
    ],
    ["endpoints.xo", "ws://xo.kuestenring.de", "endpoints.xo: must begin with wss:// in production"],
    [
      "endpoints.cloudflare",
      "http://api.cloudflare.com/client/v4",
      "endpoints.cloudflare: must begin with https:// in production",
    ],
    [
      "provider.name",
      "Muster GmbH",
      'provider.name: holds the placeholder "Muster", which production refuses',
    ],
    [
      "provider.email",
      "a@b.example",
      "provider.email: lies in the reserved domain .example, which production refuses",
    ],
    [
      "cloudflare.accountId",
      "0".repeat(32),
      "cloudflare.accountId: is a placeholder, which production refuses",
    ],
    [
      "backup.repositories.backup-rz2.encryptionKeyVariable",
      undefined,
      "backup.repositories.backup-rz2.encryptionKeyVariable: is missing; production encrypts backups (BSI CON.3)",
    ],
    [
      "backup.repositories.backup-rz2.url",
      "file:///backups",
      "backup.repositories.backup-rz2.url: lies on Xen Orchestra's own disk, which production refuses",
    ],
    [
      "backup.repositories.backup-rz2.url",
      "nfs://backup.example:/allris",
      "backup.repositories.backup-rz2.url: lies in the reserved domain .example, which production refuses",
    ],
    [
      "pools.nord.xapi.url",
      "http://xcp-1.kuestenring.de",
      "pools.nord.xapi.url: must begin with https:// in production",
    ],
    [
      "mail",
      { host: "mail.kuestenring.de", from: "betrieb@kuestenring.de", security: "none" },
      'mail.security: must be "starttls" or "tls" in production',
    ],
    [
      "mail",
      { host: "mail.kuestenring.example", from: "betrieb@kuestenring.de" },
      "mail.host: lies in the reserved domain .example, which production refuses",
    ],
    [
      "pools.nord.bastions",
      ["0.0.0.0/0"],
      "pools.nord.bastions[0]: opens ssh to the whole Internet, which production refuses",
    ],
  ])("settings: %s = %j", (path, value, line) => {
    expect(problemLines(production(path.split("."), value))).toContain(line);
  });

  test.each([
    [{ name: "Musterstadt" }, "name: holds the placeholder"],
    [{ name: "Stadt Muster-Hausen" }, "name: holds the placeholder"],
    [{ name: "Gemeinde Test" }, "name: holds the placeholder"],
    [
      { domain: "ratsinfo.hohenbrueck.test", dns: { mode: "theirs" } },
      "domain: lies in the reserved domain .test",
    ],
    [
      { domain: "ratsinfo.example.org", dns: { mode: "theirs" } },
      "domain: lies in the reserved domain example.org",
    ],
    [{ aliases: ["r.town.example"] }, "aliases[0]: lies in the reserved domain .example"],
    [{ contact: { email: "a@example.com" } }, "contact.email: lies in the reserved domain example.com"],
    [
      { contract: { customer: "Beispielstadt", number: "1", liveFrom: "2026-11-01" } },
      "contract.customer: holds the placeholder",
    ],
    [{ bodies: [{ id: "abc", name: "Example" }] }, "bodies[0].name: holds the placeholder"],
  ])("tenants: %j", (differs, line) => {
    const lines = linesOf(problemsOf([tenant(differs)], production(["stage"], "production")));
    expect(lines.some((found) => found.startsWith(line))).toBe(true);
    expect(linesOf(problemsOf([tenant(differs)])).some((found) => found.startsWith(line))).toBe(false);
  });

  test.each(["Stadt Testorf", "Münster", "Gemeinde Attest", "Mustin"])(
    "%s is a name like any other",
    (name) => {
      expect(problemsOf([tenant({ name })], production(["stage"], "production"))).toEqual([]);
    },
  );
});

describe("the stack files of this checkout", () => {
  test("the lab's settings fit the example tenants and what the environment gives", async () => {
    const { tenantFiles } = await import("./example-tenants.ts");
    const stack = await loadSettings("lab");
    const farm = parseFarm({ settings: stack.value, tenants: tenantFiles, environment, now });
    expect(farm.tenants.map(({ id, certificate, dns }) => [id, certificate.issuer, dns.mode])).toEqual([
      ["amt-seenplatte-nord", "cloudflare-origin", "ours"],
      ["hohenbrueck", "acme", "ours"],
      ["landkreis-auental", "customer", "theirs"],
    ]);
    expect(farm.settings).toMatchObject({ stage: "lab", protection: true });
  });

  test("the production pattern stops with a problem for each line to fill in, and with no other", async () => {
    const { file, value } = await loadSettings("prod");
    const failing = () =>
      parseFarm({
        settings: value,
        settingsFile: file,
        tenants: [{ file: "tenants/hohenbrueck.ts", value: tenant() }],
        environment,
        now,
      });
    const problems = (() => {
      try {
        failing();
        return [];
      } catch (error) {
        return error instanceof FarmProblems ? error.problems : [];
      }
    })();
    const fields = problems.filter((problem) => problem.file === file).map(({ field }) => field);
    expect(fields).toEqual([
      "access.jump.hostKey",
      "acme.email",
      "backup.reportRecipients[0]",
      "backup.repositories.location-2.url",
      "cloudflare.accountId",
      "endpoints.xo",
      "mail.from",
      "mail.host",
      "measurement.probers[0].hostKey",
      "measurement.probers[1].hostKey",
      "pools.nord.bastions[0]",
      "pools.nord.network.gateway",
      "pools.nord.network.nameservers[0]",
      "pools.nord.xapi.url",
      "provider.address",
      "provider.email",
      "provider.name",
      "state.backend",
      'zones["ratsinfo.example"]',
    ]);
  });

  test("hold no secret", () => {
    for (const stack of ["lab", "prod"]) {
      const whole = readFileSync(join(checkout, `Pulumi.${stack}.yaml`), "utf8");
      // Names of variables are no secrets.
      const text = whole.replace(/^ *passwordVariable: [A-Z_]+$/gm, "");
      expect(text).not.toMatch(/^[^#]*(token|password|secure:)/im);
    }
  });

  test("a stack without a file says which one it looked for", async () => {
    await expect(loadSettings("nirgends")).rejects.toThrow(/where: Pulumi\.nirgends\.yaml/);
  });
});

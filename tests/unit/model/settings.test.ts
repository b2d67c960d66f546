import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkout } from "../../../lib/paths.ts";
import { loadSettings } from "../../../loading/settings.ts";
import { parseFarm } from "../../../model/farm.ts";
import { FarmProblems } from "../../../model/problems.ts";
import { findPool } from "../../../model/settings.ts";
import { environment, linesOf, now, parse, problemsOf, publicKey, settings, tenant } from "./fixtures.ts";

/** Settings with one field, named by its path, set to another value; undefined takes it away. */
function settingsWith(path: readonly string[], value: unknown): object {
  const given = settings();
  const owner = path.slice(0, -1).reduce<object>((object, key) => Reflect.get(object, key), given);
  const last = path.at(-1) ?? "";
  if (value === undefined) Reflect.deleteProperty(owner, last);
  else Reflect.set(owner, last, value);
  return given;
}

const problemLines = (given: unknown) => linesOf(problemsOf([tenant()], given), "Pulumi.lab.yaml");

describe("fields", () => {
  test.each([
    ["stage", "prod", 'stage: must be one of "lab", "production"'],
    ["stage", undefined, 'stage: is missing; it must be one of "lab", "production"'],
    ["access.jump.port", 70_000, "access.jump.port: must be at most 65535"],
    [
      "access.jump",
      "host user",
      'access.jump: must be "host:port user hostkey" or an object with these four',
    ],
    ["access.jump.hostkey", "x", 'access.jump.hostkey: is not known here (did you mean "hostKey"?)'],
    ["access.jump", undefined, "access.jump: is missing"],
    [
      "acme.directory",
      "http://a.de/dir",
      'acme.directory: must begin with https:// (write "https://a.de/dir")',
    ],
    ["endpoints.xo", "http://xo.de", "endpoints.xo: must begin with wss:// or ws://"],
    ["cloudflare.accountId", "XYZ", "cloudflare.accountId: must be 32 hexadecimal digits in lower case"],
    ["zones", { "Town.de": {} }, 'zones["Town.de"]: must be in lower case (as a key) (write "town.de")'],
    ["zones", { "town.de": { ttl: 3 } }, 'zones["town.de"].ttl: is not known here'],
    ["pools", {}, "pools: must have at least one pool"],
    ["pools.nord.hosts", ["one"], "pools.nord.hosts: must have at least 2 entries"],
    ["pools.nord.hosts", ["one", "one"], "pools.nord.hosts[1]: stands here for the second time"],
    [
      "pools.nord.network.subnet",
      "10.20.0.7/24",
      'pools.nord.network.subnet: must be a network, but has bits of a host (write "10.20.0.0/24")',
    ],
    ["pools.nord.network.gateway", "10.21.0.1", "pools.nord.network.gateway: must lie in 10.20.0.0/24"],
    [
      "pools.nord.network.subnet6",
      "2001:db8::/64",
      "pools.nord.network.gateway6: is missing; IPv6 needs subnet6 and gateway6",
    ],
    [
      "pools.nord.defaultStorage",
      "iscis",
      'pools.nord.defaultStorage: names no repository of pools.nord.storage (did you mean "iscsi"?)',
    ],
    [
      "pools.nord.storage.iscsi.lun",
      undefined,
      'pools.nord.storage.iscsi.lun: is missing; protocol "iscsi" needs it',
    ],
    [
      "pools.nord.storage.iscsi.volume",
      "v",
      'pools.nord.storage.iscsi.volume: does not go with protocol "iscsi"',
    ],
    [
      "pools.nord.storage.iscsi.controllers",
      ["a", "a"],
      "pools.nord.storage.iscsi.controllers: must name two different controllers, for one takes over from the other",
    ],
    [
      "pools.nord.storage.iscsi.controllers",
      ["a"],
      "pools.nord.storage.iscsi.controllers: must have at least 2 entries",
    ],
    ["pools.nord.storage.iscsi.svm", undefined, "pools.nord.storage.iscsi.svm: is missing"],
    ["sizes.large.memory", "1 GiB", 'sizes.large.memory: must not be less than that of "medium"'],
    ["defaults.ttl", 5, "defaults.ttl: must be at least 60"],
    ["haPriority", "none", "haPriority: is not known here"],
  ])("%s = %j", (path, value, line) => {
    expect(problemLines(settingsWith(path.split("."), value))).toContain(line);
  });

  test("defaults", () => {
    const given = settingsWith(["protection"], undefined);
    for (const key of ["defaults", "zones"]) Reflect.deleteProperty(given, key);
    const own = tenant({ dns: { mode: "theirs" } });
    expect(parse([own], given).settings).toMatchObject({
      protection: true,
      defaults: { ttl: 300 },
      zones: {},
    });
  });

  test("settings that are no object at all", () => {
    for (const given of [null, 7, [], "x"]) expect(problemLines(given)[0]).toMatch(/^: must be an object/);
  });

  test("a pool is found by its own key only", () => {
    const parsed = parse([tenant()]).settings;
    expect(findPool(parsed, "nord").nameLabel).toBe("nord");
    expect(() => findPool(parsed, "constructor")).toThrow('no pool "constructor"');
  });
});

describe("the environment", () => {
  test("gives values for texts, trimmed", () => {
    const given = settingsWith(["access"], {
      authorizedKeys: [{ env: "FARM_SSH_PUBLIC_KEY" }],
      jump: { env: "FARM_JUMP" },
    });
    expect(parse([tenant()], given).settings.access).toEqual({
      user: "farm",
      authorizedKeys: [`${publicKey} operators`],
      jump: { host: "127.0.0.1", port: 2222, user: "jump", hostKey: publicKey },
    });
  });

  test("an unset variable is a problem of its field, named once", () => {
    expect(problemLines(settingsWith(["access", "jump"], { env: "FARM_JMUP" }))).toEqual([
      'access.jump: comes from the environment variable FARM_JMUP, which is not set (did you mean "FARM_JUMP"?)',
    ]);
    expect(problemLines(settingsWith(["deliveries"], { env: "toString" }))).toEqual([
      'deliveries: must name an environment variable in capitals, as in { env: "XOA_URL" }',
    ]);
  });

  test("a section that lacks a variable causes no further problems in it or in tenants", () => {
    const given = settingsWith(["cloudflare", "originPullCaFile"], { env: "NOT_SET" });
    const origin = tenant({ certificate: { issuer: "cloudflare-origin" } });
    expect(problemsOf([origin], given).map(({ file, field }) => [file, field])).toEqual([
      ["Pulumi.lab.yaml", "cloudflare.originPullCaFile"],
    ]);
  });

  test("a value of the environment is never repeated in a message", () => {
    const secret = "HTTP://S3CR3T.example/";
    const given = settingsWith(["acme"], {
      directory: { env: "LEAK" },
      email: { env: "LEAK" },
      caaIssuer: { env: "LEAK" },
    });
    const run = () =>
      parseFarm({
        settings: given,
        tenants: [{ file: "x.ts", value: tenant() }],
        environment: { LEAK: secret },
        now,
      });
    expect(run).toThrow(FarmProblems);
    expect(run).toThrow(/acme\.directory .*the value of LEAK/);
    expect(run).not.toThrow(/s3cr3t/i);
  });
});

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
      "cloudflare.accountId",
      "endpoints.xo",
      "pools.nord.bastions[0]",
      "pools.nord.network.gateway",
      "pools.nord.network.nameservers[0]",
      "provider.address",
      "provider.email",
      "provider.name",
      'zones["ratsinfo.example"]',
    ]);
  });

  test("hold no secret", () => {
    for (const stack of ["lab", "prod"]) {
      const text = readFileSync(join(checkout, `Pulumi.${stack}.yaml`), "utf8");
      expect(text).not.toMatch(/^[^#]*(token|password|secure:)/im);
    }
  });

  test("a stack without a file says which one it looked for", async () => {
    await expect(loadSettings("nirgends")).rejects.toThrow(/where: Pulumi\.nirgends\.yaml/);
  });
});

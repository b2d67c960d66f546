import { describe, expect, test } from "vitest";
import { parseFarm } from "../../../model/farm.ts";
import { FarmProblems } from "../../../model/problems.ts";
import { findPool } from "../../../model/settings.ts";
import {
  linesOf,
  neighbour,
  now,
  parse,
  problemsOf,
  publicKey,
  settings,
  settingsWith,
  tenant,
} from "./fixtures.ts";

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
    [
      "pools.nord.storage.iscsi.takeoverSeconds",
      0,
      "pools.nord.storage.iscsi.takeoverSeconds: must be at least 1",
    ],
    [
      "pools.nord.storage.iscsi.encrypted",
      "yes",
      "pools.nord.storage.iscsi.encrypted: must be true or false, not text",
    ],
    ["pools.nord.storage.nfs.controllers", ["netapp-03", "netapp-04"], null],
    [
      "pools.nord.storage.second",
      { ...settings().pools.nord.storage.iscsi, controllers: ["netapp-03", "netapp-04"] },
      "pools.nord.ha.heartbeat: must lie on two pairs of controllers, for the pool has 2; all lie on netapp-01 and netapp-02",
    ],
    ["pools.nord.ha", undefined, "pools.nord.ha: is missing"],
    ["pools.nord.ha.hostFailures", 0, "pools.nord.ha.hostFailures: must be at least 1"],
    ["pools.nord.ha.hostFailures", 3, "pools.nord.ha.hostFailures: must be fewer than the pool has hosts, 3"],
    ["pools.nord.ha.heartbeat", ["iscsi"], "pools.nord.ha.heartbeat: must have at least 2 entries"],
    [
      "pools.nord.ha.heartbeat",
      ["iscsi", "iscsi"],
      "pools.nord.ha.heartbeat[1]: stands here for the second time",
    ],
    [
      "pools.nord.ha.heartbeat",
      ["iscsi", "nsf"],
      'pools.nord.ha.heartbeat[1]: names no repository of storage (did you mean "nfs"?)',
    ],
    [
      "pools.nord.ha.timeoutSeconds",
      30,
      'pools.nord.ha.timeoutSeconds: must be longer than the 30 s that a takeover behind "iscsi" takes, else healthy hosts stop themselves meanwhile',
    ],
    ["pools.nord.ha.timeoutSeconds", 31, null],
    [
      "pools.nord.xapi.passwordVariable",
      "geheim",
      'pools.nord.xapi.passwordVariable: must name an environment variable in capitals, such as "FARM_XAPI_PASSWORD"',
    ],
    ["backup", undefined, "backup: is missing"],
    ["backup.repositories", {}, "backup.repositories: must have at least one repository"],
    [
      "backup.repositories.backup-rz2.location",
      "RZ 1",
      'backup.repositories: must have one at another location than the storage of the pool "nord", which stands in RZ 1',
    ],
    [
      "backup.repositories.backup-rz2.url",
      "nfs://backup/allris",
      "backup.repositories.backup-rz2.url: must have one of the forms file:///folder, nfs://host:/export, s3://host/bucket/folder#region",
    ],
    [
      "backup.repositories.backup-rz2.url",
      "s3://key:secret@s3.kuestenring.de/bucket/farm",
      "backup.repositories.backup-rz2.url: must not hold a user name or a password",
    ],
    [
      "backup.repositories.backup-rz2.url",
      "nfs://backup:/allris/xo-vm-backups",
      "backup.repositories.backup-rz2.url: must name the folder above xo-vm-backups",
    ],
    [
      "backup.repositories.backup-rz2.url",
      "s3://s3.kuestenring.de/bucket/farm#eu-central-1",
      "backup.repositories.backup-rz2.secretVariable: is missing; s3:// needs it",
    ],
    [
      "backup.repositories.backup-rz2.keyVariable",
      "KEY",
      "backup.repositories.backup-rz2.keyVariable: goes with s3:// alone",
    ],
    ["backup.window.from", "24:00", 'backup.window.from: must be a time such as "22:00"'],
    [
      "backup.window",
      { from: "02:10", to: "03:20" },
      "backup.window: leaves no room for a backup of 10 minutes",
    ],
    ["backup.retention.daily", 6, "backup.retention.daily: must be at least 7"],
    ["sizes.large.memory", "1 GiB", 'sizes.large.memory: must not be less than that of "medium"'],
    ["defaults.ttl", 5, "defaults.ttl: must be at least 60"],
    ["haPriority", "none", "haPriority: is not known here"],
  ])("%s = %j", (path, value, line) => {
    const lines = problemLines(settingsWith(path.split("."), value));
    if (line === null) expect(lines).toEqual([]);
    else expect(lines).toContain(line);
  });

  test("more administrations than the night has room for", () => {
    const given = settingsWith(["backup", "window"], { from: "23:00", to: "23:20" });
    Reflect.set(Reflect.get(given, "backup"), "concurrency", 1);
    const many = [neighbour("eins", 21), neighbour("zwei", 22), neighbour("drei", 23)];
    expect(linesOf(problemsOf(many.slice(1), given))).toEqual([]);
    expect(linesOf(problemsOf(many, given), "Pulumi.lab.yaml")).toEqual([
      "backup.concurrency: leaves 1 of 3 administrations without a backup: 2 starts a night with 1 at once are 2 places (write at least 2, or widen backup.window)",
    ]);
  });

  test("an administration keeps as many backups as its file says, and else as the settings do", () => {
    const own = tenant({ backup: { retention: { monthly: 24 } } });
    const given = settingsWith(["backup", "retention"], { weekly: 4 });
    expect(parse([own], given).tenants[0]?.backup).toEqual({
      retention: { daily: 14, weekly: 4, monthly: 24 },
    });
    expect(linesOf(problemsOf([tenant({ backup: { retention: { daily: 1 } } })]))).toEqual([
      "backup.retention.daily: must be at least 7",
    ]);
  });

  test("defaults", () => {
    const given = settingsWith(["protection"], undefined);
    const { nord } = (given as ReturnType<typeof settings>).pools;
    Reflect.set(nord, "ha", { heartbeat: nord.ha.heartbeat });
    const { repositories } = (given as ReturnType<typeof settings>).backup;
    Reflect.set(given, "backup", { repositories });
    for (const key of ["defaults", "zones"]) Reflect.deleteProperty(given, key);
    const own = tenant({ dns: { mode: "theirs" } });
    expect(parse([own], given).settings).toMatchObject({
      protection: true,
      defaults: { ttl: 300 },
      zones: {},
      pools: { nord: { ha: { hostFailures: 1, timeoutSeconds: 60, startDelaySeconds: 3 } } },
      backup: {
        window: { from: "22:00", to: "05:00" },
        ...{ concurrency: 4, slotMinutes: 10 },
        retention: { daily: 14, weekly: 8, monthly: 12 },
      },
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

import { describe, expect, test } from "vitest";
import { type Capacity, planCapacity } from "../../../model/capacity.ts";
import { checkHighAvailability, checkPlatform, type PlatformFacts } from "../../../model/platform-checks.ts";
import { findPool } from "../../../model/settings.ts";
import type { StorageFacts } from "../../../model/storage.ts";
import { parse, tenant } from "./fixtures.ts";

const gib = 2 ** 30;
const pool = findPool(parse([tenant()]).settings, "nord");
const hosts = ["xcp-1", "xcp-2", "xcp-3"].map((nameLabel) => ({
  id: `id-${nameLabel}`,
  nameLabel,
  live: true,
}));
const attachedHosts = hosts.map(({ id }) => id);
const paths = attachedHosts.map((host) => ({ host, active: 4, total: 4 }));
const iscsi: StorageFacts = {
  ...{ id: "sr-1", nameLabel: "iscsi", type: "lvmoiscsi", shared: true, attachedHosts, paths },
  ...{
    size: 100 * gib,
    usage: 40 * gib,
    netapp: { cluster: "netapp", svm: "svm", volume: "a", lun: "lun0" },
  },
};
const nfs: StorageFacts = { id: "sr-2", nameLabel: "nfs", type: "nfs", shared: true, attachedHosts };
const networks = ["Front", "Migration", "Backup"].map((nameLabel) => ({ nameLabel }));
const facts: PlatformFacts = { hosts, storage: [iscsi, nfs], networks };

function capacityOf(memory: number): Capacity {
  return planCapacity({
    pool: "nord",
    hosts: hosts.map((host) => ({ ...host, memory: 32 * gib, controlDomain: 2 * gib, enabled: true })),
    vms: [{ id: "hohenbrueck", memory: memory * gib, cpus: 2, isNew: true }],
    others: [],
    hostFailures: 1,
  });
}

function withIscsi(differs: Partial<StorageFacts>): PlatformFacts {
  return { ...facts, storage: [{ ...iscsi, ...differs }, nfs] };
}

test("a pool as it should be: nothing to say", () => {
  expect(checkPlatform(pool, facts, capacityOf(8))).toEqual({ unfit: [], degraded: [] });
});

describe("wrong until somebody changes it", () => {
  test.each<[string, PlatformFacts, string]>([
    [
      "another LUN than the repository says",
      withIscsi({ netapp: { cluster: "netapp", volume: "a", lun: "lun7" } }),
      'The storage repository "iscsi" says that it lies on lun "/vol/a/lun7", but the stack settings say "/vol/a/lun0".',
    ],
    [
      "another cluster",
      withIscsi({ netapp: { cluster: "anderes" } }),
      'The storage repository "iscsi" says that it lies on cluster "anderes", but the stack settings say "netapp".',
    ],
    [
      "no room for the heartbeat",
      withIscsi({ size: gib, usage: gib - 100 * 2 ** 20 }),
      'The heartbeat repository "iscsi" has 100 MiB free; state file and metadata need 356 MiB.',
    ],
    [
      "a network that is not there",
      { ...facts, networks: networks.slice(0, 2) },
      'The pool "nord" has no network "Backup", which backupNetwork names.',
    ],
    [
      "two networks of one name",
      { ...facts, networks: [...networks, { nameLabel: "Migration" }] },
      'The pool "nord" has 2 networks "Migration", which migrationNetwork names.',
    ],
    [
      "a host of another pool",
      { ...facts, hosts: [...hosts.slice(0, 2), { id: "id-xcp-3", nameLabel: "xcp-9", live: true }] },
      'The host "xcp-3" is in the settings but not in the pool "nord"; it has xcp-1, xcp-2, xcp-9.',
    ],
  ])("%s", (_, found, sentence) => {
    expect(checkPlatform(pool, found, capacityOf(8))).toEqual({ unfit: [sentence], degraded: [] });
  });
});

describe("redundancy that is lost", () => {
  test("a connection that is not attached", () => {
    const found = withIscsi({ attachedHosts: attachedHosts.slice(1), paths: paths.slice(1) });
    expect(checkPlatform(pool, found, capacityOf(8))).toEqual({
      unfit: [],
      degraded: ['The storage repository "iscsi" is not attached on "xcp-1".'],
    });
  });

  test("paths to one controller, and a single path, which never was redundant", () => {
    const lost = [...paths.slice(0, 1), { host: "id-xcp-2", active: 2, total: 4 }];
    const found = withIscsi({ paths: [...lost, { host: "id-xcp-3", active: 1, total: 1 }] });
    expect(checkPlatform(pool, found, capacityOf(8)).degraded).toEqual([
      'The storage repository "iscsi" has lost paths to its controllers: 1 of 2 on "xcp-3", 2 of 4 on "xcp-2".',
    ]);
  });

  test("a host that is down reaches nothing, and says nothing of the storage", () => {
    const down = { ...facts, hosts: hosts.map((host, at) => ({ ...host, live: at > 0 })) };
    const storage = [{ ...iscsi, attachedHosts: attachedHosts.slice(1), paths: paths.slice(1) }, nfs];
    expect(checkPlatform(pool, { ...down, storage }, capacityOf(8))).toEqual({ unfit: [], degraded: [] });
  });

  test("too little memory, with its numbers", () => {
    const { degraded } = checkPlatform(pool, facts, capacityOf(40));
    expect(degraded).toEqual([expect.stringContaining("move hohenbrueck (40 GiB, new) to another pool")]);
  });
});

describe("high availability as it is", () => {
  const plan = {
    hostFailuresToTolerate: 1,
    planExistsFor: 1,
    maxHostFailuresToTolerate: 2,
    overcommitted: false,
  };

  test.each<[string, Parameters<typeof checkHighAvailability>[1], string[]]>([
    ["on, with a plan", { haEnabled: true, plan }, []],
    ["on, and XAPI was not asked", { haEnabled: true }, []],
    [
      "off",
      { haEnabled: false, plan },
      ['High availability of the pool "nord" is off: no VM is started again elsewhere.'],
    ],
    [
      "for no failure at all",
      { haEnabled: true, plan: { ...plan, hostFailuresToTolerate: 0 } },
      ['The pool "nord" is set to bear 0 host failures, not 1 as in the settings.'],
    ],
    [
      "overcommitted",
      {
        haEnabled: true,
        plan: { ...plan, planExistsFor: 0, maxHostFailuresToTolerate: 0, overcommitted: true },
      },
      [
        'The pool "nord" has a plan for 0 host failures, and could have one for 0 at most; 1 are to be borne.',
      ],
    ],
  ])("%s", (_, found, sentences) => {
    expect(checkHighAvailability(pool, found)).toEqual(sentences);
  });
});

import { expect, test } from "vitest";
import { findPool } from "../../../model/settings.ts";
import { checkStorage, type PoolFacts, type StorageFacts } from "../../../model/storage.ts";
import { parse, tenant } from "./fixtures.ts";

const pool = findPool(parse([tenant()]).settings, "nord");
const hosts = ["xcp-1", "xcp-2", "xcp-3"].map((nameLabel) => ({ id: `id-${nameLabel}`, nameLabel }));
const iscsi: StorageFacts = {
  id: "sr-1",
  nameLabel: "iscsi",
  type: "lvmoiscsi",
  shared: true,
  attachedHosts: hosts.map(({ id }) => id),
};
const local: StorageFacts = {
  id: "sr-2",
  nameLabel: "Local storage",
  type: "ext",
  shared: false,
  attachedHosts: ["id-xcp-1"],
};

const nfs: StorageFacts = { ...iscsi, id: "sr-3", nameLabel: "nfs", type: "nfs" };

function facts(differs: Partial<StorageFacts>, more: Partial<PoolFacts> = {}): PoolFacts {
  return { hosts, storage: [{ ...iscsi, ...differs }, nfs, local], ...more };
}

test("declared, shared, attached everywhere, of an allowed kind: nothing to say; unused local storage does not matter", () => {
  expect(checkStorage(pool, facts({}))).toEqual([]);
});

test.each<[string, PoolFacts, string]>([
  [
    "one host",
    facts({ attachedHosts: ["id-xcp-1"] }, { hosts: hosts.slice(0, 1) }),
    "has one host: failover and XenMotion need at least two",
  ],
  [
    "gfs2",
    facts({ type: "gfs2" }),
    "is of the kind gfs2, which Xen Orchestra's HA and backup tooling does not cover",
  ],
  ["another kind", facts({ type: "smb" }), "is of the kind smb: only nfs, lvmoiscsi and lvmohba are allowed"],
  [
    "a kind that the settings contradict",
    facts({ type: "nfs" }),
    'is of the kind nfs, but the stack settings say protocol "iscsi" (lvmoiscsi)',
  ],
  ["not shared", facts({ shared: false }), "is not shared between the hosts of its pool"],
  ["not attached", facts({ attachedHosts: ["id-xcp-2"] }), 'is not attached on "xcp-1", "xcp-3"'],
  ["missing", { hosts, storage: [local, nfs] }, 'has no storage repository "iscsi"'],
  [
    "two of one name",
    { hosts, storage: [iscsi, { ...iscsi, id: "sr-9" }, nfs] },
    'has 2 storage repositories "iscsi"',
  ],
])("%s: one sentence", (_, found, sentence) => {
  const sentences = checkStorage(pool, found);
  expect(sentences).toHaveLength(1);
  expect(sentences[0]).toContain(sentence);
  expect(sentences[0]).toMatch(/^The .*\.$/);
});

test("a disk on storage that is not declared is refused, with every reason", () => {
  expect(checkStorage(pool, facts({}), ["iscsi", "Local storage"])).toEqual([
    'The storage repository "Local storage" of the pool "nord" is not declared in the stack settings with its NetApp cluster, SVM and volume or LUN.',
    'The storage repository "Local storage" is of the kind ext: only nfs, lvmoiscsi and lvmohba are allowed.',
    'The storage repository "Local storage" is not shared between the hosts of its pool.',
    'The storage repository "Local storage" is not attached on "xcp-2", "xcp-3".',
  ]);
});

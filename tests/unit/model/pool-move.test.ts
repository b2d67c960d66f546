import { describe, expect, it } from "vitest";
import { type Capacity, planCapacity } from "../../../model/capacity.ts";
import { type MovingVm, planPoolMove, type TargetPool } from "../../../model/pool-move.ts";

const gib = 2 ** 30;

const vm: MovingVm = {
  name: "allris-hohenbrueck.lab",
  memory: 2 * gib + 20 * 2 ** 20,
  running: true,
  drivers: true,
  snapshots: [],
  disks: [{ name: "system", size: 20 * gib }],
};

function capacity(memory: number): Capacity {
  const host = { memory, controlDomain: 2 * gib, enabled: true, live: true };
  return planCapacity({
    pool: "süd",
    hosts: ["a", "b"].map((nameLabel) => ({ nameLabel, ...host })),
    vms: [{ id: "hohenbrueck", memory: 2 * gib, cpus: 2, isNew: true }],
    others: [],
    hostFailures: 1,
  });
}

const target: TargetPool = {
  label: "süd",
  haEnabled: true,
  hosts: [
    { id: "1", name: "xcp-sued-1", free: 4 * gib, takes: true },
    { id: "2", name: "xcp-sued-2", free: 8 * gib, takes: true },
  ],
  preferred: "1",
  capacity: capacity(32 * gib),
  storage: { label: "NetApp süd iSCSI", found: { id: "sr", free: 100 * gib, attached: ["1", "2"] } },
  network: { label: "Front süd", id: "net" },
};

function reasons(change: Partial<TargetPool>, of: Partial<MovingVm> = {}): readonly string[] {
  const plan = planPoolMove({ ...vm, ...of }, { ...target, ...change });
  return plan.ok ? [] : plan.reasons;
}

describe("a VM to another pool", () => {
  it("goes to the host that it will prefer, else to the one with most room", () => {
    expect(planPoolMove(vm, target)).toMatchObject({ ok: true, move: { host: { name: "xcp-sued-1" } } });
    const [first, second] = target.hosts.map((host) => ({ ...host }));
    const narrow = { ...target, hosts: [{ ...first, free: gib }, second] as TargetPool["hosts"] };
    expect(planPoolMove(vm, narrow)).toEqual({
      ok: true,
      move: { host: target.hosts[1], repository: "sr", network: "net" },
    });
  });

  it("finds no host: what it needs, and what each has", () => {
    const [first, second] = target.hosts.map((host) => ({ ...host, free: 1.55 * gib }));
    expect(reasons({ hosts: [first, { ...second, takes: false }] as TargetPool["hosts"] })).toEqual([
      "no host of the pool süd has room: it needs 2 GiB; xcp-sued-1 has 1.5 GiB, xcp-sued-2 takes none",
    ]);
  });

  it("would end the redundancy of the pool: the arithmetic says so", () => {
    expect(reasons({ capacity: capacity(3 * gib) })).toEqual([
      expect.stringContaining('The pool "süd" is too small to bear host failures'),
    ]);
  });

  it("has no such storage, too little of it, or one that the host does not reach", () => {
    const label = "NetApp süd iSCSI";
    expect(reasons({ storage: { label } })).toEqual([
      'the pool süd has no storage repository "NetApp süd iSCSI"',
    ]);
    const found = { id: "sr", free: 19.96 * gib, attached: ["2"] };
    expect(reasons({ storage: { label, found } })).toEqual([
      '"NetApp süd iSCSI" is too full: its disks have 20 GiB, 19.9 GiB are free',
      '"NetApp süd iSCSI" is not attached to xcp-sued-1',
    ]);
  });

  it("comes with the one snapshot that a backup job keeps, whose disks need room as well, and with no other", () => {
    const kept = { name: "hohenbrueck nightly", ofBackup: true, memory: false, size: 20 * gib };
    expect(planPoolMove({ ...vm, snapshots: [kept] }, target)).toMatchObject({ ok: true });
    const label = "NetApp süd iSCSI";
    const found = { id: "sr", free: 39 * gib, attached: ["1", "2"] };
    expect(reasons({ storage: { label, found } }, { snapshots: [kept] })).toEqual([
      '"NetApp süd iSCSI" is too full: its disks have 40 GiB with those of its snapshot, 39 GiB are free',
    ]);
    const limit =
      "at most the one that a backup job keeps for its next delta comes along; remove the others first";
    const two = [kept, { ...kept, name: "before the update", ofBackup: false }];
    expect(reasons({}, { snapshots: two })).toEqual([
      `it has 2 snapshots ("hohenbrueck nightly" of a backup job, "before the update"): ${limit}`,
    ]);
    expect(reasons({}, { snapshots: [{ ...kept, ofBackup: false }] })).toEqual([
      `it has 1 snapshot ("hohenbrueck nightly"): ${limit}`,
    ]);
    expect(reasons({}, { snapshots: [{ ...kept, memory: true }] })).toEqual([
      `it has 1 snapshot ("hohenbrueck nightly" of a backup job with its memory): ${limit}`,
    ]);
  });

  it("is told everything at once that stands against it", () => {
    const shot = { name: "a", ofBackup: false, memory: false, size: 0 };
    const all = reasons(
      { haEnabled: false, network: { label: "Front süd" }, addressOf: "somebody" },
      { drivers: false, blocked: "backup", snapshots: [shot, shot] },
    );
    expect(all).toEqual([
      "its guest drivers do not answer",
      "its migration is blocked: backup",
      'it has 2 snapshots ("a", "a"): at most the one that a backup job keeps for its next delta comes along; remove the others first',
      "high availability of the pool süd is off: bring it up first",
      'the pool süd has no network "Front süd"',
      'the VM "somebody" has the new address already',
    ]);
    expect(reasons({}, { running: false, drivers: false })).toEqual([
      "it does not run: start it first, its network is changed from within",
    ]);
  });
});

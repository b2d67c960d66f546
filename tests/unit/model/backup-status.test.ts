import { describe, expect, it } from "vitest";
import { readArchives, readBackupLogs } from "../../../model/backup-log.ts";
import {
  type BackupFacts,
  backupStatus,
  isConsistent,
  lastGoodBackup,
} from "../../../model/backup-status.ts";
import type { Month } from "../../../model/berlin-time.ts";
import type { PlainDate } from "../../../model/plain-date.ts";
import {
  archivesAt,
  factsOf,
  job,
  type RunPlan,
  repositoryId,
  scheduleId,
  vm,
  vmId,
  xoArchive,
  xoLog,
} from "./backup-fixtures.ts";

const november = "2026-11" as Month;
const night = (day: number, time = "23:10:00+01:00"): string =>
  `2026-11-${String(day).padStart(2, "0")}T${time}`;
const nights = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => night(from + index));

/** The status in the evening after one night's run. */
function afterOne(plan: Partial<RunPlan>, archives = archivesAt(night(2)), other: Partial<BackupFacts> = {}) {
  const all = { ...factsOf([{ at: night(2), ...plan }], archives), ...other };
  return backupStatus(vm, all, {
    now: new Date(night(3)),
    month: november,
    since: "2026-11-02" as PlainDate,
  });
}

const reasonOf = (...args: Parameters<typeof afterOne>): string | undefined =>
  afterOne(...args).days[0]?.reason;

describe("the status of an administration's backups", () => {
  it("is good with a run that transferred, and its archive on the repository", () => {
    const status = afterOne({});
    expect(status).toMatchObject({ red: false, goodDays: 1, countedDays: 1 });
    expect(status.days).toEqual([
      { day: "2026-11-02", state: "good" },
      { day: "2026-11-03", state: "open" },
    ]);
    expect(status.ageHours).toBeCloseTo(24, 1);
    expect(status.lastGood?.archives.map(({ repository }) => repository)).toEqual([repositoryId]);
    expect(status).not.toHaveProperty("lastFailure");
  });

  it("is red above 26 hours and not at 26", () => {
    const at = (hours: number) => {
      const now = new Date(Date.parse(night(2)) + 2500 + hours * 3_600_000);
      return backupStatus(vm, factsOf([{ at: night(2) }], archivesAt(night(2))), { now, month: november })
        .red;
    };
    expect([at(26), at(26.01)]).toEqual([false, true]);
  });

  it("counts the days of the month: 30 of 31", () => {
    const october = (day: number): string => `2026-10-${String(day).padStart(2, "0")}T01:30:00Z`;
    const days = Array.from({ length: 31 }, (_, index) => index + 1).filter((day) => day !== 17);
    const kept = days.slice(-14).map(october);
    const status = backupStatus(
      vm,
      factsOf(
        days.map((day) => ({ at: october(day) })),
        archivesAt(...kept),
      ),
      { now: new Date("2026-11-01T08:00:00Z"), month: "2026-10" as Month },
    );
    expect([status.goodDays, status.countedDays]).toEqual([30, 31]);
    expect(status.days.filter(({ state }) => state !== "good")).toEqual([
      { day: "2026-10-17", state: "missing", reason: "no run was started" },
    ]);
  });

  it("gives a run to the day in Berlin on which it began, also when the clocks change", () => {
    const runs = ["2026-10-24T22:30:00Z", "2026-10-25T22:30:00Z"];
    const status = backupStatus(
      vm,
      factsOf(
        runs.map((at) => ({ at })),
        archivesAt(...runs),
      ),
      { now: new Date("2026-10-27T00:00:00Z"), month: "2026-10" as Month, since: "2026-10-25" as PlainDate },
    );
    // The first began at half past midnight of the 25th, summer time; the second before midnight, winter time.
    expect(status.days.map(({ state }) => state)).toEqual(["good", "missing", "open"]);
    expect(status.days[0]?.day).toBe("2026-10-25");
  });

  it("calls nothing a backup that is none, and says why in plain words", () => {
    const none = archivesAt();
    const noRetention = { jobs: [{ ...job, retention: { [scheduleId]: 0 }, days: 0 }] };
    const vectors: readonly (readonly [string | undefined, RegExp])[] = [
      [
        reasonOf({ transfer: "absent" }, none, noRetention),
        /^the schedule has no retention, so XO exported nothing/,
      ],
      [
        reasonOf({ transfer: "absent" }, none, { jobs: [{ id: job.id, retention: {}, days: 0 }] }),
        /^the schedule has no retention/,
      ],
      [reasonOf({ transfer: "absent" }, none), /^the run exported nothing, although XO called it a success/],
      [reasonOf({ size: 0 }, none), /^the run exported nothing/],
      [reasonOf({ target: "SR" }, none), /^the run exported nothing/],
      [
        reasonOf(
          {
            vm: "failure",
            transfer: "failure",
            error: { code: "ENOSPC", message: "ENOSPC: no space left on device, write" },
          },
          none,
        ),
        /^the backup repository is full \(ENOSPC/,
      ],
      [
        reasonOf(
          {
            vm: "failure",
            transfer: "failure",
            error: { code: "EROFS", message: "EROFS: read-only file system, open" },
          },
          none,
        ),
        /^the backup repository is read-only \(EROFS/,
      ],
      [
        reasonOf({ vm: "skipped", error: { message: "no disks found" } }, none),
        /^XO found no disk of the VM to save/,
      ],
      [
        reasonOf({ vm: "skipped", error: { message: "unhealthy VDI chain" } }, none),
        /chain of snapshots was not healthy/,
      ],
      [
        reasonOf({ vm: "absent", status: "skipped", error: { message: "no VMs match this pattern" } }, none),
        /^the job names no VM that exists/,
      ],
      [
        reasonOf(
          { vm: "absent", status: "failure", error: { message: "mount.nfs: Connection timed out" } },
          none,
        ),
        /cannot be reached/,
      ],
      [
        reasonOf({ vm: "interrupted", status: "interrupted", transfer: "absent" }, none),
        /^the run was interrupted/,
      ],
      [reasonOf({ vm: "pending", status: "interrupted", ended: false }, none), /^the run was interrupted/],
      [reasonOf({ vm: "pending", status: "pending", ended: false }, none), /^the run has not ended/],
      [
        reasonOf({
          vm: "failure",
          transfer: "success",
          healthCheck: "failure",
          error: { message: "timeout reached while waiting for OpaqueRef to run" },
        }),
        /^the archive was restored for a check and did not start/,
      ],
      [reasonOf({}, none), /^the run was well, but its archive is not on the backup repository/],
      [reasonOf({}, readArchives({ [repositoryId]: null })), /^the backup repository cannot be read/],
      [
        reasonOf({}, readArchives({ [repositoryId]: { [vmId]: [xoArchive(night(2), [])] } })),
        /^the archive holds no disk of the VM/,
      ],
      [
        reasonOf(
          {},
          readArchives({ [repositoryId]: { [vmId]: [xoArchive(night(2), ["XO CloudConfigDrive"])] } }),
        ),
        /^the archive holds no disk of the VM/,
      ],
    ];
    for (const [reason, pattern] of vectors) expect(reason).toMatch(pattern);
  });

  it("sees a disk that is marked to be left out, skipped or silently missing", () => {
    const marked = { ...vm, disks: ["system [NOBAK]"] };
    const scope = { now: new Date(night(3)), month: november, since: "2026-11-02" as PlainDate };
    const of = (plan: Partial<RunPlan>, archives: BackupFacts["archives"]) =>
      backupStatus(marked, factsOf([{ at: night(2), ...plan }], archives), scope);
    const skipped = of({ vm: "skipped", error: { message: "no disks found" } }, archivesAt());
    const driveOnly = readArchives({
      [repositoryId]: { [vmId]: [xoArchive(night(2), ["XO CloudConfigDrive"])] },
    });
    for (const status of [skipped, of({}, driveOnly)]) {
      expect(status).toMatchObject({ red: true, ageHours: null, goodDays: 0 });
      expect(status.days[0]?.reason).toBe("XO leaves the disk out, its name has [NOBAK]: system [NOBAK]");
    }
    // Marked later: the archive of before is whole.
    expect(of({}, archivesAt(night(2))).goodDays).toBe(1);
  });

  it("trusts the log alone only for days whose archive has gone in its time", () => {
    const scope = { now: new Date(night(29)), month: november };
    const all = nights(1, 28).map((at) => ({ at }));
    expect(backupStatus(vm, factsOf(all, archivesAt(...nights(15, 28))), scope).goodDays).toBe(28);
    const lost = backupStatus(vm, factsOf(all, archivesAt(...nights(16, 28))), scope);
    expect(lost.days.filter(({ state }) => state === "missing")).toEqual([
      {
        day: "2026-11-15",
        state: "missing",
        reason: "the run was well, but its archive is not on the backup repository",
      },
    ]);
  });

  it("takes the last attempt of a run, and one that worked before any other", () => {
    const twice = (first: RunPlan, second: RunPlan) => {
      const [a, b] = [xoLog(first), xoLog(second)] as { tasks: object[] }[];
      return readBackupLogs([{ ...b, tasks: [...(a?.tasks ?? []), ...(b?.tasks ?? [])] }]);
    };
    const [good, bad]: [RunPlan, RunPlan] = [
      { at: night(2) },
      { at: night(2), vm: "failure", transfer: "failure", error: { message: "boom" } },
    ];
    for (const logs of [twice(bad, good), twice(good, bad)]) {
      expect(afterOne({}, archivesAt(night(2)), { logs })).toMatchObject({ goodDays: 1 });
    }
    expect(reasonOf({}, archivesAt(night(2)), { logs: twice(bad, bad) })).toBe("boom");
  });

  it("tells an error that it does not know in XO's own words", () => {
    expect(reasonOf({ vm: "failure", error: { message: "something new\n  at line 1" } }, archivesAt())).toBe(
      "something new",
    );
    expect(reasonOf({ vm: "failure" }, archivesAt())).toBe("the run failed, XO says no more");
  });

  it("belongs to the administration, whatever id its VM had", () => {
    const old = "6d3c1b0e-0000-4000-8000-00000000000f";
    const restored = { ...vm, ids: [vmId, old] };
    const archives = readArchives({
      [repositoryId]: { [old]: [xoArchive(night(1), vm.disks, old)], [vmId]: [xoArchive(night(2))] },
    });
    const all = factsOf([{ at: night(1), vmId: old }, { at: night(2) }], archives);
    const scope = { now: new Date(night(3)), month: november };
    expect(backupStatus(restored, all, scope)).toMatchObject({ goodDays: 2, countedDays: 2 });
    expect(lastGoodBackup(restored, all, new Date(night(2)))?.archives[0]?.vm).toBe(old);
    expect(lastGoodBackup(restored, all)?.archives[0]?.vm).toBe(vmId);
  });

  it("leaves out what nobody can read, and restores", () => {
    const restore = { ...xoLog({ at: night(2) }), message: "restore" };
    expect(readBackupLogs([null, 7, {}, { message: "backup" }, restore])).toEqual([]);
    expect(readBackupLogs(undefined)).toEqual([]);
    expect(readArchives("no").size).toBe(0);
    expect(readArchives({ r: { v: [null, { id: "x" }] } }).get("r")).toEqual([]);
    const byId = { "1": xoLog({ at: night(3) }), "2": xoLog({ at: night(2) }) };
    expect(readBackupLogs(byId).map(({ start }) => start)).toEqual([night(2), night(3)].map(Date.parse));
  });
});

describe("a consistent backup", () => {
  const start = Date.parse(night(2));
  const minutes = (before: number) => start - before * 60_000;

  it("begins less than 90 minutes after the guest wrote its state, and not before", () => {
    expect(isConsistent(start, [minutes(30)])).toBe(true);
    expect(isConsistent(start, [minutes(89.9)])).toBe(true);
    expect(isConsistent(start, [minutes(90)])).toBe(false);
    expect(isConsistent(start, [minutes(-1)])).toBe(false);
    expect(isConsistent(start, [])).toBe(false);
    expect(isConsistent(start, [minutes(-1), minutes(1500), minutes(31)])).toBe(true);
  });
});

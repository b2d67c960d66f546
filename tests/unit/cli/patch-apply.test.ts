import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { surveyFleet } from "../../../cli/patch-fleet.ts";
import { PatchSnapshots } from "../../../cli/patch-snapshots.ts";
import { level, now, PatchScene, repository } from "./patch-scene.ts";

/** What the machine answers when it is asked for its packages. */
const state = (nginx: string, differs: object = {}) => ({
  packages: {
    "nginx-light": { version: nginx, units: ["nginx.service"], reboot: false },
    sudo: { version: "1.9-2", units: [], reboot: false },
  },
  broken: [],
  running: null,
  rebootPending: false,
  lastChange: null,
  ...differs,
});
const changes = [{ name: "nginx-light", from: "1.22-2", to: "1.22-3" }];
const begun = { outcome: "done", story: "begun" };
const result = (outcome: string, story: string, differs: object = {}) => ({
  result: {
    outcome,
    story,
    changes,
    units: ["nginx.service"],
    rebooted: false,
    awaySeconds: 2.5,
    ...differs,
  },
});

const emergency = { emergency: "DSA-6100-1" };
const inWindow = { window: "2026-12-08" };

describe("patches of a ring, with a machine that answers as it is told", () => {
  let scene: PatchScene;

  beforeAll(async () => {
    scene = await PatchScene.start();
  });
  afterAll(() => scene.close());
  beforeEach(() => scene.renew());

  test("a machine that has everything is left alone", async () => {
    scene.answer("status", state("1.22-3"));
    expect(await scene.apply(emergency)).toEqual([
      expect.objectContaining({ tenant: "hohenbrueck", result: "current", changes: [] }),
    ]);
    expect(scene.calls()?.map(({ verb }) => verb)).toEqual(["status"]);
    expect(await scene.snapshots()).toEqual([]);
    expect(scene.audit()).toBeUndefined();
  });

  test("snapshot, run, result: the machine gets its whole program and exactly the ring's versions", async () => {
    scene.answer("status", state("1.22-2"));
    scene.answer("begin", begun);
    scene.answer(
      "follow",
      `{"step":"install","begins":true}\n{"step":"install","seconds":2}\n${JSON.stringify(result("done", "1 packages have the versions of the ring"))}\n`,
    );
    const [row] = await scene.apply(inWindow);
    expect(row).toMatchObject({ result: "patched", changes, rebooted: false, awaySeconds: 2.5, notes: [] });
    const [status, begin, follow] = scene.calls() ?? [];
    expect(status?.request).toEqual({ packages: ["nginx-light", "sudo"] });
    expect(begin).toMatchObject({
      rest: ["pilot-20261208191000000"],
      request: { ring: "pilot", packages: level.packages, repository, window: "2026-12-08" },
    });
    expect(begin?.files).toContain("patch.py");
    expect(begin?.files).toContain("farm_release/machine.py");
    expect(follow?.rest).toEqual(["pilot-20261208191000000", "0"]);
    expect(scene.told).toEqual(
      ["snapshot", "install", "patched: 1 packages have the versions of the ring"].map(
        (line) => `hohenbrueck: ${line}`,
      ),
    );
    expect(await scene.snapshots()).toEqual([
      expect.objectContaining({
        name_label: expect.stringMatching(/^allris-farm patches 20/),
        name_description: "ring pilot: nginx-light 1.22-2 → 1.22-3",
      }),
    ]);
    expect(scene.audit()).toEqual([
      expect.objectContaining({
        at: "2026-12-08T19:10:00.000Z",
        stack: "lab",
        ring: "pilot",
        window: "2026-12-08",
        tenant: "hohenbrueck",
        result: "patched",
        changes,
      }),
    ]);
  });

  test("after a lost connection the next one goes on where the last one broke off", async () => {
    scene.answer("status", state("1.22-2"));
    scene.answer("begin", begun);
    const step = '{"step":"install","begins":true}\n';
    scene.answer("follow", step, "exit 1", `${JSON.stringify(result("done", "patched"))}\n`);
    expect(await scene.apply(emergency)).toMatchObject([{ result: "patched" }]);
    expect(
      scene
        .calls()
        ?.slice(2)
        .map(({ rest }) => rest[1]),
    ).toEqual(["0", "1", "1"]);
    expect(scene.told.filter((line) => line.includes("the connection was lost"))).toHaveLength(1);
  });

  test("what went back by itself, or was never begun, needs no snapshot", async () => {
    scene.answer("status", state("1.22-2"));
    scene.answer("begin", begun);
    scene.answer("follow", `${JSON.stringify(result("back", "nginx cannot be configured"))}\n`);
    expect(await scene.apply(emergency)).toMatchObject([
      { result: "went back", story: "nginx cannot be configured", changes },
    ]);
    expect(await scene.snapshots()).toEqual([]);
    scene.answer("begin", { outcome: "busy", story: "a roll-out is under way" });
    expect(await scene.apply(emergency)).toMatchObject([
      { result: "failed", story: "a roll-out is under way" },
    ]);
    expect(await scene.snapshots()).toEqual([]);
    expect(scene.audit()?.map((line) => line["result"])).toEqual(["went back", "failed"]);
  });

  test.each([
    ["that is stuck", `${JSON.stringify(result("stuck", "dpkg cannot go on"))}\n`, "dpkg cannot go on"],
    ["that has lost its run", '{"lost":true}\n', "the run on the machine ended without a result"],
  ])("a machine %s is put back to its snapshot as a whole", async (_case, follow, story) => {
    scene.answer("status", state("1.22-2"));
    scene.answer("begin", begun);
    scene.answer("follow", follow);
    scene.answer("check", { outcome: "done", story: "well" });
    const [row] = await scene.apply(emergency);
    expect(row).toMatchObject({
      result: "reverted",
      story: `${story}. The VM was put back to its snapshot, and the site answers. Its disks have new ids: ./farm pulumi refresh -s lab`,
    });
    expect(scene.calls()?.at(-1)?.verb).toBe("check");
    expect(await scene.snapshots()).toHaveLength(1);

    scene.answer("check", { outcome: "failed", story: "nginx does not run" });
    expect((await scene.apply(emergency))[0]?.story).toContain("it is not well: nginx does not run");
  });

  test("when even the snapshot does not help, the row says what is left to do", async () => {
    scene.answer("status", state("1.22-2"));
    scene.answer("begin", begun);
    scene.answer("follow", '{"lost":true}\n');
    const broken = new PatchSnapshots(scene.client, "allris-farm/lab");
    broken.revert = () => Promise.reject(new Error("SR_BACKEND_FAILURE"));
    expect(await scene.apply(emergency, { snapshots: broken })).toMatchObject([
      {
        result: "lost",
        story: expect.stringMatching(/SR_BACKEND_FAILURE\. Revert the VM in Xen Orchestra by hand$/),
      },
    ]);
  });

  test("a run that nobody knows to have begun is no reason to put the machine back", async () => {
    scene.answer("status", state("1.22-2"));
    scene.answer("begin", "garbage\n");
    expect(await scene.apply(emergency)).toMatchObject([
      {
        result: "failed",
        story: expect.stringContaining("./farm patch status says whether it is under way"),
      },
    ]);
    expect(scene.calls()?.map(({ verb }) => verb)).toEqual(["status", "begin"]);
    // In case it has begun all the same.
    expect(await scene.snapshots()).toHaveLength(1);
  });

  test("a machine that is worked on already is not begun a second time", async () => {
    scene.answer("status", state("1.22-2", { running: "pilot-1" }));
    expect(await scene.apply(emergency)).toMatchObject([
      { result: "failed", story: "the run pilot-1 is under way on this machine: wait for it" },
    ]);
    expect(await scene.snapshots()).toEqual([]);
  });

  test("one that cannot be reached does not stop the others", async () => {
    scene.answer("status", state("1.22-3"));
    expect(await scene.apply(emergency, {}, 2)).toMatchObject([
      { tenant: "hohenbrueck", result: "current" },
      {
        tenant: "nachbar",
        result: "failed",
        story: "the stack has no machine of it yet; ./farm pulumi up -s lab",
      },
    ]);
  });

  test("outside of the window nothing is asked and nothing is touched", async () => {
    const late = { now: () => new Date("2026-12-08T22:00:00+01:00") };
    await expect(scene.apply(inWindow, late, 3)).rejects.toThrow(
      /The ring pilot may not be patched now(.|\n)*--window 2026-12-08(.|\n)*window 2026-12-08 ended at 2026-12-08 22:00/,
    );
    expect(scene.calls()).toBeUndefined();
    expect(await scene.snapshots()).toEqual([]);
  });

  test("a machine whose turn comes when the window is nearly over is held", async () => {
    scene.answer("status", state("1.22-2"));
    let asked = 0;
    // The first look is that before everything.
    const clock = () => new Date(asked++ === 0 ? now : "2026-12-08T21:58:00+01:00");
    expect(await scene.apply(inWindow, { now: clock })).toMatchObject([
      { result: "held", story: expect.stringContaining("before the 5 minutes that it takes are over") },
    ]);
    expect(scene.calls()?.map(({ verb }) => verb)).toEqual(["status"]);
    expect(await scene.snapshots()).toEqual([]);
  });

  test("snapshots of patches expire after 72 hours, others never", async () => {
    const patches = new PatchSnapshots(scene.client, "allris-farm/lab");
    const [tenant] = scene.tenants;
    if (tenant === undefined) throw new Error("no tenant");
    const own = await patches.take(tenant, "old");
    await scene.xo.admin.call("vm.snapshot", { id: scene.vm, name: "somebody's" });
    const at = (hours: number) => new Date(Date.now() + hours * 3_600_000);
    await patches.expire(tenant, at(71));
    expect((await scene.snapshots()).map(({ id }) => id)).toContain(own);
    await patches.expire(tenant, at(73));
    expect((await scene.snapshots()).map((shot) => shot["name_label"])).toEqual(["somebody's"]);
  });

  test("the survey has a row for each machine, also for one that cannot be asked", async () => {
    scene.answer("status", state("1.22-2", { lastChange: "2026-11-25T20:14:03Z" }));
    await scene.withScope(emergency, async (scope) => {
      const rows = await surveyFleet(scene.tenants, [level], scope);
      expect(rows).toMatchObject([
        { tenant: "hohenbrueck", ring: "pilot", plan: { changes, restarts: ["nginx.service"], minutes: 5 } },
        {
          tenant: "nachbar",
          ring: "standard",
          failure: expect.stringContaining("The ring standard has no fixed packages"),
        },
        {
          tenant: "zuletzt",
          ring: "late",
          failure: expect.stringContaining("The ring late has no fixed packages"),
        },
      ]);
    });
  });
});

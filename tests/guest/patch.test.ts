import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PatchRow } from "../../cli/patch-apply.ts";
import { farmFolder } from "../../lib/paths.ts";
import type { RunResult } from "../../lib/run.ts";
import { startLoad } from "../support/load.ts";
import { onMachine, pinnedKeys } from "../support/machine.ts";
import { farmOfProject, fixPackages, ProbedMachine, restorePackages } from "../support/patched.ts";
import { editTenant, engine, plan, project, restoreTenant } from "../support/project.ts";
import { vmOf, withXo } from "../support/services.ts";
import { labTenants } from "../support/tenants.ts";
import { eventually } from "../support/wait.ts";

const [tool, service, system] = ["farm-probe-tool", "farm-probe-service", "farm-probe-system"] as const;
const auditFile = join(farmFolder, "audit", "patches-lab.jsonl");
const windowFile = join(project, "maintenance", "tonight.ts");
const ids = ["hohenbrueck", "amt-seenplatte-nord", "landkreis-auental"] as const;

/** A window that is open at this moment, announced in time. */
function openWindow(): void {
  const at = (minutes: number) => `${new Date(Date.now() + minutes * 60_000).toISOString().slice(0, 19)}Z`;
  const window = {
    id: "tonight",
    kind: "maintenance",
    start: at(-10),
    end: at(60),
    administrations: { ring: "pilot" },
    reason: "Patches of the pilots",
    notice: { sentAt: at(-10 * 24 * 60), evidence: "mail to all recipients, ticket 4711" },
    expectedMinutes: 30,
  };
  const text = `import { defineWindow } from "../model/window.ts";\n\nexport const window = defineWindow(${JSON.stringify(window)});\n`;
  writeFileSync(windowFile, text);
}

describe("patches of a ring", () => {
  let machines: readonly [ProbedMachine, ProbedMachine, ProbedMachine];
  const begun = Date.now();
  const say = (what: string): void =>
    void process.stderr.write(`[patch] ${((Date.now() - begun) / 1000).toFixed(1)} s: ${what}\n`);

  /** Lines of the audit file. */
  const audit = (): Record<string, unknown>[] =>
    existsSync(auditFile)
      ? readFileSync(auditFile, "utf8")
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line) as Record<string, unknown>)
      : [];

  function apply(...right: string[]): Promise<RunResult> {
    return farmOfProject("patch", "apply", "--ring", "pilot", "--json", ...right);
  }

  /** What became of each machine, in the order of `ids`. */
  function rowsOf({ stdout, stderr }: RunResult): readonly PatchRow[] {
    if (stdout === "") throw new Error(stderr);
    const { administrations } = JSON.parse(stdout) as { administrations: PatchRow[] };
    return ids.map((id) => administrations.find(({ tenant }) => tenant === id) as PatchRow);
  }

  const all = <T>(work: (machine: ProbedMachine) => Promise<T>): Promise<T[]> =>
    Promise.all(machines.map(work));

  beforeAll(async () => {
    editTenant("amt-seenplatte-nord", 'release: "4.1.7",', 'release: "4.1.7",\n    ring: "pilot",');
    editTenant("landkreis-auental", 'ring: "late"', 'ring: "pilot"');
    const [keys, tenants] = [await pinnedKeys(), await labTenants()];
    const [a, b, c] = ids.map((id) => {
      const tenant = tenants.find((each) => each.id === id);
      if (tenant === undefined) throw new Error(`no tenant ${id}`);
      return new ProbedMachine(tenant, keys.get(id) ?? "");
    });
    if (!(a && b && c)) throw new Error("three machines are wanted");
    machines = [a, b, c];
    rmSync(auditFile, { force: true });
    await all((machine) => machine.give({ [tool]: "1.0", [service]: "1.0" }));
    say("the probe packages are installed");
  });

  afterAll(async () => {
    for (const id of ids) restoreTenant(id);
    restorePackages();
    rmSync(windowFile, { force: true });
    await all((machine) => machine.clean());
    expect(await all((machine) => machine.packages())).toEqual([{}, {}, {}]);
    expect(await plan()).toEqual([]);
    say("cleaned");
  });

  it("are shown by the plan: what changes, what is restarted, where", async () => {
    fixPackages({ [tool]: "1.1", [service]: "1.1", [system]: "1.1" });
    const shown = await farmOfProject("patch", "plan", "--ring", "pilot");
    expect(shown).toMatchObject({ code: 0 });
    expect(shown.stdout).toMatch(
      /^hohenbrueck +pilot +2 to patch +restart of farm-probe-service\.service +5 /m,
    );
    expect(shown.stdout).toMatch(
      /^farm-probe-tool +1\.0 +→ +1\.1 +amt-seenplatte-nord, hohenbrueck, landkreis-auental$/m,
    );
  });

  it("are refused without a right, and outside their window, before anything is touched", async () => {
    const without = await apply();
    expect(without).toMatchObject({ code: 1, stdout: expect.stringContaining("in an announced window") });
    const late = await apply("--window", "2026-09-15");
    expect(late).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("window 2026-09-15 ended at 2026-09-15 23:00"),
    });
    expect(await all((machine) => machine.snapshots())).toEqual([[], [], []]);
    expect(await all((machine) => machine.packages())).toEqual(
      ids.map(() => ({ [tool]: "1.0", [service]: "1.0" })),
    );
    expect(audit()).toEqual([]);
  });

  it("reach the whole ring in an emergency by one command, while the sites answer all the time", async () => {
    const untouched = ["nginx", "ssh", "postgresql@15-main", "systemd-journald"];
    const before = await all((machine) => machine.started(...untouched));
    const loads = machines.map(({ tenant }) => startLoad(tenant.domain, { keeping: 1, fresh: 1 }));
    const started = Date.now();
    const result = await apply("--emergency", "DSA-6100-1");
    say(`the whole ring took ${((Date.now() - started) / 1000).toFixed(1)} s`);
    const reports = await Promise.all(loads.map((load) => load.stop()));

    for (const row of rowsOf(result)) {
      expect(row).toMatchObject({ result: "patched", rebooted: false, awaySeconds: 0, notes: [] });
      expect(row.changes.map(({ name, from, to }) => [name, from, to])).toEqual([
        [service, "1.0", "1.1"],
        [tool, "1.0", "1.1"],
      ]);
    }
    expect(result.code).toBe(0);
    for (const { answered, lost } of reports) {
      // "/" may lead to the citizens' pages, which is an answer of the site as well.
      const redirects = lost.filter((why) => why === "status 302").length;
      expect(lost.length - redirects, lost.join()).toBe(0);
      expect(answered + redirects).toBeGreaterThan(20);
    }
    expect(await all((machine) => machine.run("farm-probe-tool"))).toEqual(["1.1", "1.1", "1.1"]);
    expect(await all((machine) => machine.serves())).toEqual(["1.1", "1.1", "1.1"]);
    expect(await all((machine) => machine.started(...untouched))).toEqual(before);

    expect((await all((machine) => machine.snapshots())).map((shots) => shots.length)).toEqual([1, 1, 1]);
    expect(
      audit()
        .map(({ tenant }) => tenant)
        .sort(),
    ).toEqual([...ids].sort());
    expect(audit()[0]).toMatchObject({ ring: "pilot", emergency: "DSA-6100-1", result: "patched" });

    // Once more there is nothing to do, and nothing is done.
    expect(rowsOf(await apply("--emergency", "again")).map((row) => row.result)).toEqual(
      ids.map(() => "current"),
    );
    expect(audit()).toHaveLength(3);
    const status = await farmOfProject("patch", "status", "--ring", "pilot");
    expect(status.stdout).toMatch(/^hohenbrueck +pilot +current +0 +\d{4}-\d{2}-\d{2} \d{2}:\d{2}$/m);
    await all((machine) => machine.removeSnapshots());
  });

  it("in their window: what fails goes back, a restart comes where it is needed, each machine for itself", async () => {
    const [a, b, c] = machines;
    // No repository has the first one's version: the machine has to pack the way back itself.
    await Promise.all([a.giveOwn("0.9"), b.give({ [service]: "1.1" }), c.give({ [system]: "1.0" })]);
    fixPackages({ [tool]: "1.2", [service]: "1.2", [system]: "1.1" });
    openWindow();
    const before = await all((machine) => machine.boot());
    const planned = await farmOfProject("patch", "plan", "--ring", "pilot");
    expect(planned.stdout).toMatch(/^landkreis-auental +pilot +1 to patch +restart of the machine /m);

    const started = Date.now();
    const result = await apply("--window", "tonight");
    say(`two that go back and one that restarts took ${((Date.now() - started) / 1000).toFixed(1)} s`);
    const [one, two, three] = rowsOf(result);
    expect(one).toMatchObject({ result: "went back", rebooted: false });
    expect(one?.story).toContain("farm-probe-tool cannot be configured");
    expect(await a.packages()).toEqual({ [tool]: "0.9" });
    expect(await a.run("farm-probe-tool; cat /etc/farm-probe-tool.conf")).toBe("0.9\nchanged");

    expect(two).toMatchObject({ result: "went back", rebooted: false });
    expect(two?.story).toContain("farm-probe-service.service");
    expect(await b.packages()).toEqual({ [service]: "1.1" });
    expect(await b.serves()).toBe("1.1");

    expect(three).toMatchObject({ result: "patched", rebooted: true });
    expect(three?.awaySeconds).toBeGreaterThan(1);
    say(`the machine that restarted was away for ${three?.awaySeconds} s`);
    expect(await c.packages()).toEqual({ [system]: "1.1" });
    expect(result.code).toBe(1);

    const after = await all((machine) => machine.boot());
    expect(after.map((boot, index) => boot === before[index])).toEqual([true, true, false]);
    await all((machine) => machine.expectWell());
    expect(audit().at(-1)).toMatchObject({ window: "tonight" });
    // A machine that is as it was needs no way back.
    expect((await all((machine) => machine.snapshots())).map((shots) => shots.length)).toEqual([0, 0, 1]);
    await all((machine) => machine.removeSnapshots());
  });

  it("that cannot be taken back: the VM goes back to its snapshot, and the stack is in order again", async () => {
    const [a] = machines;
    await a.give({ [tool]: "1.1" });
    fixPackages({ [tool]: "1.3" });
    const before = await a.boot();
    const started = Date.now();
    const result = await apply("--emergency", "DSA-6100-2");
    say(`the way back by the snapshot took ${((Date.now() - started) / 1000).toFixed(1)} s`);
    const [row, ...others] = rowsOf(result);
    expect(row).toMatchObject({ result: "reverted", story: expect.stringContaining("and the site answers") });
    expect(others.map((each) => each.result)).toEqual(["current", "current"]);
    await a.expectWell();
    expect(await a.packages()).toEqual({ [tool]: "1.1" });
    expect(await a.boot()).not.toBe(before);

    await a.removeSnapshots();
    const healed = await engine(["refresh", "--yes", "--skip-preview"]);
    expect(healed.code, healed.stdout + healed.stderr).toBe(0);
    expect(await plan()).toEqual([]);
  });

  it("are all old or all new after a lost connection and after a power cut in the middle", async () => {
    const [a, b, c] = machines;
    fixPackages({ [tool]: "1.1", [service]: "1.1" });
    await Promise.all([a.give({}), ...[b, c].map((each) => each.give({ [tool]: "1.0", [service]: "1.0" }))]);
    await Promise.all([b, c].map((each) => each.run("sudo touch /run/farm-probe-wait")));
    const started = Date.now();
    const running = apply("--emergency", "DSA-6100-3");
    await Promise.all(
      [b, c].map((each) =>
        eventually("it stands in the middle", async () => {
          await each.run("test -e /run/farm-probe-waiting");
          return true;
        }),
      ),
    );
    // Everybody's connections to the one; this command's own with them.
    await onMachine(
      b.tenant.address,
      (await pinnedKeys()).get(b.tenant.id) ?? "",
      "sudo pkill -KILL -u farm",
    );
    const { id } = await vmOf(c.tenant.id);
    await withXo((xo) => xo.call("vm.restart", { id, force: true }));
    await b.run("sudo rm /run/farm-probe-wait");

    const result = await running;
    say(`cut off and ended well after ${((Date.now() - started) / 1000).toFixed(1)} s`);
    expect(result.stderr).toContain("amt-seenplatte-nord: the connection was lost");
    const [, two, three] = rowsOf(result);
    expect(two).toMatchObject({ result: "patched" });
    expect(await b.packages()).toEqual({ [tool]: "1.1", [service]: "1.1" });
    expect(await b.serves()).toBe("1.1");
    expect(three).toMatchObject({
      result: "went back",
      story: expect.stringContaining("the machine went down in the middle"),
    });
    expect(await c.packages()).toEqual({ [tool]: "1.0", [service]: "1.0" });
    expect(await c.serves()).toBe("1.0");
    await all((machine) => machine.expectWell());
  });
});

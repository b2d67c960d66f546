import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { journalFile, type RestoreJournal } from "../../cli/restore-journal.ts";
import { readLab } from "../../lab/lab-file.ts";
import { visit } from "../../lab/probe.ts";
import { farmFolder } from "../../lib/paths.ts";
import { FarmProcess } from "../support/farm-process.ts";
import { pinnedKeys } from "../support/machine.ts";
import { farmOfProject } from "../support/patched.ts";
import { Prober } from "../support/prober.ts";
import { drift, plan } from "../support/project.ts";
import { deleteVm, farmJson, inventory, RestoredSite, type SiteData } from "../support/restored-site.ts";
import { vmOf, withXo } from "../support/services.ts";
import { pendingOperations } from "../support/state-file.ts";

/** The smallest site; its certificate is the machine's own. */
const id = "hohenbrueck";
const domain = "ratsinfo.hohenbrueck.example";
const address = "198.18.10.11";
const paper = "7e21b0c4-paper";
const later = "81fd2c90-later";

interface Copy {
  readonly id: string;
  readonly name: string;
  readonly runs: boolean;
  readonly way: string;
}

/** Whether XO restores something from a backup at this moment. */
async function restoring(): Promise<boolean> {
  const query = { message: "restore", status: "pending", _forceRefresh: true };
  return withXo(async (xo) => ((await xo.call("backupNg.getLogs", query)) as unknown[]).length > 0);
}

function journal(): RestoreJournal {
  return JSON.parse(readFileSync(journalFile("lab", id), "utf8")) as RestoreJournal;
}

/** What the doctor finds that is not fine. */
async function complaints(): Promise<readonly string[]> {
  const { findings } = await farmJson<{ findings: { id: string; severity: string; detail: string }[] }>(
    "doctor",
  );
  return findings.filter(({ severity }) => severity !== "fine").map(({ id: finding }) => finding);
}

describe("parts, copies, and restores that are interrupted", () => {
  const begun = Date.now();
  const say = (what: string): void =>
    void process.stderr.write(`[restore] ${((Date.now() - begun) / 1000).toFixed(1)} s: ${what}\n`);
  const records = mkdtempSync(join(farmFolder, "drills-"));
  let site: RestoredSite;
  /** What the backup holds. */
  let saved: SiteData;
  /** What the machine holds after that: a paper less, a file more, a motion changed. */
  let changed: SiteData;

  beforeAll(async () => {
    site = await RestoredSite.of({ id, address }, paper);
    await site.writePaper();
    saved = await site.data();
    expect(await farmJson("backup", "run", id)).toMatchObject({ code: 0, good: true, consistent: true });
    await site.deletePaper();
    await site.writeLater(later);
    await site.sql("UPDATE motion SET title = 'Bank im Park'");
    changed = await site.data();
    expect(changed.files).not.toBe(saved.files);
    expect(changed.database).not.toBe(saved.database);
    say("backed up and changed");
  });

  afterAll(async () => {
    rmSync(records, { recursive: true, force: true });
    await site.deleteLater(later);
  });

  it("a copy holds the backup, in quarantine, and nobody who visits the site notices", async () => {
    const [before, live, features] = [await inventory(), await vmOf(id), await site.features()];
    const prober = new Prober([{ id, domain }]);
    const copy = await farmJson<Copy>("restore", id, "--as-copy", "--yes");
    expect(copy).toMatchObject({ code: 0, runs: true });
    const { quarantine } = readLab();
    expect(copy.way).toBe(`ssh -J ${quarantine.user}@${quarantine.host}:${quarantine.port} farm@${address}`);
    await site.awaitUp(quarantine);
    expect(await site.data(quarantine)).toEqual(saved);
    const report = (await prober.stop()).get(id);
    expect(report?.failed).toEqual([]);
    expect(report?.probes).toBeGreaterThan(20);

    expect(await vmOf(id)).toMatchObject({ id: live.id, power_state: "Running" });
    expect(await site.features()).toEqual(features);
    expect(await site.data()).toEqual(changed);
    const [shown] = await withXo((xo) => xo.objects({ type: "VM", id: copy.id }));
    expect(shown?.["tags"]).toEqual([`copy=allris-farm/lab/${id}`]);
    expect((await inventory()).vms).toEqual([...before.vms, copy.name].sort());
    await deleteVm(copy.id);
    expect(await inventory()).toEqual(before);
    say("a copy was there");
  });

  it("the database comes back alone; files that were changed since stay as they are", async () => {
    const before = await inventory();
    const restored = await farmJson("restore", id, "--database", "--yes");
    // The motion names a paper that only the backup has: the answer says so.
    expect(restored).toMatchObject({ code: 0, outcome: "done", dangling: 1 });
    expect(await site.data()).toEqual({ files: changed.files, database: saved.database });
    expect((await visit(readLab(), domain)).status).toBe(200);
    expect(await inventory()).toEqual(before);
    changed = await site.data();
    say("the database is back");
  });

  it("a drill that a power cut ended leaves its copy, and the next one deletes it before anything else", async () => {
    const before = await inventory();
    const drill = () => new FarmProcess("drill", "restore", id, "--by", "Erika Muster", "--records", records);
    const copies = () =>
      withXo((xo) => xo.objects({ type: "VM", tags: [`temporary-copy=allris-farm/lab/${id}`] }));
    const killed = drill();
    await killed.says("the copy starts in quarantine");
    await killed.cutPower();
    const [left, ...more] = await copies();
    expect(left).toBeDefined();
    expect(more).toEqual([]);

    const next = drill();
    await next.says(`the copy ${left?.["id"]} is deleted`);
    expect((await next.interrupt()).code).toBe(1);
    expect(await copies()).toEqual([]);
    expect(await inventory()).toEqual(before);
    say("a copy that was left is deleted");
  });

  it.each(["while Xen Orchestra restores", "while the copy is compared"])(
    "Ctrl-C in a drill, %s, leaves neither a copy nor a record",
    async (moment) => {
      const before = await inventory();
      const drill = new FarmProcess("drill", "restore", id, "--by", "Erika Muster", "--records", records);
      if (moment.includes("compared")) await drill.says("compared with what its backup promised");
      else await drill.until(moment, restoring);
      const { code, stderr } = await drill.interrupt();
      expect(code).toBe(1);
      expect(stderr).toContain("SIGINT: stopping, and cleaning up first");
      expect(stderr).toMatch(/the copy \S+ is deleted/);
      expect(stderr).toContain("Interrupted by SIGINT");
      expect(await inventory()).toEqual(before);
      expect(readdirSync(records)).toEqual([]);
      say(`interrupted ${moment}`);
    },
  );

  it("a restore that a power cut ended is taken back: the machine is what it was", async () => {
    const [before, old, features] = [await inventory(), await vmOf(id), await site.features()];
    const command = new FarmProcess("restore", id, "--stop-old", "--yes");
    await command.until("Xen Orchestra restores", restoring);
    await command.cutPower();
    // Counter-proof: something was begun, and the site is away.
    expect(journal().done).toHaveProperty("set the old VM aside");
    expect(await withXo((xo) => xo.objects({ type: "VM", id: old.id }))).toMatchObject([
      { power_state: "Halted", name_label: expect.stringContaining("(replaced ") },
    ]);

    const undone = await farmJson("restore", id, "--undo");
    expect(undone).toMatchObject({ code: 0, undone: true });
    expect((await vmOf(id)).id).toBe(old.id);
    expect(await site.features()).toEqual(features);
    expect(await inventory()).toEqual(before);
    await site.awaitUp();
    expect(await site.data()).toEqual(changed);
    expect(existsSync(journalFile("lab", id))).toBe(false);
    const again = await farmOfProject("restore", id, "--undo");
    expect(again.code).toBe(1);
    expect(again.stderr).toContain(`No restore of ${id} is under way`);
    expect(await plan()).toEqual([]);
    say("taken back");
  });

  it("a restore that is killed again and again goes on where it was, and does nothing twice", async () => {
    const [before, old, features] = [await inventory(), await vmOf(id), await site.features()];
    const ill = await complaints();
    const prober = new Prober([{ id, domain }]);
    const command = (...more: string[]) => new FarmProcess("restore", id, "--yes", "--json", ...more);

    const first = command("--stop-old");
    await first.until("Xen Orchestra restores", restoring);
    await first.cutPower();
    expect(journal().restored).toBeUndefined();
    say("killed while Xen Orchestra restores");

    // The command alone: its engine lives on for a while.
    const second = command();
    await second.says("bring the site up");
    await second.until(
      "the engine works",
      () => existsSync(lockFolder) && readdirSync(lockFolder).length > 0,
    );
    await second.kill();
    const { restored } = journal();
    expect(journal().done).toHaveProperty("take it into the state");
    say("killed between the state and the site");

    const late = await farmOfProject("restore", id, "--undo");
    expect(late.code).toBe(1);
    expect(late.stderr).toMatch(/no way back, only forward|left operations/);

    const third = command();
    await third.until("an operation is under way", () => pendingOperations().length > 0);
    await third.cutPower();
    const pending = pendingOperations();
    expect(pending).not.toEqual([]);
    expect(third.said).toMatch(/waiting for the engine of|lock of \S+ \(process \d+\) since \S+: taken off/);
    say(`killed while the site is brought up: ${pending.join(", ")}`);

    const fourth = command();
    await fourth.says("check that nothing is left to change");
    // Without this the engine would neither have been let in nor have gone on.
    expect(fourth.said).toMatch(/lock of \S+ \(process \d+\) since \S+: taken off/);
    for (const operation of pending)
      expect(fourth.said).toMatch(
        new RegExp(`${operation.split(" ")[1]}: (no longer under way|interrupted while)`),
      );
    await fourth.cutPower();
    expect(journal().done).toHaveProperty("bring the site up");
    say("killed while it is checked");

    const last = await command().ended;
    expect(last.code, last.stderr).toBe(0);
    const result = JSON.parse(last.stdout) as {
      vm: string;
      old: { id: string; name: string };
      journal: string;
    };
    const report = (await prober.stop()).get(id);
    say(`restored; ${report?.failed.length} of ${report?.probes} probes failed`);
    // Counter-proof for the copy before: whoever visits a site that is really away is told so.
    expect(report?.failed.length).toBeGreaterThan(0);

    expect(result.vm).toBe(restored);
    expect((await vmOf(id)).id).toBe(restored);
    expect(await site.features()).toEqual(features);
    expect((await pinnedKeys()).get(id)).toBe(site.key);
    await site.awaitUp();
    expect(await site.data()).toEqual(saved);
    const answer = await visit(readLab(), domain);
    expect(answer.body).toContain(`<meta name="farm-site" content="${id}">`);

    expect(result.old.id).toBe(old.id);
    const [aside] = await withXo((xo) => xo.objects({ type: "VM", id: old.id }));
    expect(aside).toMatchObject({ power_state: "Halted", high_availability: "" });
    expect(Object.keys(aside?.["blockedOperations"] as object)).toEqual(
      expect.arrayContaining(["start", "start_on"]),
    );
    await expect(withXo((xo) => xo.call("vm.start", { id: old.id }))).rejects.toThrow();
    await deleteVm(old.id);
    expect(await inventory()).toEqual(before);

    expect(existsSync(journalFile("lab", id))).toBe(false);
    const { done } = JSON.parse(readFileSync(result.journal, "utf8")) as RestoreJournal;
    expect(Object.keys(done)).toHaveLength(9);
    expect(await plan()).toEqual([]);
    expect(await drift()).toEqual([]);
    expect(await complaints()).toEqual(ill);
    say("nothing is left to change");
  });
});

const lockFolder = join(farmFolder, "state", ".pulumi", "locks", "organization", "allris-farm", "lab");

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { journalFile } from "../../cli/restore-journal.ts";
import { readLab } from "../../lab/lab-file.ts";
import { visit } from "../../lab/probe.ts";
import { farmFolder } from "../../lib/paths.ts";
import type { DrillRecord } from "../../model/drill.ts";
import { pinnedKeys } from "../support/machine.ts";
import { farmOfProject } from "../support/patched.ts";
import { drift, plan } from "../support/project.ts";
import { deleteVm, farmJson, inventory, RestoredSite, type SiteData } from "../support/restored-site.ts";
import { vmOf } from "../support/services.ts";

/** The smallest site; its certificate is the machine's own. */
const id = "hohenbrueck";
const domain = "ratsinfo.hohenbrueck.example";
const address = "198.18.10.11";

const paper = "5d1c7a52-paper";
describe("backups and restores of a site", () => {
  const begun = Date.now();
  const say = (what: string): void =>
    void process.stderr.write(`[restore] ${((Date.now() - begun) / 1000).toFixed(1)} s: ${what}\n`);
  const records = mkdtempSync(join(farmFolder, "drills-"));
  let site: RestoredSite;
  let promised: SiteData;

  beforeAll(async () => {
    site = await RestoredSite.of({ id, address }, paper);
    await site.writePaper();
    promised = await site.data();
  });

  afterAll(() => rmSync(records, { recursive: true, force: true }));

  it("a backup is judged by its log and its archive, and the day has one", async () => {
    expect(await plan()).toEqual([]);
    const run = await farmJson<{ good: boolean; archives: string[]; consistent: boolean }>(
      "backup",
      "run",
      id,
    );
    expect(run).toMatchObject({ code: 0, good: true, consistent: true });
    expect(run.archives).toHaveLength(1);
    const status = await farmJson<{ administrations: Record<string, unknown>[] }>("backup", "status");
    const [row] = status.administrations.filter(({ tenant }) => tenant === id);
    expect(row).toMatchObject({ level: "ok", consistent: true, remarks: [] });
    expect(row?.["repositories"]).toHaveLength(1);
    // The other two have none yet.
    expect(status.code).toBe(1);
    say("backed up");
  });

  it("a drill restores a copy apart from everything, compares it, signs, and leaves nothing", async () => {
    const before = await inventory();
    const record = await farmJson<DrillRecord>(
      "drill",
      "restore",
      id,
      "--by",
      "Erika Muster",
      "--records",
      records,
    );
    expect(record.sites[0]?.checks.filter(({ good }) => !good)).toEqual([]);
    expect(record).toMatchObject({
      code: 0,
      outcome: "passed",
      lab: true,
      signedOff: { by: "Erika Muster" },
    });
    expect(record.sites[0]?.checks.map(({ detail }) => detail).join("\n")).toMatch(
      /4\.1\.7.*\n.*noted [0-9a-f]{64}/s,
    );
    expect(
      readdirSync(records)
        .map((name) => name.replace(/^.*\./, ""))
        .sort(),
    ).toEqual(["json", "md"]);
    expect(await inventory()).toEqual(before);
    for (const { name, seconds } of record.sites[0]?.durations ?? [])
      say(`drill: ${name} ${seconds.toFixed(1)} s`);
  });

  it("a paper that the clerk deleted comes back alone, the site running all the time", async () => {
    const before = await inventory();
    await site.deletePaper();
    await site.sql("UPDATE motion SET title = 'Bank im Park'");
    const restored = await farmJson<{ outcome: string }>("restore", id, "--files", paper, "--yes");
    expect(restored).toMatchObject({ code: 0, outcome: "done" });
    await site.sql("UPDATE motion SET title = 'Bank am See'");
    expect(await site.data()).toEqual(promised);
    expect(await inventory()).toEqual(before);
    say("one paper is back");
  });

  it("a machine that still runs is not replaced by a slip of the hand", async () => {
    const refused = await farmOfProject("restore", id, "--yes");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("The machine of hohenbrueck still runs");
    expect(existsSync(journalFile("lab", id))).toBe(false);
  });

  it("a lost machine comes back as it was: data, name, protection, host key, and nothing left to change", async () => {
    const [before, old] = [await site.features(), await vmOf(id)];
    await site.sql("DELETE FROM motion");
    await site.deletePaper();
    await deleteVm(old.id);

    const result = await farmOfProject("restore", id, "--yes", "--json");
    if (result.code !== 0) throw new Error(`${result.stdout}\n${result.stderr}`);
    const restored = JSON.parse(result.stdout) as { vm: string; old: null; journal: string; seconds: number };
    say(`restored in ${restored.seconds} s`);

    expect(restored.vm).not.toBe(old.id);
    expect((await vmOf(id)).id).toBe(restored.vm);
    expect(await site.features()).toEqual(before);
    // The key that was pinned before opens this machine too.
    expect((await pinnedKeys()).get(id)).toBe(site.key);
    expect(await site.data()).toEqual(promised);
    expect(await site.backup("verify")).toMatchObject({ outcome: "done" });
    const answer = await visit(readLab(), domain);
    expect(answer.status).toBe(200);
    expect(answer.body).toContain(`<meta name="farm-site" content="${id}">`);
    expect(await plan()).toEqual([]);
    expect(await drift()).toEqual([]);
    const { done } = JSON.parse(readFileSync(restored.journal, "utf8")) as { done: Record<string, string> };
    expect(Object.keys(done)).toHaveLength(9);
    expect(existsSync(journalFile("lab", id))).toBe(false);
    say("nothing is left to change");
  });
});

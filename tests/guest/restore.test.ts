import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { journalFile } from "../../cli/restore-journal.ts";
import { readLab } from "../../lab/lab-file.ts";
import { visit } from "../../lab/probe.ts";
import { farmFolder } from "../../lib/paths.ts";
import type { RunResult } from "../../lib/run.ts";
import type { DrillRecord } from "../../model/drill.ts";
import { onMachine, pinnedKeys } from "../support/machine.ts";
import { farmOfProject } from "../support/patched.ts";
import { drift, plan } from "../support/project.ts";
import { vmOf, withXo } from "../support/services.ts";

/** The smallest site; its certificate is the machine's own. */
const id = "hohenbrueck";
const domain = "ratsinfo.hohenbrueck.example";
const address = "198.18.10.11";

const paper = "5d1c7a52-paper";
const folder = "/srv/allrisnet/current/files";
const row = `INSERT INTO motion (account_id, title, text, file_name, stored_as)
  SELECT id, 'Bank am See', 'Text', 'bank.pdf', '${paper}' FROM account WHERE login = 'm.sommer'`;

describe("backups and restores of a site", () => {
  const begun = Date.now();
  const say = (what: string): void =>
    void process.stderr.write(`[restore] ${((Date.now() - begun) / 1000).toFixed(1)} s: ${what}\n`);
  const records = mkdtempSync(join(farmFolder, "drills-"));
  let key = "";
  let promised = "";

  async function machine(command: string): Promise<string> {
    const result = await onMachine(address, key, command);
    if (result.code !== 0) throw new Error(`${command}: ${result.stdout} ${result.stderr}`);
    return result.stdout.trim();
  }

  const sql = (statement: string) =>
    machine(`cd /; sudo -u postgres psql -XqAt -d allrisnet_1 -c "${statement.replaceAll("\n", " ")}"`);
  const backup = async (words: string) =>
    JSON.parse((await machine(`sudo /usr/local/lib/farm/backup ${words}`)).split("\n").at(-1) ?? "");

  /**
   * Checksums of the application's files and of the database's dump, as the machine has them at this moment. Without
   * the positions of sequences: after a power cut PostgreSQL goes on up to 32 numbers further, by design.
   */
  const data = () =>
    machine(
      `cd ${folder} && sudo find . -type f -exec sha256sum {} + | sort; cd /; ` +
        "sudo -u postgres pg_dump --no-comments allrisnet_1 | grep -v '^.\\(un\\)\\?restrict \\|setval(' | sha256sum",
    );

  /** What a command says as JSON, with its exit code. */
  async function farm<T>(...args: string[]): Promise<T & { readonly code: number }> {
    const result: RunResult = await farmOfProject(...args, "--json");
    if (result.stdout === "") throw new Error(result.stderr);
    return { ...(JSON.parse(result.stdout) as T), code: result.code };
  }

  /** Everything of XO that a restore or a drill might leave. */
  const inventory = () =>
    withXo(async (xo) => {
      const [vms, disks] = await Promise.all([xo.objects({ type: "VM" }), xo.objects({ type: "VDI" })]);
      return [vms, disks].map((objects) => objects.map((each) => each["name_label"]).sort());
    });

  /** What a VM is to have again. */
  const features = async () => {
    const vm = await vmOf(id);
    const vifs = await withXo((xo) => xo.objects({ type: "VIF", $VM: vm.id }));
    const { name_label, name_description, tags, high_availability, blockedOperations } = vm;
    const { affinityHost, CPUs, startDelay, auto_poweron } = vm;
    const { dynamic } = vm["memory"] as { dynamic: number[] };
    return {
      ...{ name_label, name_description, tags, high_availability, affinityHost, CPUs, startDelay },
      ...{ auto_poweron, memory: dynamic[1] },
      blockedOperations: Object.keys(blockedOperations as object),
      cards: vifs.map(({ MAC, $network }) => [MAC, $network]),
    };
  };

  beforeAll(async () => {
    key = (await pinnedKeys()).get(id) ?? "";
    await machine(`head -c 300000 /dev/urandom | sudo -u tomcat sh -c 'umask 027; cat >${folder}/${paper}'`);
    await sql(row);
    promised = await data();
  });

  afterAll(() => rmSync(records, { recursive: true, force: true }));

  it("a backup is judged by its log and its archive, and the day has one", async () => {
    expect(await plan()).toEqual([]);
    const run = await farm<{ good: boolean; archives: string[]; consistent: boolean }>("backup", "run", id);
    expect(run).toMatchObject({ code: 0, good: true, consistent: true });
    expect(run.archives).toHaveLength(1);
    const status = await farm<{ administrations: Record<string, unknown>[] }>("backup", "status");
    const [row] = status.administrations.filter(({ tenant }) => tenant === id);
    expect(row).toMatchObject({ level: "ok", consistent: true, remarks: [] });
    expect(row?.["repositories"]).toHaveLength(1);
    // The other two have none yet.
    expect(status.code).toBe(1);
    say("backed up");
  });

  it("a drill restores a copy apart from everything, compares it, signs, and leaves nothing", async () => {
    const before = await inventory();
    const record = await farm<DrillRecord>(
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
    await machine(`sudo rm ${folder}/${paper}`);
    await sql("UPDATE motion SET title = 'Bank im Park'");
    const restored = await farm<{ outcome: string }>("restore", id, "--files", paper, "--yes");
    expect(restored).toMatchObject({ code: 0, outcome: "done" });
    await sql("UPDATE motion SET title = 'Bank am See'");
    expect(await data()).toBe(promised);
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
    const [before, old] = [await features(), await vmOf(id)];
    await sql("DELETE FROM motion");
    await machine(`sudo rm ${folder}/${paper}`);
    await withXo((xo) =>
      xo.call("vm.delete", { id: old.id, forceBlockedOperation: true }, { timeout: 60_000 }),
    );

    const result = await farmOfProject("restore", id, "--yes", "--json");
    if (result.code !== 0) throw new Error(`${result.stdout}\n${result.stderr}`);
    const restored = JSON.parse(result.stdout) as { vm: string; old: null; journal: string; seconds: number };
    say(`restored in ${restored.seconds} s`);

    expect(restored.vm).not.toBe(old.id);
    expect((await vmOf(id)).id).toBe(restored.vm);
    expect(await features()).toEqual(before);
    // The key that was pinned before opens this machine too.
    expect((await pinnedKeys()).get(id)).toBe(key);
    expect(await data()).toBe(promised);
    expect(await backup("verify")).toMatchObject({ outcome: "done" });
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

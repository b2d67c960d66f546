import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Adopted } from "../../cli/adopt/adopt.ts";
import { auditFile } from "../../cli/site/audit.ts";
import type { TerminationResult } from "../../cli/terminate/terminate.ts";
import { readLab } from "../../lab/lab-file.ts";
import { addresses } from "../../lab/network/names.ts";
import { visit } from "../../lab/probe.ts";
import { readAudit } from "../../lib/audit-log.ts";
import { farmFolder } from "../../lib/paths.ts";
import { run } from "../../lib/run.ts";
import type { TerminationRecord } from "../../model/termination-record.ts";
import { type ForeignMachine, makeForeignMachine, unreadable } from "../support/foreign-machine.ts";
import { inLab, onMachine, pinnedKeys, tryBootOf } from "../support/machine.ts";
import { farmOfProject } from "../support/patched.ts";
import { engine, plan, tenantFile, up } from "../support/project.ts";
import { cloudflare, farmVms, withXo, zoneOf } from "../support/services.ts";

const id = "altdorf";
const domain = "rat.altdorf.hohenbrueck.example";
const address = "198.18.10.41";
const paper = "9f0e7b11-paper";
const files = "/srv/allrisnet/current/files";

/** One machine from the day it is found to the day nothing of it is left. */
describe("a machine that others made comes, is looked after, and leaves", () => {
  const begun = Date.now();
  const say = (what: string): void =>
    void process.stderr.write(`[leaving] ${((Date.now() - begun) / 1000).toFixed(1)} s: ${what}\n`);
  let foreign: ForeignMachine;
  let boot: string | undefined;
  let serial = "";
  let archive = "";

  async function farm<T>(...args: string[]): Promise<T> {
    const result = await farmOfProject(...args, "--json");
    if (result.code !== 0) throw new Error(`${args.join(" ")}: ${result.stdout}\n${result.stderr}`);
    return JSON.parse(result.stdout) as T;
  }

  async function machine(command: string): Promise<string> {
    const result = await onMachine(address, (await pinnedKeys()).get(id) ?? "", command);
    if (result.code !== 0) throw new Error(`${command}: ${result.stdout} ${result.stderr}`);
    return result.stdout.trim();
  }

  const bootNow = async (): Promise<string | undefined> =>
    tryBootOf(address, (await pinnedKeys()).get(id) ?? "");

  /** Ids of all that stands outside of the state, so that nothing is made twice or anew. */
  async function outside(): Promise<object> {
    const zones = await cloudflare<{ id: string }[]>("GET", "zones?per_page=50");
    const records = await Promise.all(
      zones.map((zone) => cloudflare<{ id: string }[]>("GET", `zones/${zone.id}/dns_records?per_page=100`)),
    );
    const jobs = await withXo((xo) => xo.call("backupNg.getAllJobs") as Promise<{ id: string }[]>);
    const ids = (list: readonly Record<string, unknown>[]): string[] =>
      list.map((each) => String(each["id"])).sort();
    return { vms: ids(await farmVms()), zones: ids(zones), records: ids(records.flat()), jobs: ids(jobs) };
  }

  beforeAll(async () => {
    foreign = await makeForeignMachine({ label: "altdorf web", address, domain });
    say("somebody made a machine");
  });
  afterAll(() => rmSync(join(farmFolder, "terminations"), { recursive: true, force: true }));

  it("is taken over with its records and its job, and becomes a site without a stop", async () => {
    const fields = unreadable.flatMap(({ path, value }) => [
      "--set",
      `${path.join(".")}=${typeof value === "string" ? value : JSON.stringify(value)}`,
    ]);
    const adopted = await farm<Adopted>("tenant", "adopt", "altdorf web", "--id", id, "--yes", ...fields);
    say("taken over");
    expect(adopted.tenants[0]).toMatchObject({ id, vm: foreign.vm, job: foreign.job, fileIsNew: true });
    expect(adopted.left.filter(({ op }) => op !== "create" && op !== "update")).toEqual([]);
    boot = await bootNow();
    expect(boot).toBeDefined();

    await up();
    say("brought up");
    expect(await plan()).toEqual([]);
    expect(await bootNow()).toBe(boot);
    const answer = await visit(readLab(), domain);
    expect(answer.status).toBe(200);
    expect(answer.body).toContain(`<meta name="farm-site" content="${id}">`);
    serial = answer.certificate.serialNumber;
    const { records } = await zoneOf("hohenbrueck.example");
    expect(records.find((record) => record.id === foreign.records["A"])).toMatchObject({
      name: domain,
      ttl: 300,
    });
  });

  it("is looked after by its pinned key, and every look is noted before it is done", async () => {
    // The log outlives the labs before this one.
    const before = readAudit(auditFile("lab")).length;
    const logs = await farm<{ lines: string[] }>("site", "logs", id, "--since", "-1d");
    expect(logs.lines.join("\n")).toMatch(/catalina|Server startup|allrisnet/i);
    const shell = await farmOfProject("site", "ssh", id, "-t", "4711", "--", "hostname", "-s");
    expect([shell.code, shell.stdout.trim()]).toEqual([0, "rat"]);
    const failed = await farmOfProject("site", "ssh", id, "-t", "4711", "--", "exit", "7");
    expect(failed.code).toBe(7);
    const restarted = await farm<{ seconds: number }>("site", "restart", id, "-t", "4712", "--yes");
    expect((await visit(readLab(), domain)).status).toBe(200);
    expect(await bootNow()).toBe(boot);
    say(`its application answers again after ${restarted.seconds} s`);
    const noted = readAudit(auditFile("lab")).slice(before);
    expect(noted.every(({ tenant }) => tenant === id)).toBe(true);
    expect(noted.map(({ what, ticket = "" }) => `${what} ${ticket}`.trim())).toEqual([
      "logs",
      "ssh 4711",
      "ssh ended 4711",
      "ssh 4711",
      "ssh ended 4711",
      "restart 4712",
      "restart ended 4712",
    ]);
    // Without a ticket nobody gets a shell.
    expect((await farmOfProject("site", "ssh", id, "--", "true")).code).toBe(2);
  });

  it("comes back into a state that was lost, with all others: nothing twice, nothing anew, nothing stopped", async () => {
    const before = await outside();
    rmSync(join(farmFolder, "state"), { recursive: true });
    const adopted = await farm<Adopted>("tenant", "adopt", "--all", "--yes");
    say(`${adopted.imported.length} resources found again`);
    expect(adopted.tenants.map((tenant) => tenant.id).sort()).toContain(id);
    expect(adopted.tenants).toHaveLength(4);
    expect(adopted.left.filter(({ op }) => op !== "create" && op !== "update")).toEqual([]);
    await up();
    say("brought up from a state that was lost");
    expect(await plan()).toEqual([]);
    expect(await outside()).toEqual(before);
    expect(await bootNow()).toBe(boot);
    expect((await visit(readLab(), domain)).certificate.serialNumber).toBe(serial);
  });

  it("is ordered to end: whatever its file says, nothing of it changes any more, and nothing is deleted", async () => {
    const done = await farm<TerminationResult>(
      ...["tenant", "terminate", id, "--ordered-by", "Frau Sommer, letter of 2026-01-05"],
      ...["--since", "2026-01-05", "--delete-after", "2026-01-31"],
    );
    expect(done.did).toBe("ordered");
    const file = readFileSync(tenantFile(id), "utf8");
    expect(file).toContain('state: "terminating"');
    expect(await plan()).toEqual([]);
    const refused = await farmOfProject(
      "tenant",
      "terminate",
      id,
      "--delete",
      "--by",
      "Erika Muster",
      "--yes",
    );
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining("is not closed, saved and exported yet"),
    ]);
    // A file that is gone skips nothing.
    rmSync(tenantFile(id));
    const guarded = await engine(["preview"]);
    expect(guarded.code).not.toBe(0);
    expect(guarded.stdout + guarded.stderr).toContain(`tenants/${id}.ts is missing`);
    writeFileSync(tenantFile(id), file);
  });

  it("is closed, saved for the last time, exported; its certificate is taken back and its names go", async () => {
    await machine(`head -c 50000 /dev/urandom | sudo -u tomcat sh -c 'umask 027; cat >${files}/${paper}'`);
    const sum = (await machine(`sudo sha256sum ${files}/${paper}`)).split(" ")[0];
    const closed = await farm<TerminationResult>("tenant", "terminate", id, "--yes");
    say("closed and exported");
    expect(closed.did).toBe("closed");
    expect((await visit(readLab(), domain)).status).toBe(503);
    const folder = closed.export ?? "";
    expect(readdirSync(folder).sort()).toEqual(
      ["LIESMICH.txt", "SHA256SUMS", "dateien.tar", "datenbank.tar", "dns-eintraege.zone"].sort(),
    );
    await run("sha256sum", ["-c", "--quiet", "SHA256SUMS"], { cwd: folder });
    expect(statSync(join(folder, "dateien.tar")).mode & 0o777).toBe(0o600);
    const unpacked = await run("sh", [
      "-c",
      `tar -xOf ${join(folder, "dateien.tar")} content/${paper} | sha256sum; tar -xOf ${join(folder, "datenbank.tar")} content/database.dump | head -c 5`,
    ]);
    expect(unpacked).toContain(String(sum));
    expect(unpacked).toContain("PGDMP");
    expect(readFileSync(join(folder, "dns-eintraege.zone"), "utf8")).toContain(
      `${domain}. 300 IN A ${address}`,
    );
    const status = await inLab(
      ...["curl", "-sk", `https://${addresses.acme}:15000/cert-status-by-serial/${serial}`],
    );
    expect(JSON.parse(status.stdout)).toMatchObject({ Status: "Revoked", Reason: 5 });
    archive =
      /archive:\s*"([^"]+)"/.exec(readFileSync(tenantFile(id), "utf8"))?.[1] ?? "no archive in the file";

    const steps = await plan();
    expect(steps.map(({ op, type }) => `${op} ${type}`).sort()).toEqual([
      "delete cloudflare:index/dnsRecord:DnsRecord",
      "delete cloudflare:index/dnsRecord:DnsRecord",
      "delete cloudflare:index/dnsRecord:DnsRecord",
      "delete command:remote:Command",
    ]);
    const early = await farmOfProject("tenant", "terminate", id, "--delete", "--by", "Erika Muster", "--yes");
    expect([early.code, early.stderr]).toEqual([
      1,
      expect.stringContaining("still lead to it, so nothing is deleted"),
    ]);
    await up();
    say("its names are withdrawn");
    expect(await plan()).toEqual([]);
    const { records } = await zoneOf("hohenbrueck.example");
    expect(records.filter(({ name }) => name.endsWith(domain))).toEqual([]);
  });

  it("is deleted with every backup, nothing of the others, and the report says what was looked for", async () => {
    const others = (await farmVms()).map((vm) => String(vm["id"])).filter((vm) => vm !== foreign.vm);
    const deleted = await farm<TerminationResult>(
      ...["tenant", "terminate", id, "--delete", "--by", "Erika Muster", "--yes"],
    );
    say("deleted");
    expect(deleted.did).toBe("deleted");
    expect((await farmVms()).map((vm) => String(vm["id"])).sort()).toEqual(others.sort());
    const record = JSON.parse(readFileSync(deleted.report?.json ?? "", "utf8")) as TerminationRecord;
    expect(record.checks.map(({ found }) => found)).toEqual(record.checks.map(() => []));
    expect(record.deletedArchives.map((each) => each.id)).toContain(archive);
    expect(record).toMatchObject({
      orderedBy: "Frau Sommer, letter of 2026-01-05",
      deletedBy: "Erika Muster",
      certificate: "revoked",
      vm: { id: foreign.vm },
    });
    const page = readFileSync(deleted.report?.page ?? "", "utf8");
    expect(page).toContain("# Löschprotokoll: Gemeinde Altdorf");
    expect(page).toContain("Ergebnis: **vollständig gelöscht.**");
    expect(existsSync(tenantFile(id))).toBe(false);
    expect(await plan()).toEqual([]);
    const left = await withXo((xo) => xo.objects({ type: "VDI" }));
    expect(left.filter((disk) => record.disks.some((each) => each.id === disk["id"]))).toEqual([]);
  });
});

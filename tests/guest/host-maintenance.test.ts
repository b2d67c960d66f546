import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readCustomerDrill } from "../../cli/drill-record.ts";
import { checkout, farmFolder } from "../../lib/paths.ts";
import { tryRun } from "../../lib/run.ts";
import type { DrillRecord } from "../../model/drill.ts";
import { describeReports, type ProbedSite, type ProbeReport, Prober } from "../support/prober.ts";
import { plan } from "../support/project.ts";
import { vmOf, withXo } from "../support/services.ts";
import { labTenants } from "../support/tenants.ts";

let sites: readonly ProbedSite[];
let records: string;

beforeAll(async () => {
  sites = (await labTenants()).map(({ id, domain }) => ({ id, domain }));
  records = mkdtempSync(join(tmpdir(), "farm-drills-"));
});
afterAll(async () => {
  rmSync(records, { recursive: true, force: true });
  expect(await plan()).toEqual([]);
});

/** The command as an operator types it. */
async function farm(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const main = join(checkout, "cli", "main.ts");
  return tryRun(process.execPath, [main, ...args], { env: { FARM_HOME: farmFolder }, timeout: 250_000 });
}

/** Name and id of the host that an administration's VM runs on. */
async function hostOf(id: string): Promise<{ readonly id: string; readonly name: string }> {
  const host = String((await vmOf(id))["$container"]);
  const [found] = await withXo((xo) => xo.objects({ type: "host", id: host }));
  return { id: host, name: String(found?.["name_label"]) };
}

async function guestsOf(host: string): Promise<string[]> {
  const places = await Promise.all(sites.map(async ({ id }) => ((await hostOf(id)).id === host ? [id] : [])));
  return places.flat();
}

async function watched(work: () => Promise<void>): Promise<ReadonlyMap<string, ProbeReport>> {
  const prober = new Prober(sites);
  try {
    await work();
  } finally {
    process.stderr.write(`${describeReports(await prober.stop())}\n`);
  }
  return prober.stop();
}

it("a host is drained and comes back, and no visit of any site fails", async () => {
  const host = await hostOf("hohenbrueck");
  const before = await guestsOf(host.id);
  const begun = Date.now();
  let seconds = 0;
  const reports = await watched(async () => {
    const drained = await farm("host", "drain", host.name, "--json");
    expect([drained.code, drained.stderr]).toEqual([0, expect.stringContaining("takes no more VMs")]);
    expect(JSON.parse(drained.stdout)).toMatchObject({ host: host.name, enabled: false, complete: true });
    expect(await guestsOf(host.id)).toEqual([]);
    const back = await farm("host", "undrain", host.name);
    expect(back.code, back.stderr).toBe(0);
    expect(await guestsOf(host.id)).toEqual(before);
    seconds = (Date.now() - begun) / 1000;
  });
  expect(before).toContain("hohenbrueck");
  for (const [id, { failed, probes }] of reports) {
    expect([id, failed]).toEqual([id, []]);
    // Five a second, all the way through.
    expect(probes).toBeGreaterThan(seconds * 4);
  }
});

it("a failover is drilled: its parts are measured, data is as before, the record is the lab's", async () => {
  const host = await hostOf("hohenbrueck");
  const hit = await guestsOf(host.id);
  try {
    const by = ["--by", "Erika Muster", "--confirm", host.name, "--records", records];
    const result = await farm("drill", "failover", host.name, "--inject", ...by, "--json");
    expect(result.code, `${result.stdout}\n${result.stderr}`).toBe(0);
    const record = JSON.parse(result.stdout) as DrillRecord;
    expect(record).toMatchObject({ kind: "failover", lab: true, subject: host.name, outcome: "passed" });
    expect(record.signedOff.by).toBe("Erika Muster");
    for (const { tenant, durations, checks } of record.sites) {
      expect([tenant, checks.filter(({ good }) => !good)]).toEqual([tenant, []]);
      if (!hit.includes(tenant)) continue;
      const seconds = Object.fromEntries(durations.map((part) => [part.name, part.seconds]));
      process.stderr.write(`${tenant}: ${JSON.stringify(seconds)}\n`);
      expect(seconds["detection"]).toBeGreaterThan(9);
      const [restart = 0, boot = 0] = [seconds["restart"], seconds["boot"]];
      expect(seconds["restart decided to HTTPS 200"]).toBeCloseTo(restart + boot, 2);
      expect(boot).toBeGreaterThan(1);
      expect(checks.map(({ check }) => check)).toEqual([
        "answers again by its name",
        "runs on another host",
        "the same release",
        "data as before",
      ]);
    }
    const file = join(records, record.id);
    expect(readFileSync(`${file}.md`, "utf8")).toContain("**Lab.**");
    expect(() => readCustomerDrill(`${file}.json`)).toThrow(/Seconds of the lab never appear/);
  } finally {
    await withXo((xo) => xo.call("lab.healHost", { host: host.id }));
  }
  const back = await farm("host", "undrain", host.name);
  expect(back.code, back.stderr).toBe(0);
  expect(await guestsOf(host.id)).toEqual(hit);
});

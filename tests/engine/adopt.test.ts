import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { playAdministrations } from "../../cli/administrations.ts";
import { type Adopted, adopt, adoptAll } from "../../cli/adopt/adopt.ts";
import type { AdoptScope } from "../../cli/adopt/scope.ts";
import { withAdoptScope } from "../../cli/adopt/with-scope.ts";
import { farmFolder } from "../../lib/paths.ts";
import { type PaperLab, startPaperLab } from "../bench/paper-lab.ts";
import { type ForeignMachine, makeForeignMachine, unreadable } from "../support/foreign-machine.ts";
import { engine, makeProject, plan, project, tenantFile } from "../support/project.ts";
import { cloudflare, farmVms, withXo, zoneOf } from "../support/services.ts";
import { labTenants } from "../support/tenants.ts";

const domain = "rat.altdorf.hohenbrueck.example";
const address = "198.18.10.41";

let lab: PaperLab;
let foreign: ForeignMachine;

beforeAll(async () => {
  rmSync(farmFolder, { recursive: true, force: true });
  lab = await startPaperLab();
  makeProject();
  rmSync(tenantFile("landkreis-auental"));
  await playAdministrations(await labTenants());
  await succeed("up", "--yes", "--skip-preview");
  foreign = await makeForeignMachine({ label: "altdorf web", address, domain, cpus: 3 });
});
afterAll(async () => {
  await lab?.stop();
  rmSync(farmFolder, { recursive: true, force: true });
});

async function succeed(...args: string[]): Promise<void> {
  const result = await engine(args, lab.env);
  if (result.code !== 0) throw new Error(`${args.join(" ")}: ${result.stdout}\n${result.stderr}`);
}

function inScope(work: (scope: AdoptScope) => Promise<Adopted>): Promise<Adopted> {
  const output = { json: true, progress: () => {}, result: () => {} };
  const signal = AbortSignal.timeout(250_000);
  return withAdoptScope({ stack: "lab", output, signal, run: { project, env: lab.env } }, work);
}

const agreed = async (): Promise<void> => {};
const wish = { vm: "altdorf web", id: "altdorf", fields: unreadable, confirm: agreed };

/** Everything outside that a resource of the state stands for, and when each machine was started. */
async function outside(): Promise<object> {
  const vms = (await farmVms()).map(({ id, startTime, power_state }) => [id, startTime, power_state]);
  const zones = await cloudflare<{ id: string }[]>("GET", "zones?per_page=50");
  const records = await Promise.all(
    zones.map(({ id }) => cloudflare<{ id: string }[]>("GET", `zones/${id}/dns_records?per_page=100`)),
  );
  const jobs = await withXo((xo) => xo.call("backupNg.getAllJobs") as Promise<{ id: string }[]>);
  const sorted = (list: readonly { readonly id: string }[]): string[] => list.map(({ id }) => id).sort();
  return { vms: vms.sort(), zones: sorted(zones), records: sorted(records.flat()), jobs: sorted(jobs) };
}

it("a machine that was made by hand comes under the farm: named, recorded, backed up by what it had", async () => {
  const before = await outside();
  const adopted = await inScope((scope) => adopt(scope, wish));
  expect(adopted.tenants).toEqual([
    expect.objectContaining({ id: "altdorf", vm: foreign.vm, job: foreign.job, fileIsNew: true }),
  ]);
  expect([...adopted.imported].sort()).toEqual([
    "altdorf-a",
    "altdorf-alias-www--rat--altdorf--hohenbrueck--example",
    "altdorf-backup",
    "altdorf-host-key",
    "altdorf-restart",
    "altdorf-vm",
  ]);
  expect(adopted.notes).toContain("its tags by-hand go");
  // The figures are those of the machine: no size class changes it later.
  const text = readFileSync(tenantFile("altdorf"), "utf8");
  expect(text).toContain('size: { cpus: 3, memory: "1 GiB"');
  expect(text).toContain(`aliases: ["www.${domain}"]`);

  const steps = await plan();
  expect(steps.filter(({ op }) => op !== "create" && op !== "update")).toEqual([]);
  const vm = steps.find(({ name }) => name === "altdorf-vm");
  expect(vm?.op).toBe("update");
  expect(vm?.changed.filter((path) => /cpus|memory|template|networkId|macAddress|size/.test(path))).toEqual(
    [],
  );
  // Nothing of the others.
  expect(steps.filter(({ name }) => !name.startsWith("altdorf"))).toEqual([]);

  await succeed("up", "--yes", "--skip-preview");
  expect(await plan()).toEqual([]);
  const [vmAfter] = (await farmVms()).filter(({ id }) => id === foreign.vm);
  expect(vmAfter).toMatchObject({
    name_label: "allris-altdorf.lab",
    high_availability: "restart",
    power_state: "Running",
    tags: ["farm=allris-farm/lab", "tenant=altdorf"],
  });
  const { records } = await zoneOf("hohenbrueck.example");
  expect(records.find(({ id }) => id === foreign.records["A"])).toMatchObject({ name: domain, ttl: 300 });
  const jobs = await withXo(
    (xo) => xo.call("backupNg.getAllJobs") as Promise<{ id: string; name: string }[]>,
  );
  expect(jobs.filter(({ name }) => name === "allris-altdorf.lab").map(({ id }) => id)).toEqual([foreign.job]);
  expect(JSON.stringify(before)).not.toContain(foreign.vm);
});

it("what the state has already is not taken over twice", async () => {
  await expect(inScope((scope) => adopt(scope, { ...wish, vm: foreign.vm }))).rejects.toThrow(
    "The state has this VM already, as altdorf",
  );
});

it("a machine that would lose a disk is refused with every reason, and nothing is changed", async () => {
  await makeForeignMachine({
    label: "neudorf web",
    address: "198.18.11.99",
    domain: "rat.neudorf.hohenbrueck.example",
    secondDisk: true,
    furnished: false,
  });
  const refused = inScope((scope) => adopt(scope, { ...wish, vm: "neudorf web", id: "neudorf" }));
  await expect(refused).rejects.toThrow(
    /it has 2 disks and a site has one[\s\S]*report 0 addresses in 198\.18\.10\.0/,
  );
  expect(existsSync(tenantFile("neudorf"))).toBe(false);
});

it("a file that would be wrong is not kept, and says which fields are missing", async () => {
  await makeForeignMachine({
    label: "oberdorf",
    address: "198.18.10.42",
    domain: "rat.oberdorf.hohenbrueck.example",
    furnished: false,
  });
  const refused = inScope((scope) => adopt(scope, { ...wish, vm: "oberdorf", id: "oberdorf", fields: [] }));
  await expect(refused).rejects.toThrow(/contract.*\n[\s\S]*--set contract\.number=/);
  expect(existsSync(tenantFile("oberdorf"))).toBe(false);
  const [vm] = await withXo((xo) => xo.objects({ type: "VM", name_label: "oberdorf" }));
  expect(vm?.["tags"]).toEqual(["by-hand"]);
});

const ordered = `state: "terminating", since: "2026-01-05", deleteAfter: "2026-01-31", orderedBy: "Frau Sommer"`;
const closed = `closed: { on: "2026-01-10", archive: "r//a.json", export: "${"a".repeat(64)}", certificate: "revoked" }`;

/** Writes how far the end of a site has come. Everything else in its file says something new as well. */
function ending(text: string, lifecycle: string): void {
  const changed = text
    .replace('name: "Gemeinde Altdorf"', 'name: "Gemeinde Altdorf am See"')
    .replace("cpus: 3", "cpus: 4")
    .replace(/\}\);\n$/, `  lifecycle: { ${lifecycle} },\n});\n`);
  writeFileSync(tenantFile("altdorf"), changed);
}

it("a site that ends is frozen, then withdrawn; nobody deletes it before its day, nor by a slip of the hand", async () => {
  const text = readFileSync(tenantFile("altdorf"), "utf8");
  try {
    ending(text, ordered);
    expect(await plan()).toEqual([]);

    ending(text, `${ordered}, ${closed}`);
    const steps = await plan();
    expect(steps.map(({ op, name }) => `${op} ${name}`).sort()).toEqual([
      "delete altdorf-a",
      "delete altdorf-alias-www--rat--altdorf--hohenbrueck--example",
      "delete altdorf-caa-pebble--lab",
      "delete altdorf-certificate",
    ]);

    ending(text, `${ordered}, ${closed}, deletion: { on: "2199-01-01", by: "Erika Muster" }`);
    const early = await engine(["preview"], lab.env);
    expect(early.code).not.toBe(0);
    expect(early.stdout + early.stderr).toContain("altdorf is to be deleted on 2199-01-01");

    // What only the command takes off still holds with a plain run: machine and job stay, and the run says why.
    ending(text, `${ordered}, ${closed}, deletion: { on: "2026-02-01", by: "Erika Muster" }`);
    const plain = await engine(["preview"], lab.env);
    expect(plain.code).not.toBe(0);
    expect(plain.stdout + plain.stderr).toMatch(/altdorf-(vm|backup)[\s\S]*protect/);
  } finally {
    writeFileSync(tenantFile("altdorf"), text);
  }
  expect(await plan()).toEqual([]);
});

it("the way back from a lost state: all sites come back into it, nothing is made twice, stopped or replaced", async () => {
  const before = await outside();
  await succeed("stack", "export", "--file", join(farmFolder, "lost.json"));
  rmSync(join(farmFolder, "state"), { recursive: true });
  const adopted = await inScope((scope) => adoptAll(scope, agreed));
  expect(adopted.tenants.map(({ id }) => id).sort()).toEqual([
    "altdorf",
    "amt-seenplatte-nord",
    "hohenbrueck",
  ]);
  expect(adopted.left.filter(({ op }) => op !== "create" && op !== "update")).toEqual([]);
  // What the official provider takes and never sends, or only waits for.
  const told = ["coreOs", "cpuCap", "cpuWeight", "networks[0].expectedIpCidr"];
  const vms = adopted.left.filter(({ type }) => type === "xenorchestra:index/vm:Vm");
  expect(vms.flatMap(({ changed }) => changed).filter((path) => !told.includes(path))).toEqual([]);
  await succeed("up", "--yes", "--skip-preview");
  expect(await plan()).toEqual([]);
  expect(await outside()).toEqual(before);
});

import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CloudflareFacts } from "../../cli/cloudflare-facts.ts";
import type { Finding } from "../../cli/doctor/finding.ts";
import { type Healed, heal } from "../../cli/heal/heal.ts";
import { labPlaces, readLab, readSecrets } from "../../lab/lab-file.ts";
import { checkout } from "../../lib/paths.ts";
import { type RunResult, tryRun } from "../../lib/run.ts";
import { XoClient } from "../../providers/xenops/xo-client.ts";
import { ensureEngine } from "../../toolchain/engine.ts";
import { tenantId } from "../bench/tenants.ts";
import { killTree, tryEngine } from "../support/engine-process.ts";
import { vmsOf } from "../support/heal.ts";
import { KilledFarm } from "../support/killed-farm.ts";
import { project } from "../support/project.ts";
import { cloudflare, withXo, zoneOf } from "../support/services.ts";
import { eventually } from "../support/wait.ts";

let farm: KilledFarm;
/** The environment of somebody whose token ends while the tests run. */
let ended: Readonly<Record<string, string>>;

beforeAll(async () => {
  farm = await KilledFarm.start();
  ended = { XOA_TOKEN: await tokenOf("1 minute") };
  await farm.change({ newcomers: 2, changes: [] });
  await succeeds();
});
afterAll(() => farm.stop());

async function succeeds(): Promise<void> {
  const { code, stdout, stderr } = await farm.engine(["up", "--yes", "--skip-preview"]);
  if (code !== 0) throw new Error(`up failed:\n${stdout}\n${stderr}`);
}

/** The farm's own command; import and refresh do not ask the program, so any folder of it will do. */
function command(...args: string[]): Promise<RunResult> {
  const program = [join(checkout, "cli", "main.ts"), ...args, "-s", "lab"];
  return tryRun(process.execPath, program, { env: farm.env });
}

/** Ids of what is not fine. */
async function ills(): Promise<string[]> {
  const findings = await farm.findings();
  return [...new Set(findings.filter(({ severity }) => severity !== "fine").map(({ id }) => id))].sort();
}

/** What the doctor finds under this name. @param env in place of the farm's own */
async function found(id: string, env: Readonly<Record<string, string>> = {}): Promise<Finding> {
  const findings = await farm.findings(env);
  const finding = findings.find((each) => each.id === id);
  if (finding === undefined)
    throw new Error(`the doctor finds no ${id}: ${findings.map((each) => each.id).join(", ")}`);
  return finding;
}

/** An `up` that runs until it is killed. */
async function begun(): Promise<{ kill(): Promise<void> }> {
  const running = farm.engine(["up", "--yes", "--skip-preview"]);
  const engine = await eventually("the engine", async () => tryEngine(), { pause: 20 });
  return {
    async kill() {
      await killTree(engine);
      expect((await running).code).not.toBe(0);
    },
  };
}

it("a farm in good order is fine", async () => {
  expect(await ills()).toEqual([]);
});

describe("a lock", () => {
  it("of a run that works is left alone; once that was killed it is stale, and unlock takes it off", async () => {
    const run = await begun();
    await eventually("its lock", async () => (await ills()).includes("lock.held"), { pause: 50 });
    const early = await command("unlock");
    expect(early.code).toBe(1);
    expect(early.stderr).toMatch(
      /is locked by \S+@\S+ \(process \d+\)[\s\S]*next: {2}wait until that run has/,
    );
    await run.kill();
    const stale = await found("lock.stale");
    expect(stale).toMatchObject({
      severity: "broken",
      detail: expect.stringMatching(/no process \d+ any more/),
    });
    expect((await farm.engine(["up", "--yes", "--skip-preview"])).stderr).toContain(
      "currently locked by 1 lock",
    );
    expect((await command("doctor", "--json")).code).toBe(1);
    // Where locks cannot be looked at, the cure asks the engine.
    await expect(healedAsFromBucket()).rejects.toThrow(
      /stack lab is locked[\s\S]*created by \S+@\S+ \(pid \d+\)[\s\S]*\.\/farm pulumi cancel/,
    );
    const late = await command("unlock", "--json");
    expect(late.code).toBe(0);
    expect((JSON.parse(late.stdout) as { takenOff: string[] }).takenOff).toHaveLength(1);
    expect(await found("lock.free")).toMatchObject({ severity: "fine" });
    expect((await healedAsFromBucket()).open).toEqual([]);
  });
});

/** Heals as where the state is in a bucket: nobody but the engine sees its locks. */
async function healedAsFromBucket(): Promise<Healed> {
  const { home } = await ensureEngine(() => {});
  const { xo, cloudflare: edge } = readLab();
  const client = new XoClient({ url: xo.url, token: readSecrets().xo.token });
  try {
    return await heal({
      stack: "lab",
      run: { project, env: farm.env },
      outside: { xo: client, cloudflare: new CloudflareFacts(edge.baseUrl, readSecrets().cloudflare.token) },
      backend: "s3://farm-state?region=eu-central-1",
      home,
      removeVms: [],
      progress: () => {},
    });
  } finally {
    client.close();
  }
}

describe("a VM", () => {
  it("that XO makes only after its run was killed is waited for and taken over by ./farm heal", async () => {
    await farm.change({ newcomers: 1, changes: [] });
    const method = "vm.create";
    await withXo((xo) => xo.call("lab.delay", { method, milliseconds: 4000 }));
    const run = await begun();
    // The engine writes the operation down before it gives the order.
    await eventually(
      "its order",
      () => withXo(async (xo) => (await xo.call("lab.heldCalls", { method })) === 1),
      {
        pause: 20,
      },
    );
    expect(farm.pending()).toContain(`creating ${tenantId(2)}-vm`);
    await run.kill();
    expect(await vmsOf(tenantId(2))).toEqual([]);
    expect((await found("pending.creating")).next).toBe("./farm heal -s lab");
    const healed = await command("heal", "--json");
    expect(healed.code, healed.stderr).toBe(0);
    expect((JSON.parse(healed.stdout) as { did: string[] }).did.join("\n")).toMatch(
      /VM allris-.* taken over/,
    );
    await succeeds();
    expect(await vmsOf(tenantId(2))).toHaveLength(1);
    expect(await ills()).toEqual([]);
  });

  it("that the provider forgot when its start failed is an orphan, and taken over", async () => {
    await farm.change({ newcomers: 1, changes: [] });
    await withXo((xo) => xo.call("lab.failNext", { method: "vm.start" }));
    expect((await farm.engine(["up", "--yes", "--skip-preview"])).code).not.toBe(0);
    expect(await found("machines.orphan")).toMatchObject({ severity: "broken" });
    const [orphan] = await vmsOf(tenantId(3));
    expect((await command("heal")).stdout).toContain(`(${orphan}) is there: taken over`);
    await succeeds();
    expect(await vmsOf(tenantId(3))).toEqual([orphan]);
    expect(await ills()).toEqual([]);
  });

  it("that is a second one: an empty copy is removed, one that ran is asked about", async () => {
    const tenant = tenantId(0);
    const [first] = await vmsOf(tenant);
    const copy = await cloneOf(tenant);
    expect(await found("machines.orphan")).toMatchObject({ detail: expect.stringContaining(copy) });
    expect((await command("heal")).stdout).toContain(`(${copy}) of ${tenant} is a second one`);
    expect(await vmsOf(tenant)).toEqual([first]);
    const used = await cloneOf(tenant);
    await withXo((xo) => xo.call("vm.start", { id: used }));
    const asked = await command("heal");
    expect(asked.code).toBe(2);
    expect(asked.stdout).toContain(`./farm heal --remove-vm ${used}`);
    expect((await command("heal", "--remove-vm", used)).stderr).toContain("it runs");
    await withXo((xo) => xo.call("vm.stop", { id: used, force: true }));
    expect((await command("heal", "--remove-vm", used)).code).toBe(0);
    expect((await command("heal", "--remove-vm", first ?? "")).stderr).toContain(
      "it is the one in the state",
    );
    expect(await vmsOf(tenant)).toEqual([first]);
    expect(await ills()).toEqual([]);
  });
});

/** A VM like an administration's, halted and never started: what a creation that was tried twice leaves. */
function cloneOf(tenant: string): Promise<string> {
  return withXo(async (xo) => {
    const [template] = await xo.objects({ type: "VM-template", name_label: "Debian 12 ALLRIS net" });
    const made = await xo.call("vm.create", {
      name_label: `allris-${tenant}.lab`,
      template: template?.["id"],
      tags: ["farm=allris-farm/lab", `tenant=${tenant}`],
    });
    return String(made);
  });
}

describe("what Cloudflare made and the run did not live to note", () => {
  it("a record is taken over, a certificate that nobody ever served is taken back", async () => {
    await farm.change({ newcomers: 0, changes: [{ alias: true }, { rotation: 2 }] });
    const alias = `www.${tenantId(0)}.hohenbrueck.example`;
    for (const path of ["dns_records$", "^certificates$"])
      await cloudflare("POST", "lab/holds", { method: "POST", path, milliseconds: 60_000 });
    const { id: zone } = await zoneOf("amt-seenplatte-nord.example");
    const certificates = (): Promise<{ id: string }[]> =>
      cloudflare("GET", `certificates?zone_id=${zone}&per_page=50`);
    const records = async (): Promise<string[]> =>
      (await zoneOf("hohenbrueck.example")).records.flatMap(({ name, id }) => (name === alias ? [id] : []));
    const run = await begun();
    const pending = [`creating ${tenantId(0)}-alias-`, `creating ${tenantId(1)}-origin-r2`];
    await eventually("both orders", async () => {
      const noted = pending.every((each) => farm.pending().some((name) => name.startsWith(each)));
      return noted && (await certificates()).length === 2 && (await records()).length === 1;
    });
    await run.kill();
    await cloudflare("DELETE", "lab/faults");
    const made = await records();
    expect(await ills()).toEqual(
      expect.arrayContaining(["names.stray-certificate", "names.stray-record", "pending.creating"]),
    );
    const healed = await command("heal");
    expect(healed.stdout, healed.stderr).toMatch(/-alias-\S+ \(\S+\) is there: taken over/);
    expect(healed.stdout).toContain("was signed and never served: taken back");
    await succeeds();
    expect(await records()).toEqual(made);
    // The new one is served, and the old one of the rotation before it has been taken back by the run itself.
    expect(await certificates()).toHaveLength(1);
    expect(await ills()).toEqual([]);
  });
});

describe("a token", () => {
  it("of XO that ends soon is told, one that has ended stops everything that needs it, and a new one is the cure", async () => {
    const soon = { XOA_TOKEN: await tokenOf("3 days") };
    expect(await found("tokens.xo", soon)).toMatchObject({
      severity: "attention",
      detail: expect.stringMatching(/ends on 2\d{3}-\d\d-\d\d, in [23] days/),
    });
    // It was made before the first test, for a minute, which is the least that XO takes.
    await eventually("its end", async () => (await found("tokens.xo", ended)).severity === "broken", {
      pause: 1000,
    });
    expect(await found("tokens.xo", ended)).toMatchObject({
      detail: expect.stringContaining("does not accept the token"),
      next: expect.stringContaining("XOA_TOKEN"),
    });
    expect(await found("machines.unseen", ended)).toMatchObject({ severity: "broken" });
    expect(await found("names.same", ended)).toMatchObject({ severity: "fine" });
    const refused = await farm.engine(["preview"], ended);
    expect(refused.code).not.toBe(0);
    expect(refused.stdout + refused.stderr).toMatch(/invalid credentials|does not accept the token/);
    expect((await farm.engine(["preview"], { XOA_TOKEN: await tokenOf("60 days") })).code).toBe(0);
  });

  it("of Cloudflare likewise", async () => {
    const end = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();
    await cloudflare("PUT", "/lab/token", { expires_on: end(5.5) });
    expect(await found("tokens.cloudflare")).toMatchObject({
      severity: "attention",
      detail: expect.stringContaining("in 5 days"),
    });
    await cloudflare("PUT", "/lab/token", { expires_on: end(-1) });
    expect(await found("tokens.cloudflare")).toMatchObject({
      severity: "broken",
      detail: expect.stringContaining("expired"),
    });
    // What cannot be looked at without it says so, and the others look all the same.
    expect(await found("names.unseen")).toMatchObject({ severity: "broken" });
    expect(await found("machines.same")).toMatchObject({ severity: "fine" });
    await cloudflare("PUT", "/lab/token", { expires_on: null });
    expect(await ills()).toEqual([]);
  });
});

/** A token of the farm's own user. */
function tokenOf(expiresIn: string): Promise<string> {
  const xo = new XoClient({ url: readLab().xo.url, token: readSecrets(labPlaces()).xo.token });
  return xo
    .call("token.create", { expiresIn })
    .then(String)
    .finally(() => xo.close());
}

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readLab } from "../../lab/lab-file.ts";
import { checkout } from "../../lib/paths.ts";
import { run } from "../../lib/run.ts";
import { describeReports, type ProbedSite, type ProbeReport, Prober } from "../support/prober.ts";
import { vmOf, withXo } from "../support/services.ts";
import { SiteMachine } from "../support/site-machine.ts";
import { labTenants } from "../support/tenants.ts";
import { eventually } from "../support/wait.ts";

const ids = ["amt-seenplatte-nord", "hohenbrueck", "landkreis-auental"] as const;
let sites: readonly ProbedSite[];
let machines: Record<string, SiteMachine>;

beforeAll(async () => {
  const tenants = (await labTenants()).filter(({ id }) => (ids as readonly string[]).includes(id));
  sites = tenants.map(({ id, domain }) => ({ id, domain }));
  machines = await SiteMachine.of(Object.fromEntries(tenants.map((tenant) => [tenant.id, tenant])));
});
afterAll(async () => {
  await fault("heal");
  await onAll((machine) => machine.forgetData());
});

/** What an operator types. */
function fault(...args: string[]): Promise<string> {
  return run(process.execPath, [join(checkout, "cli", "main.ts"), "lab", "fault", ...args], {
    timeout: 60_000,
  });
}

/** Does the same on all machines at once. */
function onAll<T>(work: (machine: SiteMachine) => Promise<T>): Promise<T[]> {
  return Promise.all(Object.values(machines).map(work));
}

/** Watches the sites while something happens to them, and for a moment before and after. */
async function watch(work: (prober: Prober) => Promise<void>): Promise<ReadonlyMap<string, ProbeReport>> {
  const prober = new Prober(sites);
  let reports: ReadonlyMap<string, ProbeReport> | undefined;
  try {
    await sleep(600);
    await work(prober);
    await sleep(600);
  } finally {
    reports = await prober.stop();
    process.stderr.write(`${describeReports(reports)}\n`);
  }
  return reports;
}

function expectNothingFailed(reports: ReadonlyMap<string, ProbeReport>): void {
  expect([...reports].flatMap(([id, { failed }]) => failed.map(({ why }) => `${id}: ${why}`))).toEqual([]);
  for (const { probes } of reports.values()) expect(probes).toBeGreaterThan(5);
}

/** Texts of the last events of XO. */
async function events(): Promise<string[]> {
  const response = await fetch(new URL("status.json", readLab().xo.statusPage));
  return ((await response.json()) as { events: { text: string }[] }).events.map(({ text }) => text);
}

/** The controller that serves the storage repository of the sites' disks, and its partner. */
async function controllers(): Promise<{ serving: string; partner: string }> {
  return withXo(async (xo) => {
    const vm = await vmOf(ids[0]);
    const vbds = await xo.objects({ type: "VBD", VM: vm.id, is_cd_drive: false });
    const vdis = await xo.objects({ type: "VDI" });
    const disk = vdis.find(({ id }) => vbds.some((vbd) => vbd["VDI"] === id));
    const [sr] = await xo.objects({ type: "SR", id: disk?.["$SR"] });
    const { controllers: list } = (await xo.call("lab.getFaults")) as {
      controllers: { name: string; serves: string[] }[];
    };
    const serving = list.find(({ serves }) => serves.includes(String(sr?.["name_label"])))?.name ?? "";
    return { serving, partner: list.find(({ name }) => name !== serving)?.name ?? "" };
  });
}

describe("XenMotion", () => {
  it("of each site there and back: no probe fails, no site stands still for a second", async () => {
    const before = await events();
    const reports = await watch(async () => {
      await withXo(async (xo) => {
        const hosts = (await xo.objects({ type: "host" })).map(({ id }) => String(id));
        for (const id of ids) {
          const vm = await vmOf(id);
          const home = String(vm["$container"]);
          const away = hosts.find((host) => host !== home) ?? "";
          for (const targetHost of [away, home]) {
            await xo.call("vm.migrate", { vm: vm.id, targetHost });
            expect((await vmOf(id))["$container"]).toBe(targetHost);
            await sleep(300);
          }
        }
      });
    });
    expectNothingFailed(reports);
    const moves = (await events()).filter((text) => !before.includes(text) && / moved to /.test(text));
    const pauses = moves.map((text) => Number(/stood still for ([\d.]+) s/.exec(text)?.[1]));
    process.stderr.write(`stood still for ${pauses.join(", ")} s\n`);
    expect(pauses).toHaveLength(6);
    for (const pause of pauses) expect(pause).toBeLessThan(1);
  });

  it("is told from a pause: a machine that stands still for 3 s is seen to, and the others are not", async () => {
    const reports = await watch(async () => {
      await fault("guest", "hohenbrueck", "--pause", "3");
    });
    const { failed, longestGap } = reports.get("hohenbrueck") ?? { failed: [], longestGap: 0 };
    expect(failed.length).toBeGreaterThan(2);
    expect(longestGap).toBeGreaterThan(2900);
    for (const id of ids.filter((each) => each !== "hohenbrueck"))
      expect(reports.get(id)?.failed).toEqual([]);
  });
});

describe("storage", () => {
  it("loses a controller: its partner takes over, no probe fails, and nothing when it is back", async () => {
    const { serving, partner } = await controllers();
    const reports = await watch(async () => {
      expect(await fault("storage", serving)).toContain(`${serving} has failed. ${partner} serves`);
      // A disk that answers takes a write.
      await onAll((machine) => machine.run("echo taken over | sudo tee /srv/allrisnet/late && sync"));
      await fault("storage", serving, "--heal");
    });
    expectNothingFailed(reports);
    const told = (await events()).filter((text) => / after [\d.]+ s without I\/O$/.test(text)).slice(-2);
    process.stderr.write(`${told.join("\n")}\n`);
    expect(told.map((text) => text.split(" ")[0])).toEqual([partner, serving]);
  });

  it("loses both: the sites stop, nothing can be started, and all is as it was when one is back", async () => {
    const { serving, partner } = await controllers();
    const [first] = ids;
    await onAll((machine) => machine.keepData(`kept by ${machine.id}`));
    let written: Promise<string> | undefined;
    let back = 0;
    const reports = await watch(async (prober) => {
      await fault("storage", partner);
      expect(await fault("storage", serving)).toContain("No controller is left");
      let done = false;
      written = machines[first]?.run(
        "echo written | sudo tee /srv/allrisnet/late >/dev/null; sync; echo done",
      );
      written?.finally(() => {
        done = true;
      });
      for (const id of ids) {
        await eventually(`${id} stops`, async () => prober.failedOf(id).length > 4);
      }
      expect(done).toBe(false);
      await withXo(async (xo) => {
        const pbds = await xo.objects({ type: "PBD", attached: false });
        expect(pbds).toHaveLength(6);
        const vm = await vmOf(first);
        await expect(xo.call("vm.restart", { id: vm.id, force: true })).rejects.toThrow(/VM_REQUIRES_SR/);
      });
      await fault("storage", serving, "--heal");
      back = Date.now();
      await sleep(2500);
    });
    for (const { longestGap } of reports.values()) expect(longestGap).toBeGreaterThan(2000);
    // Whoever asked before waits in a queue that has to be worked off.
    const late = [...reports.values()].flatMap(({ failed }) => failed.filter(({ at }) => at > back + 1500));
    expect(late).toEqual([]);
    expect(await written).toBe("done");
    await onAll(async (machine) => {
      expect((await machine.state()).data).toBe(`kept by ${machine.id}\nkept by ${machine.id}`);
    });
    await onAll((machine) => machine.run("sudo rm /srv/allrisnet/late"));
    await fault("storage", partner, "--heal");
  });
});

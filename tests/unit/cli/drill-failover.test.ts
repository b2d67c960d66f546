import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { drillFailover, type FailoverScope } from "../../../cli/drill-failover.ts";
import { findHostPool } from "../../../cli/pool-view.ts";
import { signDrill } from "../../../model/drill.ts";
import type { Tenant } from "../../../model/tenant.ts";
import { DrainScene } from "./drain-scene.ts";
import { HttpsSites } from "./https-sites.ts";

const [one, two, three] = ["xcp-nord-1", "xcp-nord-2", "xcp-nord-3"] as const;
const homes = { auental: two, hohenbrueck: two, seenplatte: three };
/** Milliseconds from the start of a guest to its site's first answer. */
const bootTime = 700;

const tenants = Object.keys(homes).map((id) => ({
  id,
  domain: `ratsinfo.${id}.example`,
  allrisnet: { citizens: { enabled: true, basePath: "/bi" } },
})) as unknown as Tenant[];

let scene: DrainScene;
let sites: HttpsSites;
const vms = new Map<string, string>();
const asked: string[] = [];

beforeEach(async () => {
  scene = await DrainScene.start();
  asked.length = 0;
  for (const [id, host] of Object.entries(homes)) {
    vms.set(id, await scene.boot(`allris-${id}`, host, 2, [`tenant=${id}`]));
  }
  sites = await HttpsSites.start(
    tenants.map(({ domain }) => domain),
    (name) => {
      const guest = scene.lab.hypervisor.guests.get(vms.get(name.split(".")[1] ?? "") ?? "");
      return guest?.state === "Running" && Date.now() > guest.bootedAt + bootTime;
    },
  );
  await sleep(bootTime);
});
afterEach(async () => {
  sites.close();
  await scene.close();
});

async function enableHa(): Promise<void> {
  const { farm } = scene.lab;
  const heartbeatSrs = (await farm.all("SR")).filter((sr) => sr.shared && sr.content_type === "user");
  const pool = (await farm.named("pool", "nord")).id;
  const ids = heartbeatSrs.map(({ id }) => id);
  await farm.call("pool.enableHa", { pool, heartbeatSrs: ids, configuration: { timeout: "1" } });
}

function scope(host: string, differs: Partial<FailoverScope> = {}): FailoverScope {
  const good =
    (check: string) =>
    async ({ id }: Tenant) => {
      asked.push(`${check} ${id}`);
      return { check, good: true, detail: "as it was" };
    };
  return {
    xo: scene.xo,
    stack: "lab",
    lab: true,
    tenants,
    route: sites.route,
    data: {
      before: async ({ id }) => void asked.push(`before ${id}`),
      after: good("after"),
    },
    version: good("version"),
    cut: async () => {
      await scene.lab.admin.call("lab.failHost", { host: await scene.hostId(host) });
    },
    patience: 20,
    calm: 1,
    say: (line) => scene.said.push(line),
    ...differs,
  };
}

async function drill(host: string, differs: Partial<FailoverScope> = {}) {
  const { pool, host: found } = await findHostPool(scene.xo, host);
  return drillFailover(pool, found, scope(host, differs));
}

describe("a failover that is drilled", () => {
  test("detection, decision, restart and boot apart, for each site on the host", async () => {
    await enableHa();
    const drilled = await drill(two);
    expect(drilled).toMatchObject({ kind: "failover", lab: true, stack: "lab", subject: two });
    expect(drilled.sites.map(({ tenant }) => tenant)).toEqual(["auental", "hohenbrueck", "seenplatte"]);
    for (const { durations, moments, checks } of drilled.sites.slice(0, 2)) {
      const seconds = Object.fromEntries(durations.map(({ name, seconds: taken }) => [name, taken]));
      expect(Object.keys(seconds)).toEqual([
        "detection",
        "decision",
        "restart",
        "boot",
        "restart decided to HTTPS 200",
        "outage",
      ]);
      // The lab waits one second for a heartbeat, and looks five times a second when it has the time.
      expect(seconds["detection"]).toBeGreaterThan(0.9);
      expect(seconds["detection"]).toBeLessThan(seconds["outage"] ?? 0);
      expect(seconds["boot"]).toBeGreaterThan(bootTime / 1000 - 0.5);
      expect(moments.map(({ what }) => what)).toEqual([
        "power cut",
        "last good answer",
        "first missing answer",
        "host dead seen",
        "restart decided",
        "VM running",
        "first HTTPS 200",
      ]);
      expect(checks.map(({ check, good }) => [check, good])).toEqual([
        ["answers again by its name", true],
        ["runs on another host", true],
        ["version", true],
        ["after", true],
      ]);
    }
    expect(drilled.sites[2]?.checks).toEqual([
      {
        check: "not on this host: goes on without a failure",
        good: true,
        detail: expect.stringMatching(/^0 of \d+ visits failed$/),
      },
    ]);
    expect(asked.slice(0, 2).sort()).toEqual(["before auental", "before hohenbrueck"]);
    expect(signDrill({ ...drilled, by: "Erika Muster" }).outcome).toBe("passed");
    expect((await scene.placement())[two]).toEqual([]);
  });

  test("on the farm the operator takes the power, and the command notices by itself", async () => {
    await enableHa();
    const { cut: _, ...byHand } = scope(two, { lab: false });
    const { pool, host } = await findHostPool(scene.xo, two);
    const running = drillFailover(pool, host, byHand);
    await expect.poll(() => scene.said.some((line) => line.startsWith("NOW:"))).toBe(true);
    await scene.lab.admin.call("lab.failHost", { host: host.id });
    const drilled = await running;
    expect(drilled.method).toBe("the operator took the host's power");
    const [site] = drilled.sites;
    expect(site?.moments[0]?.what).toBe("last good answer");
    expect(site?.durations.find(({ name }) => name === "outage")?.seconds).toBeGreaterThan(1);
    expect(signDrill({ ...drilled, by: "Erika Muster" })).toMatchObject({ outcome: "passed", lab: false });
  });

  test("fails where a site does not come back", async () => {
    await enableHa();
    const drilled = await drill(three, {
      patience: 3,
      cut: async () => {
        const { hypervisor } = scene.lab;
        hypervisor.start = async () => Promise.reject(new Error("no boot"));
        await scene.lab.admin.call("lab.failHost", { host: await scene.hostId(three) });
      },
    });
    const down = drilled.sites.find(({ tenant }) => tenant === "seenplatte");
    expect(down?.checks).toMatchObject([
      { check: "answers again by its name", good: false },
      { good: false },
    ]);
    expect(signDrill({ ...drilled, by: "E. M." }).outcome).toBe("failed");
  });
});

describe("a drill that is refused before anything is touched", () => {
  test("without HA, without a site on the host, with a VM that would stay down", async () => {
    await expect(drill(two)).rejects.toThrow(/high availability is off: nothing would restart its VMs/);
    await enableHa();
    await expect(drill(one)).rejects.toThrow(/no site runs on it/);
    await scene.lab.farm.call("vm.set", { id: vms.get("auental"), high_availability: "" });
    await expect(drill(two)).rejects.toThrow(/allris-auental would stay down/);
    expect(asked).toEqual([]);
  });

  test("while a site does not answer, for such a drill proves nothing", async () => {
    await enableHa();
    await scene.lab.farm.call("vm.pause", { id: vms.get("seenplatte") });
    await expect(drill(two)).rejects.toThrow(
      /Not every site answers before the drill\n {2}where: ratsinfo.seenplatte.example: /,
    );
    expect(asked).toEqual([]);
  });
});

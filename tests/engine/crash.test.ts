import { afterAll, afterEach, describe, expect, it } from "vitest";
import { remainsPatience } from "../../cli/heal/remains.ts";
import { labPlaces, readLab } from "../../lab/lab-file.ts";
import { labUp } from "../../lab/lifecycle/up.ts";
import { visit } from "../../lab/probe.ts";
import { tryRunning } from "../../lab/services/daemon.ts";
import { xoName } from "../../lab/services/simulators.ts";
import { isAlive, tryRecord } from "../../lib/process-record.ts";
import { descendants, tryEngine } from "../support/engine-process.ts";
import { addTenants, heal, removeTenants, vmsOf } from "../support/heal.ts";
import { addTenant, plan, tryUp } from "../support/project.ts";
import { farmVms } from "../support/services.ts";
import { eventually } from "../support/wait.ts";

const ids = ["crash-eins", "crash-zwei"];

afterEach(() => removeTenants(...ids));

afterAll(async () => {
  expect(await plan()).toEqual([]);
});

/** Ends a process of this farm at once, as a power cut would. */
function kill(pid: number): void {
  process.kill(pid, "SIGKILL");
}

async function killXo(): Promise<void> {
  const record = tryRunning(labPlaces(), xoName);
  if (record === undefined) throw new Error("XO does not run");
  kill(record.pid);
  await eventually("XO is gone", async () => !isAlive(record), { pause: 10 });
}

async function expectWhole(...whole: string[]): Promise<void> {
  for (const id of whole) {
    expect(await vmsOf(id), id).toHaveLength(1);
    expect((await visit(readLab(), `ratsinfo.${id}.hohenbrueck.example`)).status, id).toBe(200);
  }
  expect(await farmVms()).toHaveLength(3 + whole.length);
  expect(await plan()).toEqual([]);
}

describe("XO killed with -9 during up and started again", () => {
  it.each([
    ["as soon as a VM is made", 41, (vms: readonly Record<string, unknown>[]) => vms.length > 0],
    [
      "while a machine boots",
      43,
      (vms: readonly Record<string, unknown>[]) => vms.some((vm) => vm["power_state"] === "Running"),
    ],
  ])("%s: a cure and the next up finish", async (_when, last, isMoment) => {
    // Addresses are used once: who knows the last machine at one by its card looks for that for half a minute.
    addTenants({ "crash-eins": `198.18.10.${last}`, "crash-zwei": `198.18.10.${last + 1}` });
    const before = new Set((await farmVms()).map((vm) => vm["id"]));
    const running = tryUp();
    await eventually(
      "the moment to pull the plug",
      async () => isMoment((await farmVms()).filter((vm) => !before.has(vm["id"]))),
      { pause: 20 },
    ).catch(async (error: unknown) => {
      throw new Error((await running).stdout, { cause: error });
    });
    await killXo();
    const [broken] = await Promise.all([running, labUp({ progress: () => {} })]);
    expect(broken.code).not.toBe(0);
    await heal();
    await expectWhole(...ids);
  });
});

describe("the engine killed with -9 during up", () => {
  it("leaves a lock and operations under way: a cure and the next up finish", async () => {
    const id = "crash-eins";
    addTenant(id, "198.18.10.45");
    const running = tryUp();
    await eventually("its VM", async () => (await vmsOf(id)).length > 0, { pause: 20 });
    const engine = tryEngine();
    if (engine === undefined) throw new Error("the engine does not run");
    const family = descendants(engine).flatMap((pid) => tryRecord(pid) ?? []);
    kill(engine);
    expect((await running).code).not.toBe(0);
    // Language host and plug-ins notice by themselves that nobody is there any more.
    await eventually("nothing of the engine is left", async () => !family.some(isAlive), {
      seconds: remainsPatience / 1000,
    });
    expect((await heal()).join("\n")).toMatch(
      /lock of .*: taken off[\s\S]*crash-eins-vm: no longer under way/,
    );
    await expectWhole(id);
  });
});

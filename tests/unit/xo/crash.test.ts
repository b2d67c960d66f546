import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { decodeRecords } from "../../../lab/journal.ts";
import { eventually } from "../../support/wait.ts";
import { Client } from "./support/client.ts";
import { MemoryHypervisor } from "./support/hypervisor.ts";
import { createParams, secrets, startLab, temporaryFolder } from "./support/start.ts";

const children: ChildProcess[] = [];
const folders: string[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function spawnLab(state: string, compactAfter: number): Promise<{ child: ChildProcess; port: number }> {
  const script = join(import.meta.dirname, "support/child.ts");
  const child = spawn(process.execPath, [script, state, String(compactAfter)], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  children.push(child);
  if (!child.stdout) throw new Error("no output");
  const [line] = await once(createInterface(child.stdout), "line");
  return { child, port: JSON.parse(String(line)).port };
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

describe("a simulator that is killed in a burst of creates", () => {
  it.each([
    { name: "with one journal", compactAfter: 4000, enough: 60 },
    { name: "while it folds its journal all the time", compactAfter: 3, enough: 100 },
  ])("has every acknowledged VM once when it is back, $name", async ({ compactAfter, enough }) => {
    const state = temporaryFolder();
    folders.push(state);
    const first = await spawnLab(state, compactAfter);
    const client = await Client.signedIn(first.port, secrets.token);
    const params = await createParams(client, "burst");
    const acknowledged = new Map<string, string>();
    let asked = 0;
    let alive = true;
    // 40 requests are always under way, so the end comes in the middle of some.
    const askOn = async (): Promise<void> => {
      while (alive) {
        const name = `burst-${asked++}`;
        const create = { ...params, name_label: name, high_availability: "" };
        const id = await client.call("vm.create", create).catch(() => undefined);
        if (id === undefined) alive = false;
        else acknowledged.set(name, id);
      }
    };
    const settled = Promise.all(Array.from({ length: 40 }, askOn));
    while (acknowledged.size < enough) await sleep(1);
    await kill(first.child);
    await settled;
    expect(acknowledged.size).toBeLessThan(asked);

    const journal = readdirSync(state).find((name) => name.startsWith("journal-")) ?? "";
    expect(decodeRecords(readFileSync(join(state, journal))).goodBytes).toBeGreaterThanOrEqual(0);
    const second = await spawnLab(state, compactAfter);
    const again = await Client.signedIn(second.port, secrets.token);
    const vms = await again.all("VM");
    const byName = new Map(vms.map((vm) => [vm.name_label, vm.id]));
    expect(byName.size).toBe(vms.length);
    for (const [name, id] of acknowledged) expect(byName.get(name)).toBe(id);
    // A VM is there with all that belongs to it, or not at all.
    const vbds = await again.all("VBD");
    const vifs = await again.all("VIF");
    const vdis = new Set((await again.all("VDI")).map((vdi) => vdi.id));
    for (const vm of vms) {
      const own = vbds.filter((vbd) => vbd.VM === vm.id);
      expect(own).toHaveLength(3);
      expect(own.every((vbd) => vdis.has(vbd.VDI))).toBe(true);
      expect(vifs.filter((vif) => vif.$VM === vm.id)).toHaveLength(1);
    }
    expect(vdis.size).toBe(3 + vms.length * 3);
    again.close();
    await kill(second.child);
  });
});

describe("a simulator that is started again", () => {
  it("adopts guests that run, boots those that should, and powers off those that should not", async () => {
    const first = await startLab();
    const names = ["adopted", "lost", "halted"];
    const ids: string[] = [];
    for (const [index, name] of names.entries()) {
      const base = await createParams(first.farm, name);
      const VIFs = [{ ...(base.VIFs as object[])[0], mac: `02:00:00:00:02:0${index}` }];
      ids.push(await first.farm.call("vm.create", { ...base, VIFs }));
      await first.farm.call("vm.start", { id: ids.at(-1) });
      await first.farm.until(ids.at(-1) ?? "", (vm) => vm.pvDriversDetected === true);
    }
    const [adopted = "", lost = "", halted = ""] = ids;
    await first.farm.call("vm.stop", { id: halted });
    const host = (await first.farm.named("VM", "adopted")).$container;
    await first.stop();

    const hypervisor = new MemoryHypervisor();
    for (const [id, guest] of first.hypervisor.guests) if (id !== lost) hypervisor.guests.set(id, guest);
    const stray = first.hypervisor.guests.get(lost);
    if (!stray) throw new Error("the guest never ran");
    hypervisor.guests.set("unknown", stray);
    hypervisor.guests.set(halted, stray);
    const second = await startLab({ state: first.state, hypervisor });
    const view = await second.farm.named("VM", "adopted");
    expect(view).toMatchObject({ id: adopted, power_state: "Running", $container: host });
    await second.farm.until(lost, (vm) => vm.power_state === "Running");
    expect((await second.farm.named("VM", "halted")).power_state).toBe("Halted");
    expect([...hypervisor.guests.keys()].toSorted()).toEqual([adopted, lost].toSorted());
    expect(hypervisor.asked).toEqual(
      expect.arrayContaining(["stop hard unknown", `stop hard ${halted}`, `start ${lost}`]),
    );
    expect(hypervisor.asked).not.toContain(`start ${adopted}`);
    // Ready is said once every guest is, a moment after the last of them runs.
    await eventually("the simulator is ready", async () => {
      const answer = await fetch(`http://127.0.0.1:${second.port}/status.json`);
      return ((await answer.json()) as { ready: boolean }).ready;
    });
    await second.remove();
  });

  it("finishes deleting the disks of VMs that are gone", async () => {
    const first = await startLab();
    const id = await first.farm.call("vm.create", await createParams(first.farm, "gone"));
    first.hypervisor.deleteDisk = async () => Promise.reject(new Error("busy"));
    expect(await first.farm.call("vm.delete", { id })).toBe(true);
    await first.stop();
    const second = await startLab({ state: first.state });
    await expect.poll(() => second.hypervisor.deletedDisks.length).toBe(2);
    await second.stop();
    const third = await startLab({ state: first.state });
    await sleep(50);
    expect(third.hypervisor.deletedDisks).toEqual([]);
    await third.remove();
  });

  it("stores no secret in clear, and takes the tokens of the secrets file that it is given now", async () => {
    const first = await startLab();
    await first.farm.call("token.create");
    await first.stop();
    const files = readdirSync(first.state, { withFileTypes: true }).filter((entry) => entry.isFile());
    const text = files.map(({ name }) => readFileSync(join(first.state, name), "utf8"));
    for (const secret of Object.values(secrets)) expect(text.join("")).not.toContain(secret);
    folders.push(first.state);
    const next = { ...secrets, token: "another token of the tests, 0123456789" };
    // The helper signs in with the token of before.
    await expect(startLab({ state: first.state, secrets: next })).rejects.toThrow("invalid credentials");
  });
});

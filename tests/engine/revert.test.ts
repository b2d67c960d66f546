import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readLab } from "../../lab/lab-file.ts";
import { visit } from "../../lab/probe.ts";
import { onMachine, pinnedKeys } from "../support/machine.ts";
import { drift, engine, plan } from "../support/project.ts";
import { vmOf, withXo } from "../support/services.ts";
import { eventually } from "../support/wait.ts";

const address = "198.18.10.11";
const site = "ratsinfo.hohenbrueck.example";

/** The disks of the administration's machine as the stack's state has them. */
async function disksInState(): Promise<readonly { readonly vdiId: string; readonly vbdId: string }[]> {
  const { deployment } = JSON.parse((await engine(["stack", "export"])).stdout) as {
    deployment: {
      resources: { urn: string; outputs?: { disks?: { vdiId: string; vbdId: string }[] } }[];
    };
  };
  return deployment.resources.find(({ urn }) => urn.endsWith("::hohenbrueck-vm"))?.outputs?.disks ?? [];
}

/** Id of the machine's system disk in XO. */
function systemDisk(vm: string): Promise<string> {
  return withXo(async (xo) => {
    const places = await xo.objects({ type: "VBD", VM: vm, position: "0" });
    return String(places[0]?.["VDI"]);
  });
}

describe("a machine that was put back to a snapshot of it", () => {
  let vm: string;
  let key: string;
  let snapshot: string;
  const run = async (command: string): Promise<string> => {
    const result = await onMachine(address, key, command);
    if (result.code !== 0) throw new Error(`${command}: ${result.stderr}`);
    return result.stdout.trim();
  };

  beforeAll(async () => {
    vm = (await vmOf("hohenbrueck")).id;
    key = (await pinnedKeys()).get("hohenbrueck") ?? "";
    await run("echo before | sudo tee /var/lib/farm-before >/dev/null");
    snapshot = String(await withXo((xo) => xo.call("vm.snapshot", { id: vm, name: "test" })));
    await run("echo after | sudo tee /var/lib/farm-after >/dev/null");
    await withXo((xo) => xo.call("vm.revert", { snapshot }));
    await eventually("the site is back", async () => (await visit(readLab(), site)).status === 200);
    await eventually("the guest's agent has reported", async () => {
      const { addresses } = await vmOf("hohenbrueck");
      return Object.values(addresses as object).includes(address);
    });
  });

  afterAll(async () => {
    await withXo((xo) => xo.call("vm.delete", { id: snapshot }));
    expect(await plan()).toEqual([]);
  });

  it("is the same machine: pinned key, what was written before, nothing of what came later", async () => {
    expect(await run("cat /var/lib/farm-before; test -e /var/lib/farm-after || echo gone")).toBe(
      "before\ngone",
    );
    expect((await vmOf("hohenbrueck")).id).toBe(vm);
  });

  it("has other disks than the state says, which is no reason to replace it", async () => {
    const [known] = await disksInState();
    expect(known?.vdiId).not.toBe(await systemDisk(vm));
    // The ids are outputs: neither a plan nor a refresh that only looks has anything to say about them.
    expect(await plan()).toEqual([]);
    expect(await drift()).toEqual([]);
    expect(await plan("--refresh")).toEqual([]);
  });

  it("is in order again after a refresh, with nothing stopped", async () => {
    const boot = await run("cut -d' ' -f22 /proc/1/stat");
    const healed = await engine(["refresh", "--yes", "--skip-preview"]);
    expect(healed.code, healed.stdout + healed.stderr).toBe(0);
    expect((await disksInState())[0]?.vdiId).toBe(await systemDisk(vm));
    expect(await plan()).toEqual([]);
    expect(await run("cut -d' ' -f22 /proc/1/stat")).toBe(boot);
    expect((await visit(readLab(), site)).status).toBe(200);
  });
});

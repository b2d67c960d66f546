import { expect, test } from "vitest";
import { awaitQuiet } from "../../../cli/heal/outside.ts";
import { parseState } from "../../../model/stack-state.ts";
import type { XoClient } from "../../../providers/xenops/xo-client.ts";

const tags = ["farm=allris-farm/prod", "tenant=stadt"];
const vm = { id: "one", name_label: "allris-stadt.prod", tags, power_state: "Halted", startTime: null };

const order = {
  urn: "urn:pulumi:prod::allris-farm::farm:site:VirtualMachine$xenorchestra:index/vm:Vm::stadt-vm",
  type: "xenorchestra:index/vm:Vm",
  custom: true,
  inputs: { nameLabel: vm.name_label, tags, template: "template" },
};

/** The state of a run that ended so many milliseconds ago, while its VM was being made. */
function interrupted(ago: number) {
  const time = new Date(Date.now() - ago).toISOString();
  const pending_operations = [{ type: "creating", resource: order }];
  return parseState(
    JSON.stringify({ deployment: { manifest: { time }, resources: [], pending_operations } }),
  );
}

/** An XO in which the VM is there from some question on. */
function lateXo(from: number) {
  let asked = 0;
  const objects: XoClient["objects"] = async (filter) => {
    if (!("type" in filter) || filter.type !== "VM") return [];
    asked += 1;
    return asked >= from ? [{ ...vm, snapshots: [], blockedOperations: {}, creation: {} }] : [];
  };
  return { xo: { objects }, asked: () => asked };
}

async function wait(ago: number, from: number) {
  const said: string[] = [];
  const { xo, asked } = lateXo(from);
  const quiet = { orders: 2000, work: 60_000 };
  await awaitQuiet("prod", interrupted(ago), xo, (line) => said.push(line), quiet);
  return { asked: asked(), said };
}

test("what a plug-in may have ordered after its engine's last word is waited for", async () => {
  // Ten seconds ago the engine died; its plug-in may have gone on until now.
  const { asked, said } = await wait(10_000, 3);
  expect(asked).toBe(3);
  expect(said).toEqual(["Waiting until XO has finished what the interrupted run ordered"]);
});

test("a VM that does not come is given up after the time that an order takes", async () => {
  const begun = performance.now();
  expect((await wait(10_000, Number.POSITIVE_INFINITY)).asked).toBeGreaterThan(1);
  expect(performance.now() - begun).toBeGreaterThan(1900);
});

test("nothing is on its way any more after a run that ended long ago", async () => {
  expect(await wait(3_600_000, Number.POSITIVE_INFINITY)).toEqual({ asked: 1, said: [] });
});

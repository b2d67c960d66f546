import { afterAll, beforeAll, expect, test } from "vitest";
import { PartialFailure } from "../../../providers/kit/types.ts";
import { Bench } from "./bench.ts";
import { checked, vmResource } from "./inputs.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start({ createTimeout: 1200, powerTimeout: 3000, retryMaxTime: 3000 });
});
afterAll(() => bench.stop());

async function vmsNamed(name: string): Promise<number> {
  return (await bench.admin.objects("VM")).filter((vm) => vm.name_label === name).length;
}

test("a creation that fails late leaves the VM in XO and no id: the next one makes a second VM", async () => {
  bench.tap.refuse("vm.start", 7, "no hosts available");
  const news = bench.inputs("orphan");
  const failure = await bench.create(news).catch((error: unknown) => error);
  expect(failure).not.toBeInstanceOf(PartialFailure);
  expect(String(failure)).toContain("jsonrpc2: code 7 message: no hosts available");
  expect(await vmsNamed("orphan")).toBe(1);
  await bench.create(news);
  expect(await vmsNamed("orphan")).toBe(2);
});

test("a VM that never gets its address leaks as well, and the error names card and range", async () => {
  const networks = [{ networkId: bench.fixture.network, expectedIpCidr: "203.0.113.0/24" }];
  await expect(bench.create(bench.inputs("no-address", { networks }))).rejects.toThrow(
    /network\[0\] never converged to the following cidr: 203\.0\.113\.0\/24/,
  );
  expect(await vmsNamed("no-address")).toBe(1);
});

test("a VM cannot be created suspended or paused, and leaks", async () => {
  await expect(bench.create(bench.inputs("paused", { powerState: "Paused" }))).rejects.toThrow(
    "invalid VM power state requested: Paused",
  );
  expect(await vmsNamed("paused")).toBe(1);
});

test("a creation that fails after its VM is known keeps the id: the next run updates it", async () => {
  const news = bench.inputs("half", { blockedOperations: ["destroy"], powerState: "Halted" });
  bench.tap.refuse("vm.set", -32000, "unknown error from the peer", { skip: 1 });
  const failure = await bench.create(news).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(PartialFailure);
  const { id, properties } = failure as PartialFailure;
  expect(properties).toMatchObject({ nameLabel: "half", blockedOperations: ["destroy"] });
  const read = await bench.look({ id, inputs: await checked(news), outputs: properties });
  expect(await bench.diff(read, news)).toEqual({ "blockedOperations[0]": "add" });
});

test("a guest that is not ready is tried again", async () => {
  const news = bench.inputs("patient");
  const kept = await bench.create(news);
  await bench.agent(kept);
  bench.tap.refuse("vif.disconnect", 11, "missing PV drivers", { times: 2 });
  bench.tap.take();
  const networks = [{ networkId: bench.fixture.network, attached: false }];
  await bench.update(kept, { ...news, networks });
  expect(bench.tap.take().filter((call) => call === "vif.disconnect")).toHaveLength(3);
});

test("an update that fails on the way keeps the plan as state: only a refresh shows what is missing", async () => {
  const news = bench.inputs("halfway", { tags: ["old"] });
  const kept = await bench.create(news);
  bench.tap.refuse("tag.remove", -32000, "unknown error from the peer");
  const changed = { ...news, cpus: 1, tags: ["new"] };
  const failure = await bench.update(kept, changed).catch((error: unknown) => error);
  expect(failure).toMatchObject({ id: kept.id, properties: { cpus: 1, tags: ["new"] } });
  const state = { ...kept, inputs: await checked(changed), outputs: (failure as PartialFailure).properties };
  expect(await bench.diff(state, changed)).toEqual({});
  expect(await bench.diff(await bench.look(state), changed)).toEqual({ "tags[0]": "update" });
});

test("many VMs at once over one connection", async () => {
  const names = Array.from({ length: 12 }, (_none, index) => `many-${index}`);
  const made = await Promise.all(
    names.map((name) => bench.create(bench.inputs(name, { powerState: "Halted" }))),
  );
  expect(new Set(made.map(({ id }) => id)).size).toBe(12);
  // One connection for all tests so far.
  expect(bench.tap.take().filter((call) => call === "session.signIn").length).toBeLessThanOrEqual(1);
  expect(made.map(({ outputs }) => outputs.nameLabel)).toEqual(names);
});

test("a lost connection fails the rest of the run; the next run goes on", async () => {
  const news = bench.inputs("cut", { powerState: "Halted" });
  const kept = await bench.create(news);
  bench.tap.cut();
  await expect(bench.update(kept, { ...news, cpus: 1 })).rejects.toThrow("the connection to XO is lost");
  await expect(bench.refresh(kept)).rejects.toThrow("the connection to XO is lost");
  const client = bench.connect();
  const found = await vmResource().read({ ...bench.context, client }, kept.id, kept.outputs, kept.inputs);
  expect(found?.outputs).toMatchObject({ nameLabel: "cut", cpus: 2 });
});

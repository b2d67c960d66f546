import { afterAll, beforeAll, expect, test } from "vitest";
import { xenorchestra } from "../../../lab/standins/xenorchestra/provider.ts";
import type { Properties } from "../../../providers/kit/types.ts";
import { Bench } from "./bench.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(() => bench.stop());

async function look(name: string, args: Properties): Promise<Properties> {
  const found = xenorchestra({}).functions[`xenorchestra:index/${name}:${name}`];
  if (!found) throw new Error(`no function ${name}`);
  return found(bench.context, args);
}

test("a pool by its name, with its master and CPUs as texts", async () => {
  const pool = await look("getXoaPool", { nameLabel: "nord" });
  expect(pool).toMatchObject({ id: bench.fixture.pool, nameLabel: "nord" });
  expect(pool.cpus).toEqual({
    cores: expect.stringMatching(/^\d+$/),
    sockets: expect.stringMatching(/^\d+$/),
  });
  await expect(look("getXoaPool", { nameLabel: "sued" })).rejects.toThrow("Could not find client.Pool");
  await expect(look("getXoaPool", {})).rejects.toThrow("nameLabel is required but missing");
});

test("the hosts of a pool in order, the id being the master's; tags do not filter", async () => {
  const poolId = bench.fixture.pool;
  const found = await look("getXoaHosts", {
    poolId,
    sortBy: "name_label",
    sortOrder: "desc",
    tags: ["none has it"],
  });
  const names = (found.hosts as Properties[]).map(({ nameLabel }) => String(nameLabel));
  expect(names).toHaveLength(3);
  expect(names).toEqual([...names].sort().reverse());
  expect(found.id).toBe(found.master);
  const host = await look("getXoaHost", { nameLabel: names[0] ?? "" });
  expect(host).toMatchObject({ poolId, nameLabel: names[0] });
  expect(Number(host.memory)).toBeGreaterThan(0);
});

test("networks, storage and templates by name and pool", async () => {
  const { pool: poolId, network, storage, template } = bench.fixture;
  expect(await look("getXoaNetwork", { nameLabel: "Front nord", poolId })).toMatchObject({
    id: network,
    poolId,
  });
  const [sr] = (await bench.admin.objects("SR")).filter(({ id }) => id === storage);
  expect(await look("getXoaStorageRepository", { nameLabel: String(sr?.name_label), poolId })).toMatchObject({
    id: storage,
    uuid: storage,
    srType: "lvmoiscsi",
    container: poolId,
  });
  const [named] = (await bench.admin.objects("VM-template")).filter(({ id }) => id === template);
  expect(await look("getXoaTemplate", { nameLabel: String(named?.name_label) })).toMatchObject({
    id: template,
  });
  for (const name of ["getXoaNetwork", "getXoaStorageRepository", "getXoaTemplate"]) {
    await expect(look(name, { nameLabel: "nothing", poolId })).rejects.toThrow("Could not find client.");
  }
});

test("a name that several objects have is refused with the number found", async () => {
  const locals = (await bench.admin.objects("SR")).map(({ name_label }) => String(name_label));
  const twice = locals.find((name, index) => locals.indexOf(name) !== index);
  expect(twice).toBeDefined();
  await expect(look("getXoaStorageRepository", { nameLabel: twice ?? "" })).rejects.toThrow(
    /found `\d` storage repositories that match .* must be uniquely named/,
  );
  await bench.admin.call("network.set", { id: bench.fixture.otherNetwork, name_label: "Front nord" });
  await expect(look("getXoaNetwork", { nameLabel: "Front nord" })).rejects.toThrow("more than one result");
});

test("the VMs of a pool: none is an error, and a state does not narrow what the pool takes", async () => {
  const poolId = bench.fixture.pool;
  await expect(look("getXoaVms", { poolId })).rejects.toThrow("Could not find client.Vm");
  await bench.create(bench.inputs("one", { powerState: "Halted", tags: ["farm"] }));
  const running = await bench.create(bench.inputs("two"));
  const names = async (args: Properties): Promise<string[]> =>
    ((await look("getXoaVms", { poolId, ...args })).vms as Properties[])
      .map(({ nameLabel }) => String(nameLabel))
      .sort();
  expect(await names({})).toEqual(["one", "two"]);
  expect(await names({ powerState: "Running" })).toEqual(["one", "two"]);
  const host = String((await bench.admin.vm(running.id)).$container);
  expect(await names({ powerState: "Running", host })).toEqual(["two"]);
  const { vms } = await look("getXoaVms", { poolId });
  const one = (vms as Properties[]).find(({ nameLabel }) => nameLabel === "one");
  expect(one).toMatchObject({ tags: ["farm"], memoryMax: 2_147_483_648, powerState: "Halted" });
});

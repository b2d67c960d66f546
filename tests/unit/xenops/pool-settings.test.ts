import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Properties, Unknown } from "../../../providers/kit/types.ts";
import { getPoolCapacity } from "../../../providers/xenops/pool-capacity.ts";
import { poolSettings as settings } from "../../../providers/xenops/pool-settings.ts";
import { vmRestartOrder as restartOrder } from "../../../providers/xenops/vm-restart-order.ts";
import { XoClient } from "../../../providers/xenops/xo-client.ts";
import { testContext } from "../kit/context.ts";
import { PoolScene } from "./pool-scene.ts";

const gib = 1024 ** 3;
let scene: PoolScene;
let network: string;

beforeAll(async () => {
  scene = await PoolScene.start();
  network = (await scene.lab.farm.named("network", "Pool-wide network associated with eth1")).id;
});
afterAll(() => scene.end());

describe("PoolSettings", () => {
  const given = async (more: Properties = {}): Promise<Properties> => {
    const wanted = { pool: scene.pool.id, migrationNetwork: network, ...more };
    return (await settings.check(scene.context, wanted, {})).inputs;
  };
  const differences = async (olds: Properties, news: Properties) =>
    (await settings.diff(scene.context, scene.pool.id, olds, news, news)).differences;

  it("sets what is declared and leaves the rest alone", async () => {
    const inputs = await given();
    expect(inputs.autoPoweron).toBe(false);
    await settings.create(scene.preview, inputs);
    expect((await scene.now()).otherConfig).toEqual({});
    const { id, outputs } = await settings.create(scene.context, inputs);
    expect(id).toBe(scene.pool.id);
    expect(await scene.now()).toMatchObject({
      otherConfig: { "xo:migrationNetwork": network },
      default_SR: scene.pool.default_SR,
      auto_poweron: false,
    });
    expect(await settings.read(scene.context, id, outputs, inputs)).toEqual({ outputs: inputs, inputs });
    expect(await differences(outputs, inputs)).toEqual({});
    const more = await given({
      backupNetwork: network,
      defaultRepository: await scene.sr("NetApp nord NFS"),
    });
    expect(await differences(outputs, more)).toEqual({ backupNetwork: "add", defaultRepository: "add" });
    await settings.update?.(scene.context, id, outputs, more);
    expect(await scene.now()).toMatchObject({
      otherConfig: { "xo:migrationNetwork": network, "xo:backupNetwork": network },
      default_SR: more.defaultRepository,
    });
  });

  it("shows drift, also of a setting that was taken away, and repairs it", async () => {
    const inputs = await given({ backupNetwork: network });
    const { id, outputs } = await settings.create(scene.context, inputs);
    await scene.lab.farm.call("pool.set", { id, migrationNetwork: null, auto_poweron: true });
    const read = await settings.read(scene.context, id, outputs, inputs);
    expect(await differences(read?.outputs ?? {}, inputs)).toEqual({
      migrationNetwork: "add",
      autoPoweron: "update",
    });
    await settings.update?.(scene.context, id, read?.outputs ?? {}, inputs);
    expect(await settings.read(scene.context, id, outputs, inputs)).toEqual({ outputs: inputs, inputs });
  });

  it("is imported whole, and leaves the pool as it is when deleted", async () => {
    const read = await settings.read(scene.context, scene.pool.id, {}, {});
    expect(read?.inputs).toMatchObject({
      pool: scene.pool.id,
      migrationNetwork: network,
      autoPoweron: false,
    });
    const before = await scene.now();
    await settings.delete(scene.context, scene.pool.id, {});
    expect(scene.context.lines.join()).toContain("the pool keeps its settings");
    expect(await scene.now()).toEqual(before);
    expect(await settings.read(scene.context, "none", {}, {})).toBeUndefined();
  });

  it("does not start machines beside high availability", async () => {
    const sr = await scene.sr("NetApp nord iSCSI");
    await scene.lab.farm.call("pool.enableHa", { pool: scene.pool.id, heartbeatSrs: [sr] });
    const inputs = await given({ autoPoweron: true });
    await expect(settings.create(scene.preview, inputs)).rejects.toThrow(
      "high availability is on and starts them",
    );
    await scene.lab.farm.call("pool.disableHa", { pool: scene.pool.id });
    const unknown = await settings.create(scene.preview, { ...inputs, pool: Unknown.value });
    expect(unknown.id).toBe("");
  });

  it("names the right that a user lacks", async () => {
    const { admin, port } = scene.lab;
    await admin.call("user.create", { email: "clerk", password: "a long password" });
    const stranger = await admin
      .call("user.getAll")
      .then((all) => all.find(({ email }: Properties) => email === "clerk"));
    const token = await scene.lab.built.simulator.accounts.createToken(stranger.id, {});
    const client = new XoClient({ url: `ws://127.0.0.1:${port}`, token, patience: 0 });
    await expect(settings.create(testContext(client), await given())).rejects.toThrow(
      `lacks the right administrate on pool ${scene.pool.id}`,
    );
    client.close();
  });
});

describe("VmRestartOrder", () => {
  it("sets, reads, repairs, and puts back the order of one machine", async () => {
    const vmId = await scene.vm("ordered", 2);
    const inputs = (await restartOrder.check(scene.context, { vmId, order: 3, xapi: scene.xapi }, {})).inputs;
    expect(await restartOrder.create(scene.preview, { ...inputs, vmId: Unknown.value })).toMatchObject({
      id: "",
    });
    const { id, outputs } = await restartOrder.create(scene.context, inputs);
    expect(id).toBe(vmId);
    expect(scene.vmRecord(vmId)).toMatchObject({ order: 3, startDelay: 0 });
    expect(await restartOrder.read(scene.context, id, outputs, inputs)).toEqual({ outputs: inputs, inputs });

    const { store } = scene.lab.built.simulator;
    await store.commit([["objects", vmId, { ...scene.vmRecord(vmId), order: 0, startDelay: 5 } as never]]);
    const read = await restartOrder.read(scene.context, id, outputs, inputs);
    const diff = await restartOrder.diff(scene.context, id, read?.outputs ?? {}, inputs, inputs);
    expect(diff.differences).toEqual({ order: "update" });
    const slower = { ...inputs, startDelay: 30 };
    await restartOrder.update?.(scene.context, id, read?.outputs ?? {}, slower);
    expect(scene.vmRecord(vmId)).toMatchObject({ order: 3, startDelay: 30 });

    await restartOrder.delete(scene.context, id, slower);
    expect(scene.vmRecord(vmId)).toMatchObject({ order: 0 });
    await scene.lab.farm.call("vm.delete", { id: vmId });
    expect(await restartOrder.read(scene.context, id, outputs, inputs)).toBeUndefined();
    await restartOrder.delete(scene.context, id, outputs);
    await expect(restartOrder.create(scene.context, inputs)).rejects.toThrow(`the pool has no VM ${vmId}`);
  });

  it("takes whole numbers and names the right that is missing", async () => {
    const wrong = await restartOrder.check(
      scene.context,
      { vmId: "v", order: -1, startDelay: 0.5, xapi: {} },
      {},
    );
    expect(wrong.failures.map(({ property }) => property)).toEqual([
      "xapi.url",
      "xapi.user",
      "xapi.passwordVariable",
      "order",
      "startDelay",
    ]);
    const vmId = await scene.vm("plain", 2);
    await expect(restartOrder.create(scene.context, { vmId, order: 1, xapi: scene.reader })).rejects.toThrow(
      "the account's role lacks the right vm.set_order",
    );
    await scene.lab.farm.call("vm.delete", { id: vmId });
  });

  it("shares one session among many machines, and closes it", async () => {
    const vmId = await scene.vm("many", 2);
    const inputs = { vmId, order: 1, xapi: scene.xapi };
    await Promise.all(Array.from({ length: 40 }, () => restartOrder.create(scene.context, inputs)));
    expect(scene.vmRecord(vmId).order).toBe(1);
    await scene.lab.farm.call("vm.delete", { id: vmId });
  });
});

describe("getPoolCapacity", () => {
  it("tells the memory of each host and what uses it, with XAPI's plan for whoever may ask", async () => {
    const hosts = (await scene.lab.farm.all("host")).map(({ id }) => id);
    const ours = await scene.vm("ours", 6, { affinityHost: hosts[0], tags: ["farm:lab", "x"] });
    const theirs = await scene.vm("theirs", 10, { affinityHost: hosts[1], tags: ["x"] });
    const args = { pool: "nord", tags: ["farm:lab", "x"] };
    const found = await getPoolCapacity(scene.context, args);
    expect(found).toMatchObject({ id: scene.pool.id, haEnabled: false });
    expect(found.plan).toBeUndefined();
    expect(found.hosts).toMatchObject(
      ["xcp-nord-1", "xcp-nord-2", "xcp-nord-3"].map((nameLabel) => ({
        nameLabel,
        live: true,
        enabled: true,
        memory: 32 * gib,
        controlDomain: 2 * gib,
      })),
    );
    const sums = (name: string) =>
      (found.hosts as Properties[]).map((host) => Number(host[name]) / gib).sort((a, b) => b - a);
    expect(sums("taggedVms")).toEqual([6, 0, 0]);
    expect(sums("otherVms")).toEqual([10, 0, 0]);
    expect(found.otherVms).toEqual([
      { id: theirs, nameLabel: "theirs", memory: 10 * gib, protected: true, powerState: "Running" },
    ]);
    const withPlan = await getPoolCapacity(scene.context, { ...args, xapi: scene.xapi });
    expect(withPlan.plan).toEqual({
      hostFailuresToTolerate: 0,
      planExistsFor: 0,
      maxHostFailuresToTolerate: 2,
      overcommitted: false,
    });
    await expect(getPoolCapacity(scene.context, { ...args, tags: [] })).rejects.toThrow("at least one tag");
    await expect(getPoolCapacity(scene.context, { ...args, pool: "sued" })).rejects.toThrow("no pool sued");
    for (const id of [ours, theirs]) await scene.lab.farm.call("vm.delete", { id });
  });
});

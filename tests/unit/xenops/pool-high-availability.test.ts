import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Properties, Unknown } from "../../../providers/kit/types.ts";
import { poolHighAvailability as resource } from "../../../providers/xenops/pool-high-availability.ts";
import { XoClient } from "../../../providers/xenops/xo-client.ts";
import { testContext } from "../kit/context.ts";
import { PoolScene } from "./pool-scene.ts";

let scene: PoolScene;
let iscsi: string;
let nfs: string;

beforeEach(async () => {
  scene = await PoolScene.start();
  [iscsi, nfs] = [await scene.sr("NetApp nord iSCSI"), await scene.sr("NetApp nord NFS")];
});
afterEach(async () => {
  await scene.end();
  for (const name of ["FARM_XAPI_URL", "FARM_XAPI_USER", "FARM_XAPI_PASSWORD"]) delete process.env[name];
});

function inputs(more: Properties = {}): Properties {
  return {
    pool: scene.pool.id,
    heartbeatRepositories: [iscsi, nfs],
    hostFailuresToTolerate: 1,
    timeoutSeconds: 20,
    xapi: scene.xapi,
    ...more,
  };
}

async function failures(more: Properties): Promise<string[]> {
  const result = await resource.check(scene.context, inputs(more), {});
  return result.failures.map(({ property, reason }) => `${property} ${reason}`);
}

async function differences(olds: Properties, news: Properties) {
  return (await resource.diff(scene.context, scene.pool.id, olds, news, news)).differences;
}

function change(olds: Properties, news: Properties): Promise<Properties> {
  return (
    resource.update?.(scene.context, scene.pool.id, olds, news) ?? Promise.reject(new Error("no update"))
  );
}

describe("what is declared", () => {
  it("is checked before anything is asked of XAPI, with the property's name", async () => {
    expect(await failures({})).toEqual([]);
    expect(await failures({ hostFailuresToTolerate: 0, timeoutSeconds: 1.5 })).toEqual([
      "hostFailuresToTolerate must be a whole number, 1 or more",
      "timeoutSeconds must be a whole number, 5 or more",
    ]);
    expect(await failures({ heartbeatRepositories: [] })).toEqual([
      "heartbeatRepositories must name at least one storage repository",
    ]);
    expect(await failures({ heartbeatRepositories: [iscsi, iscsi] })).toEqual([
      "heartbeatRepositories names one repository twice",
    ]);
    expect(
      await failures({ xapi: { ...scene.xapi, url: "http://10.0.0.1", passwordVariable: "s3cr3t!" } }),
    ).toEqual([
      "xapi.url must begin with https://: the password would travel in the clear",
      "xapi.passwordVariable must be the name of an environment variable, not a password",
    ]);
  });

  it("names repositories that cannot carry a heartbeat, and why", async () => {
    const { store, inventory } = scene.lab.built.simulator;
    const local = await scene.sr("Local storage");
    const found = await failures({ heartbeatRepositories: [local, await scene.sr("ISO library"), "none"] });
    expect(found[0]).toContain(
      "heartbeatRepositories[0] Local storage is not shared, is not plugged in on xcp-nord-2",
    );
    expect(found[1]).toBe("heartbeatRepositories[1] ISO library holds iso, not disks");
    expect(found[2]).toBe("heartbeatRepositories[2] the pool has no storage repository none");
    const [plug] = inventory.relations.of("PBD", nfs);
    const small = inventory.relations.get("SR", iscsi);
    await store.commit([
      ["objects", plug?.id ?? "", { ...plug, attached: false } as never],
      ["objects", iscsi, { ...small, size: 2 ** 30 } as never],
    ]);
    const [space, unplugged] = await failures({});
    expect(space).toMatch(/^heartbeatRepositories\[0\] NetApp nord iSCSI has -\d+ MiB free and needs 356$/);
    expect(unplugged).toBe("heartbeatRepositories[1] NetApp nord NFS is not plugged in on xcp-nord-1");
    // What failed after it was declared stops no other change.
    const again = await resource.check(scene.context, inputs(), inputs());
    expect(again.failures).toEqual([]);
  });

  it("is previewed without contact while it is not known", async () => {
    const unknown = inputs({ pool: Unknown.value });
    expect((await resource.check(scene.preview, unknown, {})).failures).toEqual([]);
    const away = testContext(new XoClient({ url: "ws://127.0.0.1:1", token: "t", patience: 0 }), {
      preview: true,
    });
    expect(await resource.create(away, unknown)).toMatchObject({
      id: "",
      outputs: { planExistsFor: Unknown.value },
    });
  });
});

describe("PoolHighAvailability", () => {
  it("is switched on, read back, changed in place, and switched off when deleted", async () => {
    expect((await resource.create(scene.preview, inputs())).id).toBe("");
    expect(await scene.now()).toMatchObject({ HA_enabled: false });
    const { id, outputs } = await resource.create(scene.context, inputs());
    expect(id).toBe(scene.pool.id);
    expect(outputs).toMatchObject({ planExistsFor: 1, maxHostFailuresToTolerate: 2, overcommitted: false });
    expect(await scene.now()).toMatchObject({ HA_enabled: true, haSrs: [iscsi, nfs] });
    const read = await resource.read(scene.context, id, outputs, inputs());
    expect(read).toEqual({ outputs, inputs: inputs() });
    expect(await differences(outputs, inputs())).toEqual({});
    expect(await differences(outputs, inputs({ heartbeatRepositories: [nfs, iscsi] }))).toEqual({});

    const two = inputs({ hostFailuresToTolerate: 2 });
    expect(await differences(outputs, two)).toEqual({ hostFailuresToTolerate: "update" });
    expect(await change(outputs, two)).toMatchObject({ hostFailuresToTolerate: 2, planExistsFor: 2 });
    expect(scene.lab.built.simulator.events.last.filter(({ text }) => text.endsWith("is off"))).toEqual([]);

    await resource.delete(scene.context, id, outputs);
    expect(await scene.now()).toMatchObject({ HA_enabled: false });
    expect(await resource.read(scene.context, id, outputs, inputs())).toBeUndefined();
    await resource.delete(scene.context, id, outputs);
  });

  it("changes its heartbeat by switching off and on, and says so before", async () => {
    const { outputs } = await resource.create(scene.context, inputs());
    const other = inputs({ heartbeatRepositories: [nfs] });
    expect(await differences(outputs, other)).toEqual({ "heartbeatRepositories[0]": "delete" });
    await resource.update?.(scene.preview, scene.pool.id, outputs, other);
    expect(scene.preview.lines.join()).toContain(
      "heartbeat repositories: high availability is switched off and on",
    );
    expect(await scene.now()).toMatchObject({ haSrs: [iscsi, nfs] });
    expect(await change(outputs, other)).toMatchObject({ hostFailuresToTolerate: 1, planExistsFor: 1 });
    expect(await scene.now()).toMatchObject({ HA_enabled: true, haSrs: [nfs] });
    const slower = { ...other, timeoutSeconds: 30 };
    expect(await change({ ...outputs, ...other }, slower)).toMatchObject({ timeoutSeconds: 30 });
  });

  it("refuses more than the pool can bear, with the numbers and the machines", async () => {
    await scene.vm("hohenbrueck", 18);
    await scene.vm("auental", 18);
    await scene.vm("seenplatte", 18);
    await scene.vm("small", 2);
    const why = await resource.create(scene.preview, inputs()).catch((error: Error) => error.message);
    expect(why).toContain("pool nord cannot bear 1 failed hosts: asked 1, possible 0");
    expect(why).toMatch(
      /without xcp-nord-\d there are 2[24]\.0 GiB free on xcp-nord-\d, xcp-nord-\d, and (18|20)\.0 GiB of protected/,
    );
    expect(why).toMatch(/no host has room for (hohenbrueck|auental|seenplatte) \(18\.0 GiB\)/);
    expect(await scene.now()).toMatchObject({ HA_enabled: false });
    await expect(resource.create(scene.context, inputs())).rejects.toThrow("asked 1, possible 0");
    expect(await scene.now()).toMatchObject({ HA_enabled: false });
  });

  it("shows drift of every setting, and repairs it", async () => {
    const { id, outputs } = await resource.create(scene.context, inputs());
    const { store, inventory } = scene.lab.built.simulator;
    const pool = inventory.relations.get("pool", id);
    await store.commit([
      [
        "objects",
        id,
        {
          ...pool,
          haHostFailuresToTolerate: 2,
          haTimeout: 9,
          haSrs: [nfs],
          haAllowOvercommit: true,
        } as never,
      ],
    ]);
    const read = await resource.read(scene.context, id, outputs, inputs());
    expect(await differences(read?.outputs ?? {}, inputs())).toEqual({
      "heartbeatRepositories[0]": "add",
      hostFailuresToTolerate: "update",
      timeoutSeconds: "update",
      allowOvercommit: "update",
    });
    expect(await change(read?.outputs ?? {}, inputs())).toMatchObject({
      hostFailuresToTolerate: 1,
      timeoutSeconds: 20,
      allowOvercommit: false,
    });
    expect(await scene.now()).toMatchObject({ haSrs: [iscsi, nfs] });
  });

  it("is imported by the pool's id, with the account of the environment", async () => {
    await resource.create(scene.context, inputs());
    await expect(resource.read(scene.context, scene.pool.id, {}, {})).rejects.toThrow("FARM_XAPI_URL");
    process.env.FARM_XAPI_URL = String(scene.xapi.url);
    process.env.FARM_XAPI_USER = "farm";
    process.env.FARM_XAPI_PASSWORD = process.env.XAPI_PASSWORD;
    const read = await resource.read(scene.context, scene.pool.id, {}, {});
    expect(read?.inputs).toEqual({
      pool: scene.pool.id,
      heartbeatRepositories: [iscsi, nfs].sort(),
      hostFailuresToTolerate: 1,
      timeoutSeconds: 20,
    });
    expect(await differences(read?.outputs ?? {}, inputs())).toEqual({});
  });

  it("takes over what an interrupted run has switched on, and nothing else", async () => {
    await scene.lab.farm.call("pool.enableHa", {
      pool: scene.pool.id,
      heartbeatSrs: [nfs, iscsi],
      configuration: { timeout: "20" },
    });
    expect((await resource.create(scene.context, inputs())).outputs).toMatchObject({ planExistsFor: 1 });
    await expect(resource.create(scene.context, inputs({ heartbeatRepositories: [nfs] }))).rejects.toThrow(
      "high availability of pool nord is on already",
    );
  });

  it("goes on after a change that stopped half way", async () => {
    const { outputs } = await resource.create(scene.context, inputs());
    await scene.lab.admin.call("lab.failNext", {
      method: "xapi.pool.enable_ha",
      message: "the host is busy",
    });
    const other = inputs({ heartbeatRepositories: [nfs] });
    await expect(change(outputs, other)).rejects.toThrow("XAPI refused pool.enable_ha");
    expect(await scene.now()).toMatchObject({ HA_enabled: false });
    expect(await change(outputs, other)).toMatchObject({ planExistsFor: 1 });
    expect(await scene.now()).toMatchObject({ HA_enabled: true, haSrs: [nfs] });
  });
});

describe("refusals", () => {
  it("say in plain words what XAPI means, and the cure", async () => {
    await scene.vm("local", 2);
    await scene.lab.admin.call("lab.failHost", {
      host: (await scene.lab.farm.named("host", "xcp-nord-3")).id,
    });
    const error = await resource.create(scene.context, inputs()).catch(({ message }: Error) => message);
    expect(error).toContain("XAPI refused pool.enable_ha");
    expect(error).toContain("did not find each other by heartbeat");
    expect(error).toContain("HA_FAILED_TO_FORM_LIVESET");
    expect(error).toContain("start every host of the pool");
  });

  it("name the right that is missing, a wrong password, and a missing one", async () => {
    await expect(resource.create(scene.context, inputs({ xapi: scene.reader }))).rejects.toThrow(
      "lacks the right pool.ha_compute_max_host_failures_to_tolerate",
    );
    const wrong = { ...scene.xapi, passwordVariable: "XAPI_READER" };
    await expect(resource.create(scene.context, inputs({ xapi: wrong }))).rejects.toThrow(
      "name or password of farm is not right",
    );
    const none = { ...scene.xapi, passwordVariable: "XAPI_NOWHERE" };
    await expect(resource.create(scene.context, inputs({ xapi: none }))).rejects.toThrow("set XAPI_NOWHERE");
    // Whoever only looks at a plan need not have it.
    expect((await resource.create(scene.preview, inputs({ xapi: none }))).id).toBe("");
    expect(scene.preview.lines.join()).toContain("warning: XAPI_NOWHERE is not set");
    expect(await scene.now()).toMatchObject({ HA_enabled: false });
  });

  it("say that the master is away", async () => {
    const { outputs } = await resource.create(scene.context, inputs());
    await scene.lab.admin.call("lab.failHost", { host: scene.pool.master });
    await expect(change(outputs, inputs({ hostFailuresToTolerate: 2 }))).rejects.toThrow(
      "the pool's master cannot be reached",
    );
  });
});

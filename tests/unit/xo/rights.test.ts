import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client } from "./support/client.ts";
import { createParams, type Lab, startLab } from "./support/start.ts";

let lab: Lab;
let outsider: Client;
let outsiderId: string;
beforeAll(async () => {
  lab = await startLab();
  outsiderId = await lab.admin.call("user.create", { email: "guest@example.org", password: "long enough" });
  outsider = await Client.connect(lab.port);
  await outsider.call("session.signIn", { email: "guest@example.org", password: "long enough" });
});
afterAll(async () => {
  outsider.close();
  await lab.remove();
});

describe("users without rights", () => {
  it("see everything and change nothing", async () => {
    const pool = await outsider.named("pool", "nord");
    const refused = { code: 2, data: { permission: "administrate", object: { id: pool.id, type: "pool" } } };
    expect(await outsider.fail("vm.create", await createParams(outsider, "theirs"))).toMatchObject(refused);
    expect(await outsider.fail("pool.set", { id: pool.id, name_label: "mine" })).toMatchObject(refused);
    const network = await outsider.named("network", "Front nord");
    expect((await outsider.fail("tag.add", { id: network.id, tag: "x" })).code).toBe(2);
    expect((await outsider.fail("network.create", { pool: pool.id, name: "x" })).code).toBe(2);
    expect((await outsider.fail("user.getAll")).code).toBe(2);
    expect((await outsider.fail("acl.get")).code).toBe(2);
    expect((await outsider.call("session.getUser")).email).toBe("guest@example.org");
  });
});

describe("rights on one object", () => {
  it("reach down from where they are given, as far as the role goes", async () => {
    const id = await lab.farm.call("vm.create", await createParams(lab.farm, "theirs"));
    const acl = { subject: outsiderId, object: id, action: "operator" };
    expect(await lab.admin.call("acl.add", acl)).toBe(true);
    const listed = (await lab.admin.call("acl.get", { dummy: "dummy" })).filter(
      (each: { subject: string }) => each.subject === outsiderId,
    );
    expect(listed).toEqual([{ id: expect.any(String), ...acl }]);
    expect(await outsider.call("vm.start", { id })).toBe(true);
    await lab.farm.until(id, (vm) => vm.pvDriversDetected === true);
    const [vif] = (await outsider.all("VIF")).filter((each) => each.$VM === id);
    expect(await outsider.call("vif.disconnect", { id: vif.id })).toBe(true);
    expect((await outsider.fail("vm.set", { id, name_label: "mine" })).data.permission).toBe("administrate");
    expect((await outsider.fail("vm.delete", { id })).code).toBe(2);
    expect(await lab.admin.call("acl.remove", acl)).toBe(true);
    expect((await outsider.fail("vm.stop", { id })).code).toBe(2);
    await lab.farm.call("vm.delete", { id });
  });

  it("of the pool let the farm's user do all but what only administrators may", async () => {
    const { farm } = lab;
    const pool = await farm.named("pool", "nord");
    const id = await farm.call("network.create", {
      pool: pool.id,
      name: "Back",
      description: "x",
      mtu: 9000,
      nbd: false,
    });
    expect(await farm.call("network.set", { id, automatic: false, nbd: true, defaultIsLocked: true })).toBe(
      true,
    );
    expect(await farm.named("network", "Back")).toMatchObject({
      MTU: 9000,
      nbd: true,
      defaultIsLocked: true,
    });
    expect(await farm.call("network.delete", { id })).toBe(true);
    const pif = (await farm.all("PIF")).find(
      (each) => each.$host === pool.master && each.device === "eth1" && each.vlan === -1,
    );
    const vlan = await farm.call("network.create", { pool: pool.id, name: "VLAN 22", pif: pif.id, vlan: 22 });
    const own = (await farm.all("PIF")).filter((each) => each.$network === vlan);
    expect(own.map((each) => [each.device, each.vlan])).toEqual([
      ["eth1", 22],
      ["eth1", 22],
      ["eth1", 22],
    ]);
    expect(await farm.call("network.delete", { id: vlan })).toBe(true);
    for (const [method, params] of [
      ["cloudConfig.create", { name: "x", template: "y" }],
      ["user.create", { email: "x", password: "y" }],
      ["acl.add", { subject: "x", object: "y", action: "admin" }],
      ["resourceSet.create", { name: "x" }],
    ] as const) {
      expect((await farm.fail(method, params)).code).toBe(2);
    }
    expect(await farm.call("cloudConfig.getAll")).toEqual([]);
  });
});

describe("what administrators keep", () => {
  it("users: names are unique, a deleted one cannot sign in", async () => {
    const { admin } = lab;
    expect((await admin.fail("user.create", { email: "farm", password: "x" })).code).toBe(16);
    const id = await admin.call("user.create", {
      email: "short@example.org",
      password: "x",
      permission: "none",
    });
    expect((await admin.call("user.getAll")).map((user: { id: string }) => user.id)).toContain(id);
    expect(await admin.call("user.delete", { id })).toBe(true);
    const client = await Client.connect(lab.port);
    expect((await client.fail("session.signIn", { email: "short@example.org", password: "x" })).code).toBe(3);
    client.close();
  });

  it("cloud configs: equal names are allowed", async () => {
    const { admin } = lab;
    const [one, two] = [
      await admin.call("cloudConfig.create", { name: "same", template: "#cloud-config\n" }),
      await admin.call("cloudConfig.create", { name: "same", template: "#cloud-config\n" }),
    ];
    expect(one.id).not.toBe(two.id);
    expect(await admin.call("cloudConfig.getAll")).toHaveLength(2);
    expect(await admin.call("cloudConfig.delete", { id: one.id })).toBe(true);
    expect((await admin.fail("cloudConfig.delete", { id: one.id })).code).toBe(1);
  });

  it("resource sets: VMs within them, up to their limits", async () => {
    const { admin } = lab;
    const params = await createParams(outsider, "within");
    const [sr] = (params.VDIs as { SR: string }[]).map((disk) => disk.SR);
    const [network] = (params.VIFs as { network: string }[]).map((card) => card.network);
    const set = await admin.call("resourceSet.create", {
      name: "self service",
      subjects: [outsiderId],
      objects: [params.template, sr],
      limits: { cpus: { available: 3, total: 3 } },
    });
    const within = { ...params, resourceSet: set.id };
    expect(await outsider.fail("vm.create", within)).toMatchObject({
      code: 2,
      data: { object: { id: network } },
    });
    await admin.call("resourceSet.addObject", { id: set.id, object: network });
    const id = await outsider.call("vm.create", within);
    expect(await outsider.call("vm.set", { id, name_description: "ours" })).toBe(true);
    expect((await outsider.call("resourceSet.getAll", { id: "dummy" }))[0].limits).toEqual({
      cpus: { total: 3, usage: 2, available: 1 },
    });
    const over = await outsider.fail("vm.create", { ...within, name_label: "more" });
    expect(over).toMatchObject({ code: 24, data: [{ resourceType: "cpus", available: 1, requested: 2 }] });
    expect((await outsider.fail("vm.set", { id, resourceSet: null })).code).toBe(2);
    expect(await admin.call("vm.set", { id, resourceSet: null })).toBe(true);
    expect(await outsider.call("vm.delete", { id })).toBe(true);
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client, type Shown } from "./support/client.ts";
import { devicesOf } from "./support/devices.ts";
import { createParams, type Lab, startLab } from "./support/start.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.remove());

let number = 0;
async function create(name: string, more: object = {}): Promise<string> {
  const mac = `02:00:00:00:03:${(++number).toString(16).padStart(2, "0")}`;
  const base = await createParams(lab.farm, name, more);
  return lab.farm.call("vm.create", { ...base, VIFs: [{ ...(base.VIFs as object[])[0], mac }] });
}

describe("rights on snapshots", () => {
  it("are those of the VM and of its storage, and the one who took it may do everything with it", async () => {
    const { admin, farm } = lab;
    const user = await admin.call("user.create", { email: "clerk@example.org", password: "long enough" });
    const clerk = await Client.connect(lab.port);
    await clerk.call("session.signIn", { email: "clerk@example.org", password: "long enough" });
    const id = await create("theirs");
    const foreign = await farm.call("vm.snapshot", { id });
    expect((await clerk.fail("vm.snapshot", { id })).data.permission).toBe("operate");
    await admin.call("acl.add", { subject: user, object: id, action: "operator" });
    const [disk] = (await devicesOf(lab.farm, id)).vdis;
    expect((await clerk.fail("vm.snapshot", { id })).data).toEqual({
      permission: "operate",
      object: { id: disk.$SR, type: "SR" },
    });
    await admin.call("acl.add", { subject: user, object: disk.$SR, action: "operator" });
    const own = await clerk.call("vm.snapshot", { id });
    expect(await clerk.call("vm.revert", { snapshot: foreign })).toBe(true);
    expect((await clerk.fail("vm.delete", { id: foreign })).code).toBe(2);
    expect(await clerk.call("vm.delete", { id: own })).toBe(true);
    expect((await admin.call("acl.get")).filter((acl: Shown) => acl.object === own)).toEqual([]);
    await admin.call("acl.remove", { subject: user, object: id, action: "operator" });
    expect((await clerk.fail("vm.revert", { snapshot: foreign })).code).toBe(2);
    await farm.call("vm.delete", { id });
    clerk.close();
  });

  it("in a resource set it counts like a VM", async () => {
    const { admin } = lab;
    const user = await admin.call("user.create", { email: "self@example.org", password: "long enough" });
    const self = await Client.connect(lab.port);
    await self.call("session.signIn", { email: "self@example.org", password: "long enough" });
    const params = await createParams(self, "own");
    const objects = [params.template, (params.VDIs as Shown[])[0].SR, (params.VIFs as Shown[])[0].network];
    const set = await admin.call("resourceSet.create", {
      name: "self service",
      subjects: [user],
      objects,
      limits: { cpus: 5 },
    });
    const id = await self.call("vm.create", { ...params, resourceSet: set.id });
    const snapshot = await self.call("vm.snapshot", { id });
    expect((await self.call("resourceSet.getAll"))[0].limits.cpus).toEqual({
      total: 5,
      usage: 4,
      available: 1,
    });
    expect(await self.fail("vm.snapshot", { id })).toMatchObject({
      code: 24,
      data: [{ resourceType: "cpus", available: 1, requested: 2 }],
    });
    expect(await self.call("vm.delete", { id: snapshot })).toBe(true);
    await self.call("vm.delete", { id });
    self.close();
  });
});

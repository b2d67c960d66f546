import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findVms } from "../../../providers/xenops/inventory.ts";
import { XoClient } from "../../../providers/xenops/xo-client.ts";
import { testContext } from "../kit/context.ts";
import { Client } from "./support/client.ts";
import { createParams, type Lab, secrets, startLab } from "./support/start.ts";

const key = "XenCenter.CustomFields.allrisnet-release";
let lab: Lab;
let vm: string;
beforeAll(async () => {
  lab = await startLab();
  vm = await lab.farm.call("vm.create", await createParams(lab.farm, "fields"));
});
afterAll(() => lab.remove());

const other = async (id: string): Promise<Record<string, string>> =>
  (await lab.farm.call("xo.getAllObjects", { filter: { id } }))[id].other;

describe("custom fields", () => {
  it("are added once, set as often as one likes, and removed", async () => {
    const field = { id: vm, name: "allrisnet-release" };
    expect(await lab.farm.call("customField.add", { ...field, value: "4.1.7" })).toBe(true);
    expect(await other(vm)).toMatchObject({ [key]: "4.1.7", auto_poweron: "false" });
    const again = await lab.admin.fail("customField.add", { ...field, value: "4.1.8" });
    expect(again.data).toMatchObject({ code: "MAP_DUPLICATE_KEY" });
    expect(await other(vm)).toMatchObject({ [key]: "4.1.7" });
    expect(await lab.farm.call("customField.set", { ...field, value: "4.1.8" })).toBe(true);
    expect(await other(vm)).toMatchObject({ [key]: "4.1.8" });
    expect(await lab.farm.call("customField.remove", field)).toBe(true);
    expect(await other(vm)).toEqual({ auto_poweron: "false" });
    // Taking away what is not there is no error of XAPI's either.
    expect(await lab.farm.call("customField.remove", field)).toBe(true);
    expect((await lab.farm.fail("customField.set", { ...field, value: "" })).code).toBe(10);
    expect((await lab.farm.fail("customField.set", { ...field, id: "unknown", value: "x" })).code).toBe(1);
  });

  it("stand on other objects as well, where XO shows their other_config", async () => {
    const pool = await lab.admin.named("pool", "nord");
    const network = await lab.admin.named("network", "Front nord");
    const snapshot = await lab.admin.call("vm.snapshot", { id: vm });
    const [disk] = await lab.admin.all("VDI");
    const shown = [
      [pool, "otherConfig"],
      [(await lab.admin.all("host"))[0], "otherConfig"],
      [network, "other_config"],
      [(await lab.admin.all("SR"))[0], "other_config"],
      [disk, "other_config"],
      [{ id: snapshot }, "other"],
    ] as const;
    for (const [{ id }, member] of shown) {
      await lab.admin.call("customField.set", { id, name: "owner", value: "us" });
      const view = (await lab.admin.call("xo.getAllObjects", { filter: { id } }))[id];
      expect(view[member]["XenCenter.CustomFields.owner"]).toBe("us");
      await lab.admin.call("customField.remove", { id, name: "owner" });
    }
    await lab.admin.call("vm.delete", { id: snapshot });
  });

  it("are for those who may administrate the object", async () => {
    const user = await lab.admin.call("user.create", {
      email: "reader@example.org",
      password: "long enough",
    });
    const reader = await Client.connect(lab.port);
    await reader.call("session.signIn", { email: "reader@example.org", password: "long enough" });
    await lab.admin.call("acl.add", { subject: user, object: vm, action: "operator" });
    for (const method of ["customField.add", "customField.set"]) {
      const error = await reader.fail(method, { id: vm, name: "allrisnet-release", value: "9" });
      expect(error).toMatchObject({ code: 2, data: { permission: "administrate" } });
    }
    expect((await reader.fail("customField.remove", { id: vm, name: "x" })).code).toBe(2);
    expect(await other(vm)).toEqual({ auto_poweron: "false" });
    reader.close();
  });

  it("tell the farm's provider which release runs, also after a restart of XO", async () => {
    await lab.farm.call("customField.set", { id: vm, name: "allrisnet-release", value: "4.1.7" });
    await lab.stop();
    lab = await startLab({ state: lab.state });
    const plain = await lab.farm.call("vm.create", await createParams(lab.farm, "without"));
    const client = new XoClient({ url: `ws://127.0.0.1:${lab.port}`, token: secrets.token });
    const { vms } = await findVms(testContext(client), { tags: ["farm:lab"] });
    client.close();
    expect(vms).toEqual([
      expect.objectContaining({ id: vm, release: "4.1.7" }),
      expect.objectContaining({ id: plain }),
    ]);
    expect((vms as object[])[1]).not.toHaveProperty("release");
  });
});

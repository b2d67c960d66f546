import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startServer } from "../../../providers/kit/serve.ts";
import { type Properties, Unknown } from "../../../providers/kit/types.ts";
import { xenops } from "../../../providers/xenops/provider.ts";
import { vmSnapshot } from "../../../providers/xenops/vm-snapshot.ts";
import { XoClient } from "../../../providers/xenops/xo-client.ts";
import { testContext } from "../kit/context.ts";
import { TestEngine } from "../kit/engine.ts";
import { inventory, XoServer } from "./xo-server.ts";

const taken = 1_780_000_000;
const outputs = { vmId: "vm-1", name: "before", description: "d", takenAt: "2026-05-28T20:26:40.000Z" };
let objects: Record<string, unknown>[];
let deleted: unknown[];
let server: XoServer;
let client: XoClient;
let context: ReturnType<typeof testContext<XoClient>>;

beforeEach(async () => {
  objects = [{ id: "vm-1", type: "VM", name_label: "hohenbrueck" }];
  deleted = [];
  server = new XoServer({
    "xo.getAllObjects": (params) => inventory(objects)(params),
    "vm.snapshot": ({ id, name, description }) => {
      const more = { name_label: name, name_description: description, snapshot_time: taken };
      objects.push({ id: "snapshot-1", type: "VM-snapshot", $snapshot_of: id, ...more });
      return "snapshot-1";
    },
    "vm.set": ({ id, ...changes }) => {
      const found = objects.find((object) => object.id === id);
      if (found === undefined) throw { code: 1, message: `no such object ${id}` };
      Object.assign(found, changes);
    },
    "vm.delete": (params) => {
      deleted.push(params);
      objects = objects.filter(({ id }) => id !== params.id);
    },
  });
  await server.start();
  client = new XoClient({ url: server.url, token: "good", patience: 0 });
  context = testContext(client);
});
afterEach(async () => {
  client.close();
  await server.stop();
});

async function create(more: Properties = {}) {
  const inputs = { vmId: "vm-1", name: "before", description: "d", ...more };
  return vmSnapshot.create(context, (await vmSnapshot.check(context, inputs, {})).inputs);
}

describe("VmSnapshot", () => {
  it("is taken, and read by its id alone, as an import does", async () => {
    expect(await create()).toEqual({ id: "snapshot-1", outputs });
    const { takenAt: _takenAt, ...inputs } = outputs;
    expect(await vmSnapshot.read(context, "snapshot-1", {}, {})).toEqual({ outputs, inputs });
  });

  it("is gone when XO has none of the id, and a VM is no snapshot", async () => {
    expect(await vmSnapshot.read(context, "snapshot-9", {}, {})).toBeUndefined();
    expect(await vmSnapshot.read(context, "vm-1", {}, {})).toBeUndefined();
  });

  it("changes its name in place and belongs to one VM", async () => {
    await create();
    const news = { vmId: "vm-1", name: "after", description: "" };
    expect((await vmSnapshot.diff(context, "snapshot-1", outputs, news, {})).differences).toEqual({
      name: "update",
      description: "update",
    });
    const moved = await vmSnapshot.diff(
      context,
      "snapshot-1",
      outputs,
      { ...outputs, vmId: Unknown.value },
      {},
    );
    expect(moved.differences).toEqual({ vmId: "update-replace" });
    expect(await vmSnapshot.update?.(context, "snapshot-1", outputs, news)).toEqual({
      ...news,
      takenAt: outputs.takenAt,
    });
  });

  it("goes even from a protected VM, is fine when it is gone already, and never takes a VM with it", async () => {
    await create();
    await vmSnapshot.delete(context, "snapshot-1", outputs);
    await vmSnapshot.delete(context, "snapshot-1", outputs);
    await vmSnapshot.delete(context, "vm-1", outputs);
    expect(deleted).toEqual([{ id: "snapshot-1", forceBlockedOperation: true }]);
    server.methods["xo.getAllObjects"] = () => ({ "snapshot-2": { id: "snapshot-2", type: "VM-snapshot" } });
    server.methods["vm.delete"] = () => {
      throw { code: 1, message: "no such object" };
    };
    await vmSnapshot.delete(context, "snapshot-2", outputs);
  });

  it("is planned over the protocol without asking XO", async () => {
    const running = await startServer(xenops);
    const engine = new TestEngine(running.port);
    await engine.configure({ url: server.url, token: "good" });
    const type = "xenops:index:VmSnapshot";
    const planned = await engine.create(type, { vmId: "vm-1", name: "before" }, { preview: true });
    expect([planned.id, server.calls]).toEqual(["", []]);
    const made = await engine.create(type, { vmId: "vm-1", name: "before", description: "d" });
    expect(made).toEqual({ id: "snapshot-1", outputs });
    await engine.delete(type, made.id, made.outputs);
    expect(objects).toHaveLength(1);
    engine.close();
    await running.stop();
  });
});

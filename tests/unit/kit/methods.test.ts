import messages from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RunningServer, startServer } from "../../../providers/kit/serve.ts";
import type { Properties } from "../../../providers/kit/types.ts";
import { TestEngine, unknown, wireAsset, wireReference, wireSecret } from "./engine.ts";
import { Shelf, toyProvider } from "./toy.ts";

const box = "toy:index:Box";
let shelf: Shelf;
let seen: Properties[];
let server: RunningServer;
let engine: TestEngine;

beforeEach(async () => {
  shelf = new Shelf("shelf");
  seen = [];
  server = await startServer(toyProvider(shelf, seen));
  engine = new TestEngine(server.port);
  await engine.configure({ label: wireSecret("north") });
});

afterEach(async () => {
  engine.close();
  await server.stop();
});

describe("the provider itself", () => {
  it("says what it is and what it can", async () => {
    const handshake = await engine.call(engine.client.handshake, new messages.ProviderHandshakeRequest());
    expect(handshake.toObject()).toMatchObject({
      acceptSecrets: true,
      acceptResources: false,
      acceptOutputs: false,
    });
    const info = await engine.call(engine.client.getPluginInfo, new empty.Empty());
    expect(info.getVersion()).toBe("1.2.3");
    const schema = await engine.call(engine.client.getSchema, new messages.GetSchemaRequest());
    expect(JSON.parse(schema.getSchema())).toMatchObject({ name: "toy", resources: { [box]: {} } });
    const configured = await engine.call(engine.client.configure, new messages.ConfigureRequest());
    expect(configured.toObject()).toMatchObject({ acceptsecrets: true, supportspreview: true });
  });

  it("checks its arguments and keeps the engine's own keys", async () => {
    const request = new messages.CheckRequest().setNews(
      struct.Struct.fromJavaScript({ version: "1.2.3", label: "" }),
    );
    const response = await engine.call(engine.client.checkConfig, request);
    expect(response.getInputs()?.toJavaScript()).toEqual({ version: "1.2.3", label: "" });
    expect(response.toObject().failuresList).toEqual([{ property: "label", reason: "must not be empty" }]);
  });

  it.each([
    [{ label: "a" }, { label: "a", version: "2" }, 1, []],
    [{ label: "a" }, { label: "a", extra: "b" }, 2, []],
    [{ label: "a" }, { label: "b" }, 2, ["label"]],
    [{ label: "a" }, { label: unknown }, 2, []],
  ])("says what a change from %j to %j of its arguments means", async (olds, news, changes, replaces) => {
    const request = new messages.DiffRequest().setOldInputs(struct.Struct.fromJavaScript(olds));
    const response = await engine.call(
      engine.client.diffConfig,
      request.setNews(struct.Struct.fromJavaScript(news)),
    );
    expect(response.toObject()).toMatchObject({ changes, replacesList: replaces });
  });

  it("makes its client once, late, of unwrapped arguments", async () => {
    await engine.check(box, { name: "a" });
    expect(seen).toEqual([]);
    await engine.create(box, { name: "a" });
    await engine.create(box, { name: "b" });
    expect(seen.filter((args) => args.label !== undefined)).toEqual([{ label: "north" }]);
  });

  it("answers what it does not do with a sentence", async () => {
    await expect(engine.call(engine.client.construct, new messages.ConstructRequest())).rejects.toMatchObject(
      {
        code: 12,
        details: expect.stringContaining("no components"),
      },
    );
    await expect(engine.call(engine.client.call, new messages.CallRequest())).rejects.toMatchObject({
      code: 12,
    });
    await expect(engine.check("toy:index:Lamp", {})).rejects.toMatchObject({
      code: 12,
      details:
        "the provider toy 1.2.3 knows no resource toy:index:Lamp; it knows: toy:index:Box, toy:index:Stone",
    });
    const listed = new Promise((_resolve, reject) =>
      engine.client.list(new messages.ListRequest()).on("error", reject),
    );
    await expect(listed).rejects.toMatchObject({ code: 12 });
  });
});

describe("resources", () => {
  it("fills defaults and reports failures", async () => {
    expect(await engine.check(box, { name: "a" })).toEqual({ inputs: { name: "a", size: 1 }, failures: [] });
    const { failures } = await engine.check(box, { name: "a", size: -1 });
    expect(failures).toEqual([{ property: "size", reason: "must not be negative" }]);
  });

  it("hands secrets over open and wraps them again, by name, by place and by following", async () => {
    const inputs = { name: "a", pin: "1234", parts: { lid: wireSecret("gold"), rim: "tin" } };
    const checked = await engine.check(box, inputs);
    expect(checked.inputs).toEqual({ ...inputs, size: 1, pin: wireSecret("1234") });
    const { outputs } = await engine.create(box, checked.inputs);
    expect(seen.at(-1)).toMatchObject({ label: "north" });
    expect(seen.at(-2)).toEqual({ name: "a", size: 1, pin: "1234", parts: { lid: "gold", rim: "tin" } });
    expect(outputs).toEqual({ ...checked.inputs, serial: 7, echo: wireSecret("a!") });
  });

  it("wraps in an update and a read what the state held as secret", async () => {
    const { id, outputs } = await engine.create(box, { name: "a", tags: wireSecret(["x"]) });
    expect(outputs.tags).toEqual(wireSecret(["x"]));
    const updated = await engine.update(box, id, outputs, { name: "a", tags: wireSecret(["x", "y"]) });
    expect(updated).toEqual({ name: "a", tags: wireSecret(["x", "y"]), serial: 7, echo: wireSecret("a!") });
    const read = await engine.read(box, id, updated, { name: "a", tags: wireSecret(["x", "y"]) });
    expect(read).toEqual({ id, outputs: updated, inputs: { name: "a", tags: wireSecret(["x", "y"]) } });
  });

  it("wraps secrets that a provider made itself", async () => {
    expect((await engine.create("toy:index:Stone", { weight: 2 })).outputs.key).toEqual(
      wireSecret("made here"),
    );
  });

  it("understands every kind of value of the wire", async () => {
    const asset = wireAsset({ hash: "abc", path: "/etc/hosts" });
    const inputs = {
      name: "a",
      tags: ["x", null, true],
      parts: { asset, pool: wireReference("urn:x", "pool-1") },
    };
    const { outputs } = await engine.create(box, inputs);
    expect(outputs.parts).toEqual({ asset, pool: "pool-1" });
    expect(outputs.tags).toEqual(["x", null, true]);
  });

  it("plans creation and update without doing them", async () => {
    const planned = await engine.create(box, { name: unknown, pin: unknown }, { preview: true });
    expect(planned).toEqual({
      id: "",
      outputs: { name: unknown, pin: wireSecret(unknown), serial: unknown },
    });
    const { id, outputs } = await engine.create(box, { name: "a", size: 1 });
    expect(await engine.update(box, id, outputs, { name: "a", size: 2 }, true)).toMatchObject({
      size: 2,
      serial: 7,
    });
    expect(shelf.boxes.get(id)).toMatchObject({ size: 1 });
  });

  it("reports differences in detail", async () => {
    const olds = { name: "a", size: 1, tags: ["x", "y"], parts: [{ lid: 1 }], serial: 7 };
    const news = { name: unknown, tags: ["y", "x"], parts: [{ lid: 2 }, { lid: 3 }], pin: wireSecret("1") };
    expect(await engine.diff(box, "box-1", olds, news)).toEqual({
      changes: 2,
      hasdetaileddiff: true,
      detailed: {
        name: "update-replace",
        size: "delete",
        pin: "add",
        "parts[0].lid": "update",
        "parts[1]": "add",
      },
      diffsList: ["name", "size", "pin", "parts"],
      replacesList: ["name"],
      deletebeforereplace: false,
      stablesList: [],
    });
    expect(
      await engine.diff(box, "box-1", olds, { name: "a", size: 1, tags: ["y", "x"], parts: [{ lid: 1 }] }),
    ).toMatchObject({
      changes: 1,
      detailed: {},
    });
  });

  it("replaces a resource that cannot be updated", async () => {
    expect(await engine.diff("toy:index:Stone", "stone", { weight: 1 }, { weight: 2 })).toMatchObject({
      detailed: { weight: "update-replace" },
      replacesList: ["weight"],
      deletebeforereplace: true,
    });
  });

  it("imports, sees that an object is gone, and deletes", async () => {
    const { id } = await engine.create(box, { name: "a" });
    expect(await engine.read(box, id)).toMatchObject({ id, inputs: { name: "a" }, outputs: { serial: 7 } });
    expect((await engine.read(box, "box-99")).id).toBe("");
    await engine.delete(box, id, {});
    expect(shelf.deleted).toEqual([id]);
  });
});

describe("functions", () => {
  it("answer, and keep a secret argument's name secret", async () => {
    expect(await engine.invoke("toy:index:shout", { word: "hey" })).toEqual({ word: "HEY shelf" });
    const hidden = await engine.invoke("toy:index:shout", { word: wireSecret("hey") });
    expect(hidden).toEqual({ word: wireSecret("HEY shelf") });
  });

  it("fail with their message", async () => {
    await expect(engine.invoke("toy:index:shout", { word: "fail" })).rejects.toMatchObject({
      details: "cannot shout\n  why:   it is night",
    });
    await expect(engine.invoke("toy:index:sing", {})).rejects.toMatchObject({ code: 12 });
  });
});

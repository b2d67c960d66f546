import { afterAll, beforeAll, expect, test } from "vitest";
import { xenorchestra } from "../../../lab/standins/xenorchestra/provider.ts";
import { startServer } from "../../../providers/kit/serve.ts";
import type { JsonObject } from "../../../providers/kit/wire.ts";
import { TestEngine, unknown, wireSecret } from "../kit/engine.ts";
import { Bench, secrets } from "./bench.ts";
import { vmType } from "./inputs.ts";

let bench: Bench;
beforeAll(async () => {
  // No setting of the rest after vm.set: what the provider does by itself.
  bench = await Bench.start();
});
afterAll(() => bench.stop());

test("over gRPC: configured by arguments, previewed, created, refreshed, changed after 25 s, deleted", async () => {
  const server = await startServer(xenorchestra({}));
  const engine = new TestEngine(server.port);
  try {
    await engine.configure({ url: bench.tap.url, token: wireSecret(secrets.xo.token) });
    const news = bench.inputs("grpc", { tags: ["farm"] }) as JsonObject;
    const open = await engine.check(vmType, { ...news, template: unknown });
    expect(open.failures).toEqual([]);
    const preview = await engine.create(vmType, open.inputs, { preview: true });
    expect(preview).toMatchObject({ id: "", outputs: { template: unknown, ipv4Addresses: unknown } });

    const { inputs } = await engine.check(vmType, news);
    const made = await engine.create(vmType, inputs);
    expect(made.outputs).toMatchObject({ nameLabel: "grpc", powerState: "Running" });
    expect((await engine.diff(vmType, made.id, made.outputs, inputs, inputs)).detailed).toEqual({});
    const read = await engine.read(vmType, made.id, made.outputs, inputs);
    expect(read.inputs).toMatchObject({ nameLabel: "grpc", template: news.template });

    const next = (await engine.check(vmType, { ...news, nameDescription: "changed" }, inputs)).inputs;
    expect((await engine.diff(vmType, made.id, read.outputs, next, inputs)).detailed).toEqual({
      nameDescription: "add",
    });
    const started = Date.now();
    const updated = await engine.update(vmType, made.id, read.outputs, next);
    expect(Date.now() - started).toBeGreaterThanOrEqual(25_000);
    expect(updated).toMatchObject({ nameDescription: "changed" });

    const pool = await engine.invoke("xenorchestra:index/getXoaPool:getXoaPool", { nameLabel: "nord" });
    expect(pool).toMatchObject({ id: bench.fixture.pool });
    await engine.delete(vmType, made.id, updated);
    expect((await engine.read(vmType, made.id, updated, next)).id).toBe("");
    const bad = await engine.check(vmType, { ...news, cpus: 0 });
    expect(bad.failures).toEqual([{ property: "cpus", reason: "must be at least 1, got 0" }]);
  } finally {
    engine.client.close();
    await server.stop();
  }
});

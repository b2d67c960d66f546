import { afterAll, beforeAll, expect, test } from "vitest";
import { cloudflare } from "../../../lab/standins/cloudflare/provider.ts";
import { startServer } from "../../../providers/kit/serve.ts";
import { TestEngine, unknown, wireSecret } from "../kit/engine.ts";
import { Bench, token } from "./bench.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(() => bench.stop());

const type = "cloudflare:index/dnsRecord:DnsRecord";

test("over gRPC: configured by arguments, previewed, created, refreshed with drift, changed, deleted", async () => {
  const zoneId = await bench.zone("grpc.example");
  const server = await startServer(cloudflare({}));
  const engine = new TestEngine(server.port);
  try {
    await engine.configure({ apiToken: wireSecret(token), baseUrl: `${bench.front.url}/client/v4` });
    const news = { zoneId, type: "A", name: "www.grpc.example", ttl: 300, content: "198.18.10.11" };
    const open = await engine.check(type, { ...news, content: unknown });
    expect(open.failures).toEqual([]);
    const preview = await engine.create(type, open.inputs, { preview: true });
    expect(preview).toMatchObject({ id: "", outputs: { content: unknown, createdOn: unknown } });

    const { inputs } = await engine.check(type, news);
    const made = await engine.create(type, inputs);
    expect((await engine.diff(type, made.id, made.outputs, inputs, inputs)).detailed).toEqual({});
    await bench.behind("PATCH", `/zones/${zoneId}/dns_records/${made.id}`, { content: "198.18.66.6" });
    const read = await engine.read(type, made.id, made.outputs, inputs);
    expect((await engine.diff(type, made.id, read.outputs, inputs, read.inputs)).detailed).toEqual({
      content: "update",
    });
    const moved = { ...inputs, type: "AAAA", content: "2001:db8::1" };
    expect(await engine.diff(type, made.id, read.outputs, moved, inputs)).toMatchObject({
      replacesList: ["type"],
    });
    const updated = await engine.update(type, made.id, read.outputs, inputs);
    expect(updated).toMatchObject({ content: "198.18.10.11" });
    await engine.delete(type, made.id, updated);
    expect((await engine.read(type, made.id, updated, inputs)).id).toBe("");
    await expect(engine.delete(type, made.id, updated)).rejects.toThrow("404 Not Found");
  } finally {
    engine.client.close();
    await server.stop();
  }
});

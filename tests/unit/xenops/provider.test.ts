import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { checkout } from "../../../lib/paths.ts";
import { startServer } from "../../../providers/kit/serve.ts";
import { findVms, getPoolFacts } from "../../../providers/xenops/inventory.ts";
import { xenops } from "../../../providers/xenops/provider.ts";
import { XoClient } from "../../../providers/xenops/xo-client.ts";
import { testContext } from "../kit/context.ts";
import { TestEngine, wireSecret } from "../kit/engine.ts";
import { inventory, XoServer } from "./xo-server.ts";

const inNord = { $pool: "pool-1", $poolId: "pool-1" };
const objects = [
  { id: "pool-1", type: "pool", name_label: "nord", master: "host-2", HA_enabled: true },
  { id: "pool-2", type: "pool", name_label: "süd", master: "host-9", HA_enabled: false },
  { id: "pool-3", type: "pool", name_label: "süd", master: "host-9", HA_enabled: false },
  {
    ...inNord,
    id: "host-2",
    type: "host",
    name_label: "nord-2",
    memory: { size: 2e9, usage: 1 },
    enabled: false,
    power_state: "Halted",
  },
  {
    ...inNord,
    id: "host-1",
    type: "host",
    name_label: "nord-1",
    memory: { size: 1e9, usage: 1 },
    enabled: true,
  },
  { $pool: "pool-2", id: "host-9", type: "host", name_label: "süd-1", memory: { size: 1e9 }, enabled: true },
  {
    ...inNord,
    id: "sr-1",
    type: "SR",
    name_label: "netapp",
    SR_type: "lvmoiscsi",
    content_type: "user",
    shared: true,
    other_config: { "netapp-cluster": "ntap-nord", "netapp-volume": "allris", "auto-scan": "false" },
    size: 100,
    physical_usage: 40,
    usage: 70,
  },
  {
    ...inNord,
    id: "sr-2",
    type: "SR",
    name_label: "local",
    SR_type: "ext",
    content_type: "user",
    size: 10,
    physical_usage: 0,
  },
  {
    ...inNord,
    id: "pbd-1",
    type: "PBD",
    SR: "sr-1",
    host: "host-2",
    attached: true,
    otherConfig: { "mpath-3600a09": "[2, 4]" },
  },
  {
    ...inNord,
    id: "pbd-2",
    type: "PBD",
    SR: "sr-1",
    host: "host-1",
    attached: true,
    otherConfig: { "mpath-3600a09": "[4, 4]", multipathed: "true" },
  },
  { ...inNord, id: "pbd-3", type: "PBD", SR: "sr-2", host: "host-1", attached: false },
  { ...inNord, id: "net-1", type: "network", name_label: "front" },
  {
    ...inNord,
    id: "vm-1",
    type: "VM",
    name_label: "hohenbrueck",
    tags: ["tenant=hohenbrueck", "farm=prod"],
    power_state: "Running",
    memory: { dynamic: [1, 4e9], static: [1, 4e9], size: 4e9 },
    CPUs: { max: 4, number: 2 },
  },
  { ...inNord, id: "vm-2", type: "VM", name_label: "other", tags: ["farm=lab"], power_state: "Halted" },
];

let server: XoServer;
let client: XoClient;

beforeAll(async () => {
  server = await new XoServer({ "xo.getAllObjects": inventory(objects) }).start();
  client = new XoClient({ url: server.url, token: "good", patience: 0 });
});
afterAll(async () => {
  client.close();
  await server.stop();
});

describe("getPoolFacts", () => {
  it("tells what the official data sources do not", async () => {
    expect(await getPoolFacts(testContext(client), { pool: "nord" })).toEqual({
      id: "pool-1",
      master: "host-2",
      haEnabled: true,
      hosts: [
        { id: "host-1", nameLabel: "nord-1", memory: 1e9, enabled: true, live: true },
        { id: "host-2", nameLabel: "nord-2", memory: 2e9, enabled: false, live: false },
      ],
      storage: [
        {
          id: "sr-2",
          nameLabel: "local",
          type: "ext",
          contentType: "user",
          shared: false,
          attachedHosts: [],
          size: 10,
          usage: 0,
          paths: [],
          netapp: {},
        },
        {
          id: "sr-1",
          nameLabel: "netapp",
          type: "lvmoiscsi",
          contentType: "user",
          shared: true,
          attachedHosts: ["host-1", "host-2"],
          size: 100,
          usage: 40,
          paths: [
            { host: "host-1", active: 4, total: 4 },
            { host: "host-2", active: 2, total: 4 },
          ],
          netapp: { cluster: "ntap-nord", volume: "allris" },
        },
      ],
      networks: [{ id: "net-1", nameLabel: "front" }],
    });
  });

  it("names the pools that there are when it finds none or two", async () => {
    await expect(getPoolFacts(testContext(client), { pool: "west" })).rejects.toThrow(
      /has no pool west\n {2}where: its pools: nord, süd, süd/,
    );
    await expect(getPoolFacts(testContext(client), { pool: "süd" })).rejects.toThrow(
      "more than one pool süd",
    );
  });
});

describe("findVms", () => {
  it("finds machines that carry every tag", async () => {
    expect(await findVms(testContext(client), { tags: ["farm=prod", "tenant=hohenbrueck"] })).toEqual({
      vms: [
        {
          id: "vm-1",
          nameLabel: "hohenbrueck",
          tags: ["farm=prod", "tenant=hohenbrueck"],
          powerState: "Running",
          memoryMax: 4e9,
          cpus: 2,
          pool: "pool-1",
        },
      ],
    });
    expect(await findVms(testContext(client), { tags: ["farm=prod", "farm=lab"] })).toEqual({ vms: [] });
    await expect(findVms(testContext(client), { tags: [] })).rejects.toThrow("at least one tag");
  });
});

describe("the provider", () => {
  it("wants an address and a token, from its arguments or the environment, and stores neither", () => {
    vi.stubEnv("XOA_URL", "");
    vi.stubEnv("XOA_TOKEN", "");
    expect(xenops.checkConfig({}).failures.map(({ property }) => property)).toEqual(["url", "token"]);
    vi.stubEnv("XOA_URL", "ws://xo");
    vi.stubEnv("XOA_TOKEN", "t");
    expect(xenops.checkConfig({})).toEqual({ inputs: {}, failures: [] });
    expect(xenops.configure({}).address).toBe("ws://xo");
    expect(xenops.configure({ url: "wss://other", token: "t" }).address).toBe("wss://other");
    expect(xenops.checkConfig({ insecure: "maybe" }).failures).toHaveLength(1);
    vi.unstubAllEnvs();
  });

  it("serves its functions with the arguments of an explicit provider", async () => {
    const running = await startServer(xenops);
    const engine = new TestEngine(running.port);
    const news = struct.Struct.fromJavaScript({
      url: server.url,
      token: "good",
      insecure: "false",
      version: "0.1.0",
    });
    const checked = await engine.call(engine.client.checkConfig, new messages.CheckRequest().setNews(news));
    expect(checked.getFailuresList()).toEqual([]);
    await engine.configure({ url: server.url, token: wireSecret("good") });
    expect(await engine.invoke("xenops:index:findVms", { tags: ["farm=prod"] })).toMatchObject({
      vms: [{ id: "vm-1" }],
    });
    engine.close();
    await running.stop();
  });

  it("starts by its executable", async () => {
    const program = join(checkout, "providers/xenops/pulumi-resource-xenops");
    const child = spawn(program, ["127.0.0.1:1"], { cwd: "/", stdio: ["ignore", "pipe", "inherit"] });
    const [line] = await once(createInterface(child.stdout), "line");
    expect(Number(line)).toBeGreaterThan(0);
    child.kill("SIGINT");
    expect(await once(child, "exit")).toEqual([0, null]);
  });
});

import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createParams, type Lab, secrets, startLab } from "./support/start.ts";

let lab: Lab;
let vm: string;
beforeAll(async () => {
  lab = await startLab();
  vm = await lab.farm.call("vm.create", await createParams(lab.farm, "shown", { tags: ["site:shown"] }));
  await lab.farm.call("vm.start", { id: vm });
  await lab.farm.until(vm, (view) => view.pvDriversDetected === true);
});
afterAll(() => lab.remove());

const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${lab.port}${path}`);

it("tells as data where VMs run, how full things are, and what happened", async () => {
  await lab.farm.call("customField.set", { id: vm, name: "allrisnet-release", value: "4.1.7" });
  await lab.farm.call("vm.snapshot", { id: vm, name: "before" });
  const text = await (await get("/status.json")).text();
  const status = JSON.parse(text);
  const [pool] = status.pools;
  expect(pool.hosts.map((host: { name: string }) => host.name)).toEqual([
    "xcp-nord-1",
    "xcp-nord-2",
    "xcp-nord-3",
  ]);
  const vms = pool.hosts.flatMap((host: { vms: object[] }) => host.vms);
  expect(vms).toEqual([
    expect.objectContaining({
      id: vm,
      powerState: "Running",
      addresses: ["198.18.10.11", "2001:2::11"],
      tags: ["site:shown"],
      fields: { "allrisnet-release": "4.1.7" },
      snapshots: 1,
      agent: true,
    }),
  ]);
  const iscsi = pool.storage.find((sr: { name: string }) => sr.name === "NetApp nord iSCSI");
  expect(iscsi).toMatchObject({
    controllers: ["ntap-nord-01", "ntap-nord-02"],
    hosts: ["xcp-nord-1", "xcp-nord-2", "xcp-nord-3"],
    shared: true,
  });
  expect(status.events.map((event: { text: string }) => event.text)).toEqual([
    "shown created",
    expect.stringMatching(/^shown started on xcp-nord-\d$/),
    "shown reports 198.18.10.11, 2001:2::11",
    'shown: custom field allrisnet-release is "4.1.7"',
    'shown: snapshot "before", it stood still for 0.25 s',
  ]);
  for (const secret of [...Object.values(secrets), "#cloud-config"]) expect(text).not.toContain(secret);
});

it("serves one page that needs nothing else and may run only its own script", async () => {
  const answer = await get("/");
  const html = await answer.text();
  expect(html).toMatch(/<html lang="en">/);
  expect(html).not.toMatch(/\b(src|href)="(https?:)?\/\//);
  const script = /<script>([\s\S]*?)<\/script>/.exec(html)?.[1] ?? "";
  const hash = createHash("sha256").update(script).digest("base64");
  expect(answer.headers.get("content-security-policy")).toContain(`script-src 'sha256-${hash}'`);
  expect(() => new Function(script)).not.toThrow();
  expect((await get("/nothing")).status).toBe(404);
  expect((await fetch(`http://127.0.0.1:${lab.port}/`, { method: "POST" })).status).toBe(405);
});

it("tells changes live", async () => {
  const answer = await get("/events");
  expect(answer.headers.get("content-type")).toBe("text/event-stream");
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!reader) throw new Error("no stream");
  let seen = "";
  const until = async (wanted: RegExp): Promise<void> => {
    while (!wanted.test(seen)) {
      const { value, done } = await reader.read();
      if (done) throw new Error("the stream ended");
      seen += value;
    }
  };
  await until(/^event: status\ndata: \{"ready":true/);
  await lab.farm.call("vm.stop", { id: vm });
  await until(/event: happened\ndata: \{"seq":\d+,[^\n]*"text":"shown shut down"/);
  await until(/event: status\ndata: [^\n]*"halted":\[\{"id"/);
  await reader.cancel();
});

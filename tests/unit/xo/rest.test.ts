import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createParams, type Lab, secrets, startLab } from "./support/start.ts";

let lab: Lab;
let vm: string;
beforeAll(async () => {
  lab = await startLab();
  vm = await lab.farm.call("vm.create", await createParams(lab.farm, "web"));
});
afterAll(() => lab.remove());

const cookie = { cookie: `authenticationToken=${secrets.adminToken}` };
function request(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`http://127.0.0.1:${lab.port}/rest/v0${path}`, { headers: cookie, ...init });
}

describe("signing in", () => {
  it("is asked for with 401, and takes a cookie or a password, not both", async () => {
    expect((await request("/vms", { headers: {} })).status).toBe(401);
    expect((await request("/vms", { headers: { cookie: "authenticationToken=wrong" } })).status).toBe(401);
    const basic = `Basic ${Buffer.from(`admin@admin.net:${secrets.adminPassword}`).toString("base64")}`;
    expect((await request("/vms", { headers: { authorization: basic } })).status).toBe(200);
    expect((await request("/vms", { headers: { authorization: basic, ...cookie } })).status).toBe(400);
    const farm = { cookie: `authenticationToken=${secrets.token}` };
    expect((await request("/vms", { headers: farm })).status).toBe(403);
  });
});

describe("collections", () => {
  it("list addresses, or the fields that were asked for", async () => {
    expect(await (await request("/vms")).json()).toEqual([`/rest/v0/vms/${vm}`]);
    const rows = await (await request("/hosts?fields=name_label,enabled&filter=name_label:nord-1")).json();
    expect(rows).toEqual([
      { name_label: "xcp-nord-1", enabled: true, href: expect.stringContaining("/hosts/") },
    ]);
    const lines = (await (await request("/pools?fields=*&ndjson=true")).text()).trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).name_label)).toEqual(["nord"]);
    expect(await (await request("/srs?limit=2")).json()).toHaveLength(2);
    expect(await (await request(`/vms/${vm}`)).json()).toMatchObject({ id: vm, name_label: "web" });
    expect((await request("/vms/unknown")).status).toBe(404);
    expect((await request("/unicorns")).status).toBe(404);
  });
});

describe("actions", () => {
  it("run as a task, or at once with sync", async () => {
    const accepted = await request(`/vms/${vm}/actions/start`, { method: "POST" });
    expect(accepted.status).toBe(202);
    const { taskId } = (await accepted.json()) as { taskId: string };
    await lab.admin.until(vm, (view) => view.power_state === "Running" && view.pvDriversDetected === true);
    expect(await (await request(`/tasks/${taskId}`)).json()).toMatchObject({ id: taskId, status: "success" });
    const stopped = await request(`/vms/${vm}/actions/clean_shutdown?sync=true`, { method: "POST" });
    expect(stopped.status).toBe(204);
    expect((await lab.admin.named("VM", "web")).power_state).toBe("Halted");
    const again = await request(`/vms/${vm}/actions/clean_shutdown?sync=true`, { method: "POST" });
    expect(again.status).toBe(422);
    expect((await request(`/vms/${vm}/actions/sing`, { method: "POST" })).status).toBe(404);
  });

  it("take a snapshot and go back to it", async () => {
    const json = { ...cookie, "content-type": "application/json" };
    const post = (action: string, body?: object): Promise<Response> =>
      request(`/vms/${vm}/actions/${action}?sync=true`, {
        method: "POST",
        headers: json,
        ...(body && { body: JSON.stringify(body) }),
      });
    const unnamed = await post("snapshot");
    expect(unnamed.status).toBe(201);
    const { id } = (await unnamed.json()) as { id: string };
    expect(unnamed.headers.get("location")).toBe(`/rest/v0/vm-snapshots/${id}`);
    expect(await (await request(`/vm-snapshots/${id}`)).json()).toMatchObject({
      name_label: "web",
      $snapshot_of: vm,
    });
    expect((await post("snapshot", { name_label: "named" })).status).toBe(201);
    const named = await lab.admin.named("VM-snapshot", "named");
    await lab.admin.call("vm.set", { id: vm, name_description: "later" });
    expect((await post("revert_snapshot", { snapshotId: named.id, snapshotBefore: true })).status).toBe(204);
    const view = await lab.admin.named("VM", "web");
    expect(view.name_description).toBe("");
    expect(view.snapshots).toHaveLength(3);
    expect((await post("revert_snapshot", { snapshotId: vm })).status).toBe(422);
    expect((await post("revert_snapshot", {})).status).toBe(422);
    const broken = { method: "POST", headers: json, body: "[" };
    expect((await request(`/vms/${vm}/actions/snapshot`, broken)).status).toBe(400);
    for (const each of view.snapshots) await lab.admin.call("vm.delete", { id: each });
  });

  it("take a disk's content", async () => {
    const sr = await lab.admin.named("SR", "ISO library");
    const answer = await request(`/srs/${sr.id}/vdis?raw=true&name_label=probe.iso`, {
      method: "POST",
      headers: { ...cookie, "content-type": "application/octet-stream" },
      body: new Uint8Array(1_000_000),
    });
    expect(answer.status).toBe(201);
    const { id } = (await answer.json()) as { id: string };
    expect((await lab.admin.all("VDI")).find((vdi) => vdi.id === id)).toMatchObject({
      name_label: "probe.iso",
      size: 1_000_000,
      $SR: sr.id,
    });
    expect(await lab.admin.call("vdi.delete", { id })).toBe(true);
  });
});

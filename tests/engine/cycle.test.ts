import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { readLab } from "../../lab/lab-file.ts";
import { visit } from "../../lab/probe.ts";
import { checkout, farmFolder } from "../../lib/paths.ts";
import {
  drift,
  editSettings,
  editTenant,
  engine,
  makeProject,
  plan,
  project,
  restoreTenant,
  tenantFile,
  tryUp,
  up,
} from "../support/project.ts";
import { cloudflare, farmVms, vmOf, withXo, zoneOf } from "../support/services.ts";
import { labTenants } from "../support/tenants.ts";

const ids = ["amt-seenplatte-nord", "hohenbrueck", "landkreis-auental"];

afterEach(() => {
  for (const id of ids) restoreTenant(id);
});

describe("the cycle of a stack", () => {
  it("has nothing to do after up: preview and refresh are empty", async () => {
    expect(await plan()).toEqual([]);
    expect(await drift()).toEqual([]);
  });

  it("keeps 14 resources or fewer and 40 kB of state a site", () => {
    const file = join(farmFolder, "state", ".pulumi", "stacks", "allris-farm", "lab.json");
    const state = JSON.parse(readFileSync(file, "utf8")) as {
      checkpoint: { latest: { resources: { urn: string }[] } };
    };
    const { resources } = state.checkpoint.latest;
    for (const id of ids) {
      const own = resources.filter(({ urn }) => urn.split("::").at(-1)?.startsWith(id));
      expect(own.length, id).toBeGreaterThan(5);
      expect(own.length, id).toBeLessThanOrEqual(14);
      expect(JSON.stringify(own).length, id).toBeLessThanOrEqual(40_000);
      expect(JSON.stringify(own), id).not.toContain(checkout);
      // Nobody reads where each is declared, and the way there.
      for (const resource of own) expect(Object.keys(resource), resource.urn).not.toContain("stackTrace");
    }
  });

  it("sees what was changed behind its back, and up repairs it", async () => {
    const zone = await zoneOf("hohenbrueck.example");
    const record = zone.records.find(({ type }) => type === "A");
    await cloudflare("PATCH", `zones/${zone.id}/dns_records/${record?.id}`, { content: "198.18.10.99" });
    const vm = await vmOf("hohenbrueck");
    await withXo(async (xo) => {
      await xo.call("vm.set", { id: vm.id, high_availability: "best-effort" });
      await xo.call("tag.remove", { id: vm.id, tag: "tenant=hohenbrueck" });
    });
    const found = await drift();
    expect(found.map(({ name }) => name).sort()).toEqual(["hohenbrueck-a", "hohenbrueck-vm"]);
    expect(found.find(({ name }) => name === "hohenbrueck-vm")?.changed).toEqual(
      expect.arrayContaining(["highAvailability"]),
    );

    // Without its tag the VM belongs to nobody: the run says so before anything is registered.
    const lost = await tryUp("--refresh");
    expect(lost.code).not.toBe(0);
    expect(lost.stdout + lost.stderr).toContain(vm.id);
    await withXo((xo) => xo.call("tag.add", { id: vm.id, tag: "tenant=hohenbrueck" }));
    const repaired = await tryUp("--refresh");
    expect(repaired.code, repaired.stdout + repaired.stderr).toBe(0);

    expect((await vmOf("hohenbrueck"))["high_availability"]).toBe("restart");
    expect((await zoneOf("hohenbrueck.example")).records.find(({ type }) => type === "A")?.content).toBe(
      "198.18.10.11",
    );
    expect(await plan()).toEqual([]);
  });

  it("changes only the administration whose file changed", async () => {
    editTenant(
      "hohenbrueck",
      "https://www.hohenbrueck.example/impressum",
      "https://www.hohenbrueck.example/impressum-neu",
    );
    const steps = await plan();
    expect(steps.map(({ name }) => name).sort()).toEqual(["hohenbrueck-apply", "hohenbrueck-bundle"]);
    expect(steps.every(({ op }) => op === "update")).toBe(true);
    await up();
    const answer = await visit(readLab(), "ratsinfo.hohenbrueck.example");
    expect(answer.body).toContain("https://www.hohenbrueck.example/impressum-neu");
    restoreTenant("hohenbrueck");
    await up();
    expect((await visit(readLab(), "ratsinfo.hohenbrueck.example")).body).not.toContain("impressum-neu");
    expect(await plan()).toEqual([]);
  });

  it("writes a zone's settings back to the default when its last proxied site goes", async () => {
    editTenant("amt-seenplatte-nord", /certificate: \{ issuer: "cloudflare-origin" \},\n/, "");
    const zone = (await plan()).filter(({ name }) => name.startsWith("platform-amt-seenplatte-nord-example"));
    const named = (op: string) =>
      zone
        .filter((step) => step.op === op)
        .map(({ name }) => name.replace(/^.*-example-/, ""))
        .sort();
    expect(named("update")).toEqual(["always-use-https", "min-tls-version", "origin-pulls", "ssl"]);
    expect(named("delete")).toEqual(["caa-letsencrypt--org", "caa-pki--goog", "caa-ssl--com"]);
  });

  it("holds a change that would stop a running machine", async () => {
    editTenant("hohenbrueck", 'pool: "nord",', 'pool: "nord",\n  size: "large",');
    const result = await engine(["preview"]);
    expect(result.code).toBe(0);
    expect(result.stdout).toMatch(/held: cpus 2 → 4, memory/);
    expect(await plan()).toEqual([]);
  });

  it("refuses, with numbers, a farm that would not bear a host's failure, unless the operator says so", async () => {
    const size = 'size: { cpus: 2, memory: "64 GiB", disk: "20 GiB" },';
    editTenant("hohenbrueck", 'pool: "nord",', `pool: "nord",\n  ${size}`);
    const refused = await engine(["preview"]);
    expect(refused.code).not.toBe(0);
    expect(refused.stdout).toMatch(
      /protected VMs need 7\d(\.\d)? GiB, and with "xcp-nord-\d" failed it has \d+(\.\d)? GiB/,
    );
    expect(refused.stdout).toContain("move hohenbrueck (64 GiB) to another pool");
    const degraded = await engine(["preview"], { FARM_DEGRADED: "1" });
    expect(degraded.code, degraded.stdout).toBe(0);
    expect(degraded.stdout).toContain("warning: The pool");
  });

  it("refuses to run without the file of an administration that has a VM", async () => {
    rmSync(tenantFile("landkreis-auental"));
    const before = await farmVms();
    for (const result of [await engine(["preview"]), await tryUp()]) {
      expect(result.code).not.toBe(0);
      const said = result.stdout + result.stderr;
      expect(said).toContain("tenants/landkreis-auental.ts");
      expect(said).toContain("allris-landkreis-auental.lab");
      expect(said).toContain("git ");
      expect(said).toContain("./farm tenant terminate landkreis-auental");
    }
    expect((await farmVms()).map((vm) => vm["id"]).sort()).toEqual(before.map((vm) => vm["id"]).sort());
  });

  it("shows all problems of all files in one report", async () => {
    editTenant("hohenbrueck", 'kind: "stadt"', 'kind: "statd"');
    editTenant("landkreis-auental", "contact:", "kontact:");
    const result = await engine(["preview"]);
    expect(result.code).not.toBe(0);
    expect(result.stdout).toContain("tenants/hohenbrueck.ts");
    expect(result.stdout).toContain("tenants/landkreis-auental.ts");
    expect(result.stdout).toMatch(/did you mean "?contact/);
  });

  it("refuses to destroy what is protected", async () => {
    await expect(engine(["destroy", "--yes", "--skip-preview"])).rejects.toThrow(
      /protected, so nothing is destroyed/,
    );
    expect(await farmVms()).toHaveLength(3);
    expect(await plan()).toEqual([]);
    for (const tenant of await labTenants()) expect((await visit(readLab(), tenant.domain)).status).toBe(200);
  });

  it("destroys everything once protection is off, and comes up again", async () => {
    editSettings("protection: true", "protection: false");
    await up();
    const destroyed = await engine(["destroy", "--yes", "--skip-preview"]);
    expect(destroyed.code, destroyed.stdout + destroyed.stderr).toBe(0);
    expect(await farmVms()).toEqual([]);
    expect(await cloudflare("GET", "zones")).toEqual([]);
    expect(disksLeft()).toEqual([]);
    makeProject();
    await up();
    for (const tenant of await labTenants()) {
      expect((await visit(readLab(), tenant.domain)).status).toBe(200);
    }
    expect(existsSync(project)).toBe(true);
  });
});

/** Contents of disks, on whichever storage repository of the lab. */
function disksLeft(): string[] {
  const repositories = join(farmFolder, "lab", "disks");
  const found = readdirSync(repositories).flatMap((name) => readdirSync(join(repositories, name)));
  // Every ext4 has it.
  return found.filter((name) => name !== "lost+found");
}

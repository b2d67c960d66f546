import { afterAll, afterEach, describe, expect, it } from "vitest";
import { readLab } from "../../lab/lab-file.ts";
import { visit } from "../../lab/probe.ts";
import { addTenants, heal, namedCommands, removeTenants, runNamed, vmsOf } from "../support/heal.ts";
import { addTenant, editTenant, engine, plan, restoreTenant, tryUp, up } from "../support/project.ts";
import { callsOfXo, cloudflare, vmOf, withXo, zoneOf } from "../support/services.ts";
import { eventually } from "../support/wait.ts";

// Addresses are used once: who knows the last machine at one by its card looks for that for half a minute.
const fresh = ["fehl-eins", "fehl-zwei"];

/** Takes back what a test did; the next one finds the three sites and nothing to do. */
async function restore(): Promise<void> {
  await cloudflare("DELETE", "lab/faults");
  await withXo((xo) => xo.call("lab.clear"));
  await removeTenants(...fresh);
}

afterAll(async () => {
  expect(await plan()).toEqual([]);
});

async function siteOf(id: string): Promise<number> {
  return (await visit(readLab(), `ratsinfo.${id}.hohenbrueck.example`)).status;
}

describe("Cloudflare refuses a record with 403", () => {
  afterEach(restore);

  it("names the administration's record, finishes the others, and the next up heals", async () => {
    addTenant("fehl-eins", "198.18.10.51");
    editTenant("landkreis-auental", "landkreis-auental.example/impressum", "landkreis-auental.example/neu");
    const zone = await zoneOf("hohenbrueck.example");
    await cloudflare("POST", "lab/faults", {
      method: "POST",
      path: `zones/${zone.id}/dns_records`,
      status: 403,
      code: 10000,
      message: "Authentication error",
      times: 20,
    });

    const refused = await tryUp();
    expect(refused.code).not.toBe(0);
    expect(refused.stdout).toMatch(/DnsRecord \(?fehl-eins-a\)?[\s\S]*Authentication error/);
    expect(refused.stdout).toContain("403");
    // The other one is finished, and of the new one everything that needs no record.
    const other = await visit(readLab(), "kreistagsinfo.landkreis-auental.example");
    expect(other.body).toContain("landkreis-auental.example/neu");
    expect(await vmsOf("fehl-eins")).toHaveLength(1);
    expect((await zoneOf("hohenbrueck.example")).records.map(({ name }) => name)).not.toContain(
      "ratsinfo.fehl-eins.hohenbrueck.example",
    );

    await cloudflare("DELETE", "lab/faults");
    restoreTenant("landkreis-auental");
    expect(await heal()).toEqual([]);
    expect(await siteOf("fehl-eins")).toBe(200);
    expect(await vmsOf("fehl-eins")).toHaveLength(1);
  });
});

describe("XO's connections break in the middle of up", () => {
  afterEach(restore);

  it("fails what was under way; a cure and the next up finish", async () => {
    addTenants({ "fehl-eins": "198.18.10.52", "fehl-zwei": "198.18.10.53" });
    const running = tryUp();
    await eventually("a VM is made", async () => (await vmsOf("fehl-eins")).length > 0, { pause: 20 });
    // The caller's own connection goes with the others.
    await withXo((xo) => xo.call("lab.dropConnections")).catch(() => {});
    const broken = await running;
    expect(broken.code).not.toBe(0);
    expect(broken.stdout).toMatch(/fehl-(eins|zwei)-vm/);
    await heal();
    for (const id of fresh) {
      expect(await vmsOf(id), id).toHaveLength(1);
      expect(await siteOf(id), id).toBe(200);
    }
  });
});

describe("a guest that never gets its address", () => {
  afterEach(restore);

  it("stays in XO, and is taken over by just the command that the next up names", async () => {
    addTenants({ "fehl-eins": "198.18.10.54", "fehl-zwei": "198.18.10.55" });
    await withXo((xo) => xo.call("lab.failNext", { method: "vm.start", message: "no host can start it" }));

    const failed = await tryUp();
    expect(failed.code).not.toBe(0);
    // The engine starts both at once: which of them the fault met, XO knows.
    const states = await Promise.all(fresh.map(async (id) => (await vmOf(id))["power_state"]));
    expect([...states].sort()).toEqual(["Halted", "Running"]);
    const [lost = "", spared = ""] = states[0] === "Halted" ? fresh : fresh.toReversed();
    expect(failed.stdout).toContain(`${lost}-vm`);
    expect(await siteOf(spared)).toBe(200);
    const [left = ""] = await vmsOf(lost);

    const refused = await tryUp();
    expect(refused.code).not.toBe(0);
    expect(refused.stdout).toContain(`allris-${lost}.lab`);
    expect(refused.stdout).toContain(left);
    expect(await vmsOf(lost)).toEqual([left]);
    const commands = namedCommands(refused.stdout);
    expect(commands).toHaveLength(1);

    await runNamed(commands[0] ?? "");
    await up();
    expect(await vmsOf(lost)).toEqual([left]);
    expect(await siteOf(lost)).toBe(200);
    expect(await plan()).toEqual([]);
    // As one that was made without trouble: protected in XO, with HA.
    const whole = await vmOf(lost);
    expect(whole["high_availability"]).toBe("restart");
    expect(Object.keys(whole["blockedOperations"] as object)).toContain("destroy");
  });
});

describe("bad input", () => {
  afterEach(() => restoreTenant("fehl-eins"));

  it.each([
    ["an address of another site", /address: "[^"]+"/, 'address: "198.18.10.11"', "address"],
    ["an address outside the network", /address: "[^"]+"/, 'address: "192.0.2.7"', "address"],
    ["an unknown size", 'pool: "nord",', 'pool: "nord", size: "huge",', "size"],
    ["an id that is not the file's", /id: "[^"]+"/, 'id: "Fehl Eins"', "id"],
    ["a domain that is none", /domain: "[^"]+"/, 'domain: "-rats info"', "domain"],
  ])("%s stops before XO is asked for anything", async (_what, from, to, field) => {
    addTenant("fehl-eins", "198.18.10.51");
    editTenant("fehl-eins", from, to);
    const before = callsOfXo();
    const result = await engine(["up", "--yes", "--skip-preview"]);
    expect(result.code).not.toBe(0);
    expect(result.stdout).toContain("tenants/fehl-eins.ts");
    expect(result.stdout).toContain(field);
    expect(callsOfXo().slice(before.length)).toEqual([]);
  });
});

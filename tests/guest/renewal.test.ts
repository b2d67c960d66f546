import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { pebbleName, startPebble } from "../../lab/acme/pebble.ts";
import { labPlaces, readLab } from "../../lab/lab-file.ts";
import { visit } from "../../lab/probe.ts";
import { stopDaemon } from "../../lab/services/daemon.ts";
import { removeTenants } from "../support/heal.ts";
import { startLoad } from "../support/load.ts";
import { inLab, onMachine, pinnedKeys } from "../support/machine.ts";
import { addTenant, editTenant, plan, tryUp, up } from "../support/project.ts";
import { cloudflare } from "../support/services.ts";
import { eventually } from "../support/wait.ts";

const domain = "ratsinfo.hohenbrueck.example";
const address = "198.18.10.11";
let key = "";

beforeAll(async () => {
  key = (await pinnedKeys()).get("hohenbrueck") ?? "";
});

/** The ACME server anew: with another CA, and without any account. */
async function restartPebble(options: { certificateSeconds?: number } = {}): Promise<void> {
  await stopDaemon(labPlaces(), pebbleName);
  await startPebble(labPlaces(), options);
}

/** Runs a command on the machine of Hohenbrück; fails with its own words. */
async function machine(command: string): Promise<string> {
  const result = await onMachine(address, key, command);
  if (result.code !== 0) throw new Error(`${command} failed: ${result.stdout} ${result.stderr}`);
  return result.stdout;
}

interface Served {
  readonly notBefore: number;
  readonly notAfter: number;
}

/**
 * Lets the machine take a certificate of the server as it is now, whatever it has. Returns once visitors get it:
 * nginx answers with the old one until its new workers are there.
 */
async function takeNew(): Promise<Served> {
  const said = await machine("sudo rm /etc/farm/tls/current && sudo /usr/local/lib/farm/certificate obtain");
  const served = JSON.parse(said) as Served;
  await eventually("visitors get the new certificate", async () => {
    const { certificate } = await visit(readLab(), domain);
    return Date.parse(certificate.valid_to) / 1000 === served.notAfter;
  });
  return served;
}

afterAll(async () => {
  expect(await plan()).toEqual([]);
});

describe("renewal", () => {
  afterEach(async () => {
    await restartPebble();
    await takeNew();
    expect((await visit(readLab(), domain)).daysLeft).toBeGreaterThan(30);
  });

  it("reloads nginx without losing a request, also from a server that has forgotten the account", async () => {
    const lifetime = 42;
    await restartPebble({ certificateSeconds: lifetime });
    const first = await takeNew();
    expect(first.notAfter - first.notBefore).toBeLessThanOrEqual(lifetime);
    const before = (await visit(readLab(), domain)).certificate.fingerprint256;

    // Not due yet: the service looks and leaves everything as it is.
    await machine("sudo systemctl start farm-certificate.service");
    expect((await visit(readLab(), domain)).certificate.fingerprint256).toBe(before);
    await restartPebble({ certificateSeconds: 600 });

    const due = first.notAfter - (first.notAfter - first.notBefore) / 3;
    await sleep(Math.max(0, (due - 5) * 1000 - Date.now()));
    const load = startLoad(domain, { path: "/public/" });
    await sleep(Math.max(0, (due + 1) * 1000 - Date.now()));
    expect(load.seen().certificates).toEqual([before]);
    await machine("sudo systemctl start farm-certificate.service");
    await sleep(6000);
    const report = await load.stop();

    expect(report.lost).toEqual([]);
    expect(report.seconds).toBeGreaterThan(10);
    expect(report.answered / report.seconds).toBeGreaterThanOrEqual(20);
    const after = (await visit(readLab(), domain)).certificate.fingerprint256;
    expect(report.certificates).toEqual([before, after]);
    expect(after).not.toBe(before);
    expect(await machine("systemctl is-active farm-certificate.timer")).toBe("active\n");
  });
});

describe("the first certificate", () => {
  afterEach(async () => {
    await removeTenants("spaet", "fremd");
    await cloudflare("DELETE", "/lab/foreign-zones/fremd.example");
  });

  it("waits for an ACME server that is down: the site says so over HTTP, the next up heals", async () => {
    await stopDaemon(labPlaces(), pebbleName);
    addTenant("spaet", "198.18.10.61");
    const failed = await tryUp().finally(() => startPebble(labPlaces(), {}));
    expect(failed.code).not.toBe(0);
    expect(failed.stdout).toMatch(/spaet: the ACME server https:\S+ gave no certificate/);

    const name = "ratsinfo.spaet.hohenbrueck.example";
    const plain = await inLab("curl", "-sS", "-i", `http://${name}/`);
    expect(plain.stdout).toMatch(/^HTTP\/1\.1 503 /);
    expect(plain.stdout).toContain("noch nicht ausgestellt");
    await expect(visit(readLab(), name)).rejects.toThrow();
    expect((await visit(readLab(), domain)).status).toBe(200);

    await up();
    expect((await visit(readLab(), name)).status).toBe(200);
    expect(
      (await inLab("curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", `http://${name}/`)).stdout,
    ).toBe("308");
  });

  it("waits for a record that the administration has to set, while the others finish", async () => {
    const name = "ratsinfo.fremd.example";
    const own = { type: "A", name: "www.fremd.example", content: "198.18.10.90", ttl: 60 };
    await cloudflare("PUT", "/lab/foreign-zones/fremd.example", [own]);
    addTenant("fremd", "198.18.10.62");
    editTenant("fremd", /domain: "[^"]+"/, `domain: "${name}"`);
    editTenant("fremd", /dns: \{[^}]+\}/, 'dns: { mode: "theirs" }');
    addTenant("spaet", "198.18.10.63");
    const waiting = await tryUp();
    expect(waiting.code).not.toBe(0);
    expect(waiting.stdout).toMatch(/fremd: waiting for DNS: ratsinfo\.fremd\.example points to nothing/);
    expect((await visit(readLab(), "ratsinfo.spaet.hohenbrueck.example")).status).toBe(200);
    expect(
      (await inLab("curl", "-sS", "--resolve", `${name}:80:198.18.10.62`, `http://${name}/`)).stdout,
    ).toContain("noch nicht ausgestellt");

    await cloudflare("PUT", "/lab/foreign-zones/fremd.example", [
      own,
      { type: "A", name, content: "198.18.10.62", ttl: 60 },
    ]);
    await up();
    expect((await visit(readLab(), name)).status).toBe(200);
  });
});

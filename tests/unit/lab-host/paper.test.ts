import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { configuredAddresses, createPaperHypervisor } from "../../../lab/hypervisor/paper.ts";
import type { GuestSpec } from "../../../lab/hypervisor/types.ts";

const spec: GuestSpec = {
  id: "vm-1",
  name: "web",
  host: "host-1",
  memory: 2 ** 29,
  cpus: 1,
  disks: [{ id: "disk-1", repository: "sr-1", baseImage: undefined, size: 1 }],
  nics: [{ device: "0", mac: "00:16:3e:00:00:01", network: "net" }],
  cloudInit: {
    userData: "",
    metaData: "",
    networkConfig: `version: 2
ethernets:
  enX0:
    addresses: [198.18.10.11/24, "fd00::11/64"]
    routes: [{to: 0.0.0.0/0, via: 198.18.10.1}, {"to": "fd01::/16", via: "fd00::1"}]
    nameservers: {addresses: [198.18.0.53]}
`,
  },
};

describe("addresses that a network configuration asks for", () => {
  test("addresses of a card, but neither routes nor name servers", () => {
    expect(configuredAddresses(spec)).toEqual({ "0/ipv4/0": "198.18.10.11", "0/ipv6/0": "fd00::11" });
  });

  test("two cards, told apart by name and by MAC address, as JSON too", () => {
    const nics = [
      { device: "0", mac: "00:16:3e:00:00:01", network: "a" },
      { device: "1", mac: "00:16:3e:00:00:02", network: "b" },
    ];
    const networkConfig = JSON.stringify({
      version: 2,
      ethernets: {
        enX0: { addresses: ["198.18.10.11/24", "198.18.10.12/24"], gateway4: "198.18.10.1" },
        storage: { match: { macaddress: "00:16:3E:00:00:02" }, addresses: ["198.18.20.11/24"] },
      },
    });
    expect(configuredAddresses({ nics, cloudInit: { userData: "", metaData: "", networkConfig } })).toEqual({
      "0/ipv4/0": "198.18.10.11",
      "0/ipv4/1": "198.18.10.12",
      "1/ipv4/0": "198.18.20.11",
    });
  });

  test("no drive, no address", () => {
    expect(configuredAddresses({ nics: spec.nics, cloudInit: undefined })).toEqual({});
  });
});

describe("guests on paper", () => {
  test("states follow what is asked for, the agent answers after a while", async () => {
    const hypervisor = createPaperHypervisor({ agentDelay: 30 });
    await hypervisor.prepare([]);
    await hypervisor.start(spec);
    expect((await hypervisor.facts("vm-1")).agent).toBe(false);
    await sleep(40);
    expect(await hypervisor.facts("vm-1")).toEqual({
      agent: true,
      addresses: { "0/ipv4/0": "198.18.10.11", "0/ipv6/0": "fd00::11" },
    });
    await hypervisor.freeze("vm-1", "Paused");
    expect((await hypervisor.states()).get("vm-1")).toBe("Paused");
    expect((await hypervisor.facts("vm-1")).agent).toBe(false);
    await expect(hypervisor.migrate("vm-1", "host-2")).rejects.toThrow("web is paused");
    await hypervisor.thaw("vm-1");
    await hypervisor.migrate("vm-1", "host-2");
    await hypervisor.setLink("vm-1", "0", false);
    expect((await hypervisor.facts("vm-1")).addresses).toEqual({});
    await hypervisor.setLink("vm-1", "0", true);
    expect((await hypervisor.facts("vm-1")).addresses).not.toEqual({});
    await expect(hypervisor.deleteDisk("disk-1")).rejects.toThrow("in use by web");
    await hypervisor.stop("vm-1", "clean");
    await hypervisor.deleteDisk("disk-1");
    expect((await hypervisor.states()).size).toBe(0);
  });

  test("what cannot be is refused with a sentence", async () => {
    const hypervisor = createPaperHypervisor();
    await expect(hypervisor.stop("vm-1", "hard")).rejects.toThrow("no guest vm-1 runs");
    await expect(hypervisor.start({ ...spec, disks: [] })).rejects.toThrow(
      "web cannot start: it has no disk",
    );
    await hypervisor.start(spec);
    await expect(hypervisor.start(spec)).rejects.toThrow("web already runs");
    await expect(hypervisor.setLink("vm-1", "3", true)).rejects.toThrow("web has no network card 3");
  });

  test("a crash is told; with a file guests outlive the object", async () => {
    const folder = mkdtempSync(join(tmpdir(), "paper-"));
    const stateFile = join(folder, "guests.json");
    await createPaperHypervisor({ stateFile }).start(spec);
    const next = createPaperHypervisor({ stateFile });
    expect([...(await next.states())]).toEqual([["vm-1", "Running"]]);
    const ended: string[] = [];
    next.onExit((id) => ended.push(id));
    await next.crash("vm-1");
    expect(ended).toEqual(["vm-1"]);
    expect((await createPaperHypervisor({ stateFile }).states()).size).toBe(0);
    rmSync(folder, { recursive: true });
  });
});

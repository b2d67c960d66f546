import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  applyNetwork,
  bothAddresses,
  type MachineNetwork,
  networkFile,
  oneAddress,
} from "../../../guest/network-file.ts";

const north: MachineNetwork = {
  address: "198.18.10.11",
  prefix: 24,
  gateway: "198.18.10.1",
  nameservers: ["198.18.0.53"],
};
const south: MachineNetwork = { ...north, address: "198.18.11.20", gateway: "198.18.11.1" };

describe("the farm's network file", () => {
  it("has one address, its router and its name servers, and IPv6 where there is one", () => {
    expect(oneAddress(south)).toBe(`# Written by the farm when the machine moved to another pool.
[Match]
Name=enX0

[Network]
DHCP=no
Address=198.18.11.20/24
DNS=198.18.0.53

[Route]
Gateway=198.18.11.1
`);
    const six = { address: "2001:db8::20", prefix: 64, gateway: "2001:db8::1" };
    const text = oneAddress({ ...south, six });
    expect(text).toContain("Address=2001:db8::20/64\n");
    expect(text).toContain("[Route]\nGateway=2001:db8::1\n");
  });

  it("answers at the second address by that network's router, and sends all else by its own", () => {
    const text = bothAddresses(north, south);
    expect(text).toContain("Address=198.18.10.11/24\n");
    expect(text).toContain("[Address]\nAddress=198.18.11.20/32\n");
    expect(text).toContain(
      "[Route]\nGateway=198.18.10.1\n\n[Route]\nGateway=198.18.11.1\nGatewayOnLink=yes\nTable=4711\n",
    );
    expect(text).toContain("[RoutingPolicyRule]\nFrom=198.18.11.20\nTable=4711\n");
  });
});

/** Runs the command on stand-ins of the machine's programs. */
function apply(text: string, expected: string[], state: string, addresses: string[]) {
  const folder = mkdtempSync(join(tmpdir(), "farm-network-"));
  const file = join(folder, "05-farm.network");
  const program = (name: string, script: string): void =>
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  program("sudo", 'shift; exec "$@"');
  program(
    "networkctl",
    `case $1 in list) echo " 2 enX0 ether routable ${state}" ;; *) echo $1 >>${folder}/asked ;; esac`,
  );
  const lines = addresses.map((each) => `echo "2: enX0 inet ${each}/24 scope global enX0"`);
  program("ip", lines.join("\n"));
  program("seq", "echo 1 2");
  writeFileSync(file, "before\n");
  const command = applyNetwork(text, expected).replaceAll(networkFile, file);
  const env = { PATH: `${folder}:${process.env["PATH"] ?? ""}` };
  const { status, stdout } = spawnSync("sh", ["-c", command], { env, encoding: "utf8" });
  const read = (path: string): string | undefined => {
    try {
      return readFileSync(path, "utf8");
    } catch {
      return undefined;
    }
  };
  const result = { status, stdout, file: read(file), asked: read(join(folder, "asked")) };
  rmSync(folder, { recursive: true });
  return result;
}

describe("the command that gives it to a machine", () => {
  it("writes it whole, reloads, and waits for the addresses", () => {
    const text = bothAddresses(north, south);
    const done = apply(text, [north.address, south.address], "configured", [north.address, south.address]);
    expect(done).toEqual({ status: 0, stdout: "", file: text, asked: "reload\n" });
  });

  it("says which address the machine does not take; an address that only begins alike is none", () => {
    const done = apply(oneAddress(south), ["198.18.11.2"], "configured", [south.address]);
    expect(done).toMatchObject({ status: 4, stdout: "it does not take the address 198.18.11.2\n" });
  });

  it("touches nothing where another program keeps the card", () => {
    const done = apply(oneAddress(south), [south.address], "unmanaged", [north.address]);
    expect(done).toMatchObject({ status: 3, file: "before\n", asked: undefined });
    expect(done.stdout).toContain("not the business of systemd-networkd");
  });
});

import { describe, expect, test } from "vitest";
import { findInit, isListening, readAddresses } from "../../../lab/hypervisor/inspect.ts";
import {
  bridgeName,
  guestPortName,
  isGuestNamespace,
  jumpNamespace,
  portName,
  quarantineNamespace,
} from "../../../lab/network/names.ts";

const head =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

describe("looking into a guest", () => {
  test("a listening port is told from a connection and from another port", () => {
    const listening = `${head}   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0\n`;
    const connected = `${head}   0: 0B0A12C6:0016 010A12C6:D431 01 00000000:00000000 00:00000000 00000000     0\n`;
    const six = `${head}   1: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 00000000\n`;
    expect(isListening([listening], 22)).toBe(true);
    expect(isListening(["", six], 22)).toBe(true);
    expect(isListening([connected], 22)).toBe(false);
    expect(isListening([listening], 80)).toBe(false);
    expect(isListening([""], 22)).toBe(false);
  });

  test("addresses in XO's notation, link-local and other interfaces left out", () => {
    const json = JSON.stringify([
      { ifname: "lo", addr_info: [{ family: "inet", local: "127.0.0.1", scope: "host" }] },
      {
        ifname: "enX0",
        addr_info: [
          { family: "inet", local: "198.18.10.11", scope: "global" },
          { family: "inet", local: "198.18.10.12", scope: "global" },
          { family: "inet6", local: "fd00::11", scope: "global" },
          { family: "inet6", local: "fe80::1", scope: "link" },
        ],
      },
      { ifname: "enX1" },
      {},
    ]);
    expect(readAddresses(json)).toEqual({
      "0/ipv4/0": "198.18.10.11",
      "0/ipv4/1": "198.18.10.12",
      "0/ipv6/0": "fd00::11",
    });
  });

  test("this process is no guest's init", () => {
    expect(findInit([process.pid, 999_999_999])).toBeUndefined();
  });
});

describe("names of interfaces and namespaces", () => {
  test("names of interfaces have 15 characters at most", () => {
    for (const name of [
      bridgeName("abcdefgh"),
      portName("abcdefgh"),
      guestPortName("vm", "0"),
      guestPortName("vm", "15"),
    ]) {
      expect(name.length).toBeLessThanOrEqual(15);
    }
  });

  test("only a guest's namespace is taken for one", () => {
    expect(isGuestNamespace("farm-00112233", "farm-00112233-0badcafe")).toBe(true);
    const own = [jumpNamespace("farm-00112233"), quarantineNamespace("farm-00112233")];
    for (const name of ["farm-00112233", ...own, "farm-44556677-0badcafe"]) {
      expect(isGuestNamespace("farm-00112233", name)).toBe(false);
    }
  });
});

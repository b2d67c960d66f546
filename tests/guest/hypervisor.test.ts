import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import {
  GuestCgroups,
  guestHierarchies,
  parseHierarchies,
  removeLabCgroups,
} from "../../lab/hypervisor/cgroups.ts";
import { diskFolder } from "../../lab/hypervisor/disks.ts";
import { labStatus } from "../../lab/lifecycle/status.ts";
import { namespacesOf } from "../../lab/network/ip.ts";
import { guestNamespace, shortVm } from "../../lab/network/names.ts";
import { run, tryRun } from "../../lib/run.ts";
import { address, greet, makeSpec, until, useOwnLab } from "./own-lab.ts";

describe("guests under systemd-nspawn", () => {
  const own = useOwnLab();

  test("a guest boots, gets its addresses and lets the farm's key in through the jump host", async () => {
    const { places, ssh, spec } = own();
    await own().hypervisor.start(spec);
    expect([...(await own().hypervisor.states())]).toEqual([[spec.id, "Running"]]);
    await own().ready();
    expect((await own().hypervisor.facts(spec.id)).addresses).toEqual({
      "0/ipv4/0": address,
      "0/ipv6/0": "fd00:18:10::11",
    });
    expect(await ssh("cloud-init status --wait --long")).toContain("status: done");
    const result = JSON.parse(await ssh("cat /run/cloud-init/result.json")) as { v1: { errors: string[] } };
    expect(result.v1.errors).toEqual([]);
    expect(await ssh("systemctl is-system-running --wait")).toBe("running");
    expect(await ssh("hostname; ls /sys/class/net; nproc >/dev/null && id -un")).toBe(
      "web-musterdorf\nenX0\nlo\nfarm",
    );
    expect((await labStatus(places)).guests).toMatchObject([
      {
        name: spec.name,
        host: "eins",
        state: "Running",
        agent: true,
        addresses: [address, "fd00:18:10::11"],
      },
    ]);
  });

  test("the jump host lets nobody run anything, and no password in", async () => {
    const { places } = own();
    const config = join(places.farm, "ssh_config");
    const shell = await tryRun("ssh", ["-F", config, "jump", "id"], { timeout: 20_000 });
    expect(shell.code).not.toBe(0);
    expect(shell.stdout).not.toContain("uid=");
    const options = ["-o", "IdentityAgent=none", "-o", "IdentityFile=/nonexistent"];
    const stranger = await tryRun("ssh", ["-F", config, ...options, "jump", "id"], { timeout: 20_000 });
    expect(stranger.stderr).toContain("Permission denied (publickey)");
  });

  test("three reboots: same host key, same address, same disk, another boot", async () => {
    const { ssh, spec, exited } = own();
    await ssh("echo kept | sudo tee /var/lib/marker >/dev/null");
    const seen = new Set([await own().bootId()]);
    for (let count = 1; count <= 3; count++) {
      await own().hypervisor.reboot(spec, "clean");
      await own().ready();
      // OpenSSH would refuse another host key.
      expect(await ssh("cat /var/lib/marker")).toBe("kept");
      seen.add(await own().bootId());
      expect(seen.size).toBe(count + 1);
    }
    expect(await ssh("cloud-init status --wait --long")).toContain("status: done");
    expect(exited).toEqual([]);
  });

  test("a reboot from inside comes back without the firewall of the run before", async () => {
    const { ssh, exited } = own();
    const before = await own().bootId();
    await ssh("sudo nft add table inet gone");
    await ssh("sudo systemctl reboot").catch(() => "the connection ends");
    await until("it has booted again", async () => (await own().bootId()) !== before);
    expect(await ssh("sudo nft list tables")).toBe("");
    expect(exited).toEqual([]);
  });

  test("a power cut keeps what was written", async () => {
    const { places, ssh, spec } = own();
    await ssh("echo written | sudo tee /var/lib/marker >/dev/null && sync");
    await own().hypervisor.stop(spec.id, "hard");
    expect((await own().hypervisor.states()).size).toBe(0);
    expect(namespacesOf(places.namespace)).not.toContain(guestNamespace(places.namespace, spec.id));
    await own().hypervisor.start(spec);
    await own().ready();
    expect(await ssh("cat /var/lib/marker")).toBe("written");
  });

  test("a power cut in the middle of the first boot leaves a guest that can be reached after the next", async () => {
    const { places, lab, spec } = own();
    const young = makeSpec(places, {
      disks: [{ id: "disk-young", repository: "sr-1", baseImage: undefined, size: 2 ** 30 }],
    });
    await own().hypervisor.stop(spec.id, "clean");
    for (const moment of [300, 900, 1500]) {
      await own().hypervisor.start(young);
      await sleep(moment);
      await own().hypervisor.stop(young.id, "hard");
    }
    await own().hypervisor.start(young);
    await own().ready();
    const greeting = await greet(lab, address);
    expect(greeting).toContain("SSH-2.0-OpenSSH");
    await own().hypervisor.stop(young.id, "clean");
    await own().hypervisor.deleteDisk("disk-young");
    await own().hypervisor.start(spec);
    await own().ready();
  });

  test("suspended it does not answer, and afterwards it goes on where it was", async () => {
    const { lab, spec } = own();
    const before = await own().bootId();
    await own().hypervisor.freeze(spec.id, "Suspended");
    expect((await own().hypervisor.states()).get(spec.id)).toBe("Suspended");
    expect((await own().hypervisor.facts(spec.id)).agent).toBe(false);
    expect(await greet(lab, address, 1500)).toBe("");
    await expect(own().hypervisor.migrate(spec.id, "host-2")).rejects.toThrow(/suspended/);
    await own().hypervisor.thaw(spec.id);
    expect(await own().bootId()).toBe(before);
    await own().hypervisor.freeze(spec.id, "Paused");
    await expect(own().hypervisor.stop(spec.id, "clean")).rejects.toThrow(
      /is paused and cannot be asked to stop/,
    );
    await own().hypervisor.stop(spec.id, "hard");
    expect((await own().hypervisor.states()).size).toBe(0);
    await own().hypervisor.start(spec);
    await own().ready();
  });

  test.each([1, 2] as const)(
    "processes stand still in the freezer of control groups version %i",
    async (version) => {
      const { places } = own();
      const all = guestHierarchies(parseHierarchies(readFileSync("/proc/self/mountinfo", "utf8")));
      const trees = all.filter(
        (tree) => tree.version === version && (version === 2 || tree.controllers.includes("freezer")),
      );
      // A machine has the one, the other or both; the hypervisor takes what there is.
      if (trees.length === 0) return expect(all.some((tree) => tree.version !== version)).toBe(true);
      const groups = new GuestCgroups(
        { lab: `${places.namespace}-v${version}`, vm: "vm", born: "eins", host: "eins" },
        trees,
      );
      groups.create(2 ** 28);
      const file = join(places.farm, `ticks-${version}`);
      const command = `for group; do echo $$ >"$group/cgroup.procs"; done; while :; do echo >>${file}; sleep 0.02; done`;
      const ticker = spawn("sh", ["-c", command, "sh", ...groups.folders], { stdio: "ignore" });
      const ticks = (): number => (existsSync(file) ? readFileSync(file, "utf8").length : 0);
      await until("it ticks", async () => ticks() > 3);
      await groups.freeze();
      const frozen = ticks();
      await sleep(300);
      expect(ticks()).toBe(frozen);
      await groups.thaw();
      await until("it ticks again", async () => ticks() > frozen + 3);
      ticker.kill("SIGKILL");
      await until("its groups are empty", async () => groups.processes().length === 0);
      groups.remove();
      removeLabCgroups(`${places.namespace}-v${version}`);
      expect(groups.folders.filter((folder) => existsSync(folder))).toEqual([]);
    },
  );

  test("a migration does not end a connection, and the address answers at the other host", async () => {
    const { places, ssh, spec } = own();
    const before = await own().bootId();
    for (const [host, bridge] of [
      ["host-2", "br-zwei"],
      ["host-1", "br-eins"],
    ] as const) {
      const session = ssh("for i in 1 2 3 4 5; do sleep 0.3; done; echo still here");
      await sleep(700);
      await own().hypervisor.migrate(spec.id, host);
      expect(await session).toBe("still here");
      const port = await run("ip", [
        "-n",
        places.namespace,
        "-json",
        "link",
        "show",
        `g${shortVm(spec.id)}-0`,
      ]);
      expect(JSON.parse(port)).toMatchObject([{ master: bridge }]);
    }
    expect(await own().bootId()).toBe(before);
  });

  test("a network card goes and comes back with its address", async () => {
    const { ssh, spec } = own();
    await own().hypervisor.setLink(spec.id, "0", false);
    expect((await own().hypervisor.facts(spec.id)).addresses).toEqual({});
    await own().hypervisor.setLink(spec.id, "0", true);
    await until(
      "its address is back",
      async () => (await own().hypervisor.facts(spec.id)).addresses["0/ipv4/0"] === address,
    );
    await until("it answers", async () => (await ssh("echo yes")) === "yes");
    await expect(own().hypervisor.setLink(spec.id, "7", true)).rejects.toThrow(/no network card 7/);
  });

  test("a copied disk holds the same files, and one that was never used nothing", async () => {
    const { places, ssh, spec } = own();
    await ssh("sudo ln /etc/hostname /etc/second-name && sudo truncate -s 50M /var/lib/hole");
    await ssh("sudo chmod 4755 /etc/second-name && sudo mknod /var/lib/pipe p && sudo rm -r /usr/share/doc");
    const copies = [
      { from: "disk-1", to: "disk-copy" },
      { from: "disk-never-used", to: "disk-empty" },
    ];
    expect(await own().hypervisor.copyDisks(copies)).toBeGreaterThan(0);
    expect(await ssh("echo goes on")).toBe("goes on");
    await own().hypervisor.stop(spec.id, "clean");
    await own().hypervisor.deleteDisk("disk-copy");
    expect(await own().hypervisor.copyDisks(copies)).toBe(0);
    const listed = (disk: string): Promise<string> =>
      run("sh", [
        "-c",
        // How often a file is linked, but not how often the overlay links what hides one of the image.
        'find "$1" ! -type s -printf "%P %y %#m %U:%G %s %T@ %l " \\( -type c -printf "\\n" -o -printf "%n\\n" \\) | sort',
        "sh",
        join(diskFolder(places, disk), "upper"),
      ]);
    const copy = await listed("disk-copy");
    expect(copy).toBe(await listed("disk-1"));
    expect(copy).toMatch(/^etc\/second-name f 04755 0:0 .* 2$/m);
    expect(copy).toMatch(/^usr\/share\/doc c 0 0:0 /m);
    const used = await run("du", [
      "--summarize",
      "--block-size=1M",
      join(diskFolder(places, "disk-copy"), "upper"),
    ]);
    // Of the image's 860 MB only what the machine wrote itself: PostgreSQL's log alone takes two times 16.
    expect(Number(used.split("\t")[0])).toBeLessThan(100);
    expect(existsSync(diskFolder(places, "disk-empty"))).toBe(false);
    await expect(own().hypervisor.copyDisks(copies)).rejects.toThrow("disk-copy has a content already");
    // The copy is a disk as good as the other: the same machine boots from it.
    await own().hypervisor.start({
      ...spec,
      disks: [{ id: "disk-copy", repository: "sr-1", baseImage: undefined, size: 1 }],
    });
    await own().ready();
    expect(await ssh("cat /etc/second-name; ls /usr/share/doc 2>&1 | head -1")).toMatch(
      /^web-musterdorf\nls: cannot access/,
    );
  });
});

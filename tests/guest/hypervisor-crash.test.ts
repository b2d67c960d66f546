import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { pebbleName } from "../../lab/acme/pebble.ts";
import { createNspawnHypervisor } from "../../lab/hypervisor/nspawn.ts";
import { loadGuests, saveGuest } from "../../lab/hypervisor/record.ts";
import { labDown } from "../../lab/lifecycle/down.ts";
import { labExec } from "../../lab/lifecycle/exec.ts";
import { labStatus } from "../../lab/lifecycle/status.ts";
import { labUp } from "../../lab/lifecycle/up.ts";
import { addNamespace, namespacesOf } from "../../lab/network/ip.ts";
import { guestNamespace, jumpNamespace, quarantineNamespace, shortVm } from "../../lab/network/names.ts";
import { cloudflareName, xoName } from "../../lab/services/simulators.ts";
import { run } from "../../lib/run.ts";
import {
  address,
  greet,
  hosts,
  lastingTraces,
  makeLab,
  makeSpec,
  progress,
  repository,
  storedDisks,
  until,
  useOwnLab,
} from "./own-lab.ts";

describe("guests whose hypervisor ends, and what is left of them", () => {
  const own = useOwnLab();

  test("guests outlive the process that started them, and a new one takes them over", async () => {
    const { places, ssh, spec } = own();
    own().hypervisor.close();
    const modules = join(import.meta.dirname, "../../lab");
    const program = `
      import { createNspawnHypervisor } from ${JSON.stringify(join(modules, "hypervisor/nspawn.ts"))};
      import { labPlaces } from ${JSON.stringify(join(modules, "lab-file.ts"))};
      const { folder, hosts, spec } = JSON.parse(process.env.TASK);
      const hypervisor = createNspawnHypervisor({ places: labPlaces(folder) });
      await hypervisor.prepare(hosts, [spec.disks[0].repository]);
      await hypervisor.start(spec);
      process.kill(process.pid, "SIGKILL");`;
    const task = JSON.stringify({ folder: places.farm, hosts, spec });
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      env: { ...process.env, TASK: task },
      stdio: ["ignore", "inherit", "inherit"],
    });
    const signal = await new Promise((resolve) => child.once("exit", (_code, name) => resolve(name)));
    expect(signal).toBe("SIGKILL");
    await own().renew();
    expect([...(await own().hypervisor.states())]).toEqual([[spec.id, "Running"]]);
    await own().ready();
    await ssh("echo written | sudo tee /var/lib/marker >/dev/null");
  });

  test("a move that a crash cut short is finished by the next process", async () => {
    const { places, spec } = own();
    const before = await own().bootId();
    await run("ip", ["-n", places.namespace, "link", "set", `g${shortVm(spec.id)}-0`, "nomaster"]);
    const [record] = loadGuests(places);
    if (!record) throw new Error("the guest has no record");
    saveGuest(places, { ...record, shortHost: "zwei", spec: { ...record.spec, host: "host-2" } });
    await own().renew();
    expect(await own().bootId()).toBe(before);
    expect((await labStatus(places)).guests).toMatchObject([{ host: "zwei" }]);
  });

  test("power off from inside is noticed", async () => {
    const { places, ssh, spec, exited } = own();
    await ssh("sudo systemctl poweroff").catch(() => "the connection ends");
    await until("it is noticed", async () => exited.includes(spec.id));
    expect((await own().hypervisor.states()).size).toBe(0);
    expect(loadGuests(places)).toEqual([]);
  });

  test("a start that cannot work says why and leaves nothing", async () => {
    const { places, spec } = own();
    await expect(own().hypervisor.start({ ...spec, disks: [] })).rejects.toThrow(
      "Web von Musterdorf cannot start: it has no disk",
    );
    await expect(own().hypervisor.start({ ...spec, host: "host-9" })).rejects.toThrow("no host host-9");
    // Where a lab of an earlier version kept it.
    mkdirSync(join(places.disks, "disk-old", "upper"), { recursive: true });
    writeFileSync(join(places.disks, "disk-old", "image"), "/nonexistent/image\n");
    const old = { ...spec, disks: [{ id: "disk-old", repository: "sr-1", baseImage: undefined, size: 1 }] };
    await expect(own().hypervisor.start(old)).rejects.toThrow(
      /image that disk disk-old was made from is gone/,
    );
    // Its content came to the file system of its storage repository all the same.
    expect(readdirSync(places.disks)).toEqual([repository]);
    expect(readFileSync(join(places.disks, repository, "disk-old", "image"), "utf8")).toContain(
      "nonexistent",
    );
    expect(loadGuests(places)).toEqual([]);
    expect(namespacesOf(places.namespace).sort()).toEqual([
      places.namespace,
      jumpNamespace(places.namespace),
      quarantineNamespace(places.namespace),
    ]);
  });

  test("what a start left that was cut off is cleaned by the next process", async () => {
    const { places, spec } = own();
    saveGuest(places, { spec, state: "Running", bornOn: "eins", shortHost: "eins", process: undefined });
    const namespace = guestNamespace(places.namespace, spec.id);
    await addNamespace(namespace);
    await addNamespace(`${places.namespace}-0badcafe`);
    const stray = spawn("ip", ["netns", "exec", namespace, "sleep", "1000"], { stdio: "ignore" });
    const ended = new Promise((resolve) => stray.once("exit", resolve));
    await own().renew();
    await ended;
    expect((await own().hypervisor.states()).size).toBe(0);
    expect(namespacesOf(places.namespace).sort()).toEqual([
      places.namespace,
      jumpNamespace(places.namespace),
      quarantineNamespace(places.namespace),
    ]);
  });

  test("disks: data disks are block devices, a disk in use stays, a deleted one is gone for good", async () => {
    const { places, ssh, spec } = own();
    const data = { id: "disk-data", repository: "sr-1", baseImage: undefined, size: 64 * 2 ** 20 };
    const twoDisks = { ...spec, disks: [...spec.disks, data] };
    await own().hypervisor.start(twoDisks);
    await own().ready();
    await ssh("sudo mkfs.ext4 -q /dev/xvdb && sudo mount /dev/xvdb /mnt && echo data | sudo tee /mnt/file");
    await expect(own().hypervisor.deleteDisk("disk-1")).rejects.toThrow("in use by Web von Musterdorf");
    await expect(own().hypervisor.start({ ...spec, id: "another", name: "Zweiter" })).rejects.toThrow(
      "in use by",
    );
    await own().hypervisor.reboot(twoDisks, "clean");
    await own().ready();
    expect(await ssh("sudo mount /dev/xvdb /mnt && cat /mnt/file /var/lib/marker")).toBe("data\nwritten");
    await own().hypervisor.stop(spec.id, "clean");
    for (const disk of ["disk-1", "disk-data"]) await own().hypervisor.deleteDisk(disk);
    expect(storedDisks(places)).toEqual(["disk-old"]);
    await own().hypervisor.start(spec);
    await own().ready();
    // A new disk is a new machine: the key that was learned does not fit any more.
    await expect(ssh("true")).rejects.toThrow(/HOST IDENTIFICATION HAS CHANGED|verification failed/i);
  });

  test("commands run inside with the lab's resolver, and the machine keeps its own", async () => {
    const { places } = own();
    const before = readFileSync("/etc/resolv.conf", "utf8");
    expect(await labExec(["grep", "-q", "^nameserver 198.18.0.53$", "/etc/resolv.conf"], places)).toBe(0);
    expect(await labExec(["sh", "-c", "exit 7"], places)).toBe(7);
    expect(readFileSync("/etc/resolv.conf", "utf8")).toBe(before);
  });

  test("a second lab beside it has the same addresses and other machines", async () => {
    const { lab, spec } = own();
    const other = await makeLab();
    const second = createNspawnHypervisor({ places: other.places });
    try {
      await second.prepare(hosts, [repository]);
      const twin = makeSpec(other.places);
      await second.start(twin);
      await until("the twin answers", async () => (await second.facts(twin.id)).agent);
      expect((await second.facts(twin.id)).addresses["0/ipv4/0"]).toBe(address);
      expect((await own().hypervisor.facts(spec.id)).addresses["0/ipv4/0"]).toBe(address);
      expect(await other.ssh("cat /etc/ssh/ssh_host_ed25519_key.pub")).not.toBe("");
      expect(other.lab.jump.hostKey).not.toBe(lab.jump.hostKey);
      const again = await labUp({
        progress,
        places: other.places,
        without: [xoName, cloudflareName, pebbleName],
      });
      expect(again.started).toEqual([]);
    } finally {
      second.close();
      await labDown({ progress, places: other.places });
    }
    expect(await lastingTraces(other.places)).toEqual([]);
    expect((await own().hypervisor.states()).get(spec.id)).toBe("Running");
    rmSync(other.places.farm, { recursive: true, force: true });
  });

  test("a panic of a guest is noticed, and a host without uplink is not heard of", async () => {
    const { lab, spec, exited } = own();
    await own().hypervisor.setUplink("host-1", false);
    expect(await greet(lab, address, 1500)).toBe("");
    await own().hypervisor.setUplink("host-1", true);
    await own().hypervisor.setCables(spec.id, false);
    expect(await greet(lab, address, 1500)).toBe("");
    await own().hypervisor.setCables(spec.id, true);
    await until("it answers again", async () => (await greet(lab, address)).includes("SSH-2.0"));
    exited.length = 0;
    await own().hypervisor.crash(spec.id);
    await until("its end is noticed", async () => exited.includes(spec.id));
    expect((await own().hypervisor.states()).size).toBe(0);
  });

  test("storage that stands still: reads go on, writes wait, a power cut works, and a new process keeps it", async () => {
    const { places, ssh, spec } = own();
    // Its disk was deleted meanwhile: it is a new machine with a new key.
    rmSync(join(places.farm, "guests"));
    await own().hypervisor.start(spec);
    await own().ready();
    await ssh("echo before | sudo tee /var/lib/before >/dev/null");
    const interrupted = Date.now();
    const pause = own().hypervisor.interruptRepository(repository, 700);
    await sleep(300);
    await ssh("echo through | sudo tee /var/lib/before >/dev/null");
    expect(Date.now() - interrupted).toBeGreaterThan(700);
    expect(await pause).toBeGreaterThanOrEqual(700);
    await own().hypervisor.stallRepository(repository);
    const write = spawn("sh", ["-c", `echo >${join(places.disks, repository, "probe")}`], {
      stdio: "ignore",
    });
    const written = new Promise((resolve) => write.once("exit", resolve));
    // A login is written down in the guest, too: who is let in would wait.
    expect(readFileSync(join(places.disks, repository, "disk-1", "upper/var/lib/before"), "utf8")).toBe(
      "through\n",
    );
    await expect(own().hypervisor.deleteDisk("disk-old")).rejects.toThrow("does not answer");
    await expect(own().hypervisor.copyDisks([{ from: "disk-1", to: "copy" }])).rejects.toThrow(
      "does not answer",
    );
    await own().renew();
    expect((await own().hypervisor.states()).get(spec.id)).toBe("Running");
    expect(await Promise.race([written, sleep(300, "waits")])).toBe("waits");
    await own().hypervisor.stop(spec.id, "hard");
    expect((await own().hypervisor.states()).size).toBe(0);
    await expect(own().hypervisor.start(spec)).rejects.toThrow("its storage does not answer");
    const again = spawn("sh", ["-c", `echo >${join(places.disks, repository, "probe")}`], {
      stdio: "ignore",
    });
    const writtenAgain = new Promise((resolve) => again.once("exit", resolve));
    expect(await Promise.race([writtenAgain, sleep(300, "waits")])).toBe("waits");
    await own().hypervisor.releaseRepository(repository);
    expect(await written).toBe(0);
    expect(await writtenAgain).toBe(0);
    rmSync(join(places.disks, repository, "probe"));
    await own().hypervisor.start(spec);
    await own().ready();
    expect(await ssh("cat /var/lib/before")).toBe("through");
    // The lab is taken down like this: whoever waits for the storage is to end all the same.
    await ssh("sudo systemd-run --unit=writes sh -c 'while :; do echo >>/var/lib/writes; done'");
    await own().hypervisor.stallRepository(repository);
  });
});

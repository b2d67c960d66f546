import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pebbleName } from "../../lab/acme/pebble.ts";
import { readLab, readSecrets } from "../../lab/lab-file.ts";
import { labDown } from "../../lab/lifecycle/down.ts";
import { requireRootOnLinux } from "../../lab/lifecycle/requirements.ts";
import { labUp } from "../../lab/lifecycle/up.ts";
import { tryRunning } from "../../lab/services/daemon.ts";
import { cloudflareName, xoName } from "../../lab/services/simulators.ts";
import { isAlive } from "../../lib/process-record.ts";
import { XoClient } from "../../providers/xenops/xo-client.ts";
import { lastingTraces, makeLab, makeSpec, progress, storedDisks, until } from "./own-lab.ts";

const gib = 2 ** 30;

/** A lab with XO and one VM of it with a data disk; ssh learns its host key once and takes no other. */
class OwnXo {
  readonly base: Awaited<ReturnType<typeof makeLab>>;
  xo: XoClient;
  vm = "";

  constructor(base: Awaited<ReturnType<typeof makeLab>>) {
    this.base = base;
    this.xo = this.connect();
  }

  /** Starts XO, or what of it was killed. */
  static async up(base: Awaited<ReturnType<typeof makeLab>>): Promise<void> {
    await labUp({ progress, places: base.places, without: [cloudflareName, pebbleName] });
  }

  async begin(): Promise<void> {
    const { cloudInit, nics, memory } = makeSpec(this.base.places);
    const named = async (type: string, name: string): Promise<string> => {
      const found = (await this.xo.objects({ type })).find((each) => each.name_label === name);
      return String(found?.id);
    };
    const sr = await named("SR", "NetApp nord iSCSI");
    this.vm = String(
      await this.xo.call("vm.create", {
        name_label: "snapped",
        template: await named("VM-template", "Debian 12 ALLRIS net"),
        memoryMax: memory,
        CPUs: 1,
        VDIs: [{ SR: sr, name_label: "data", size: gib / 4 }],
        VIFs: [{ network: await named("network", "Front nord"), mac: nics[0]?.mac }],
        cloudConfig: cloudInit?.userData,
        networkConfig: cloudInit?.networkConfig,
      }),
    );
    await this.xo.call("vm.start", { id: this.vm });
    await this.answers();
  }

  connect(): XoClient {
    const { places } = this.base;
    return new XoClient({ url: readLab(places).xo.url, token: readSecrets(places).xo.adminToken });
  }

  /** Kills XO as a power cut would, once a disk is being copied, and starts it again. */
  async killWhileCopying(begin: () => Promise<unknown>): Promise<void> {
    const { places } = this.base;
    const lost = begin().then(
      () => "it was done before",
      () => "lost",
    );
    await until("a disk is being copied", async () => this.halves().length > 0);
    const record = tryRunning(places, xoName);
    if (!record) throw new Error("XO does not run");
    process.kill(record.pid, "SIGKILL");
    expect(await lost).toBe("lost");
    await until("XO is gone", async () => !isAlive(record));
    this.xo.close();
    expect(this.halves()).toHaveLength(1);
    await OwnXo.up(this.base);
    this.xo = this.connect();
  }

  /** Half copies of disks. */
  halves(): string[] {
    return storedDisks(this.base.places).filter((name) => name.endsWith(".part"));
  }

  /** Nothing is stored but the content of disks that XO knows. */
  async expectNothingLeft(): Promise<void> {
    const types = await Promise.all(["VDI", "VDI-snapshot"].map((type) => this.xo.objects({ type })));
    const known = new Set(types.flat().map((disk) => disk.id));
    await until("the half copies are gone", async () =>
      storedDisks(this.base.places).every((name) => known.has(name)),
    );
  }

  answers(): Promise<void> {
    return until("it answers", async () => (await this.base.ssh("echo yes")) === "yes");
  }

  bootId(): Promise<string> {
    return this.base.ssh("cat /proc/sys/kernel/random/boot_id");
  }
}

describe("snapshots of a guest's real disks", () => {
  let own: OwnXo;
  let snapshot: string;
  const ssh = (command: string): Promise<string> => own.base.ssh(command);
  const exists = (path: string): Promise<string> => ssh(`sudo test -e ${path} && echo yes || echo no`);

  beforeAll(async () => {
    requireRootOnLinux();
    const base = await makeLab();
    await OwnXo.up(base);
    own = new OwnXo(base);
    await own.begin();
  });

  afterAll(async () => {
    if (!own) return;
    own.xo.close();
    const { places } = own.base;
    await labDown({ progress, places });
    const left = await lastingTraces(places);
    rmSync(places.farm, { recursive: true, force: true });
    expect(left).toEqual([]);
  });

  test("a snapshot is taken while the guest writes, which only stands still for a moment", async () => {
    await ssh("sudo mkfs.ext4 -q /dev/xvdb && sudo mkdir -p /srv/data && sudo mount /dev/xvdb /srv/data");
    await ssh(
      "sudo rm /etc/motd; sudo rm -r /etc/skel; sudo mkdir /etc/skel; sudo cp -r /usr/share/doc /var/lib/docs; echo one | sudo tee /var/lib/first",
    );
    // What no snapshot of a machine that runs may mix up: two files that are written to in turn.
    const both = "echo $i >>/srv/data/a; echo $i >>/srv/data/b";
    await ssh(`sudo systemd-run --unit=count sh -c 'i=0; while :; do i=$((i+1)); ${both}; sleep 0.01; done'`);
    await until("it counts", async () => Number(await ssh("tail -n 1 /srv/data/b")) > 20);
    const boot = await own.bootId();
    const disks = (await own.xo.objects({ type: "VDI" })).length;
    snapshot = String(await own.xo.call("vm.snapshot", { id: own.vm, name: "before" }));
    expect(await own.bootId()).toBe(boot);
    const { xo } = readLab(own.base.places);
    const status = (await (await fetch(new URL("status.json", xo.statusPage))).json()) as {
      events: { text: string }[];
    };
    const told = status.events.map(({ text }) => text).find((text) => text.includes('snapshot "before"'));
    progress(
      `${told} (${await ssh("sudo du -sxm / --exclude=/usr --exclude=/proc 2>/dev/null | cut -f1 || true")} MB)`,
    );
    expect(Number(/stood still for ([\d.]+) s/.exec(told ?? "")?.[1])).toBeLessThan(3);
    const count = Number(await ssh("tail -n 1 /srv/data/b"));
    await until("it counts on", async () => Number(await ssh("tail -n 1 /srv/data/b")) > count);
    const [found] = await own.xo.objects({ type: "VM-snapshot" });
    expect(found).toMatchObject({ id: snapshot, $snapshot_of: own.vm });
    expect(await own.xo.objects({ type: "VDI-snapshot" })).toHaveLength(3);
    expect(await own.xo.objects({ type: "VDI" })).toHaveLength(disks);
  });

  test("going back: what came later is gone, what was before is there, the machine is the same", async () => {
    const before = await own.bootId();
    const count = Number(await ssh("tail -n 1 /srv/data/b"));
    await ssh("echo two | sudo tee /var/lib/second; sudo rm -r /var/lib/docs; sudo systemctl stop count");
    expect(await own.xo.call("vm.revert", { snapshot })).toBe(true);
    await own.answers();
    expect(await own.bootId()).not.toBe(before);
    expect(await ssh("cat /var/lib/first")).toBe("one");
    expect(await exists("/var/lib/second")).toBe("no");
    // What hides files of the image is content too.
    expect(await exists("/etc/motd")).toBe("no");
    expect(await ssh("ls -A /etc/skel")).toBe("");
    expect(await ssh("ls /var/lib/docs | wc -l")).toBe(await ssh("ls /usr/share/doc | wc -l"));
    expect(await ssh("sudo systemctl is-system-running --wait || systemctl --failed --no-legend")).toBe(
      "running",
    );
    expect(
      await ssh("sudo fsck.ext4 -n -f /dev/xvdb >/dev/null 2>&1; sudo mount /dev/xvdb /srv/data; echo $?"),
    ).toBe("0");
    const [a = 0, b = 0] = (await ssh("tail -q -n 1 /srv/data/a /srv/data/b")).split("\n").map(Number);
    expect(a).toBeGreaterThan(20);
    expect(a - b === 0 || a - b === 1).toBe(true);
    expect(a).toBeLessThan(count);
    await own.expectNothingLeft();
  });

  test("XO killed in the middle of a snapshot: the guest goes on, and nothing half is left", async () => {
    await ssh(
      "echo three | sudo tee /var/lib/third; sudo head -c 400M /dev/urandom | sudo tee /var/lib/big >/dev/null",
    );
    const boot = await own.bootId();
    await own.killWhileCopying(() => own.xo.call("vm.snapshot", { id: own.vm }));
    await own.answers();
    expect(await own.bootId()).toBe(boot);
    expect((await own.xo.objects({ type: "VM-snapshot" })).map(({ id }) => id)).toEqual([snapshot]);
    await own.expectNothingLeft();
  });

  test("XO killed in the middle of going back: the VM runs with what it had, and can still go back", async () => {
    const large = String(await own.xo.call("vm.snapshot", { id: own.vm, name: "large" }));
    await ssh("echo four | sudo tee /var/lib/fourth && sync");
    const boot = await own.bootId();
    await own.killWhileCopying(() => own.xo.call("vm.revert", { snapshot: large }));
    await own.answers();
    expect(await own.bootId()).not.toBe(boot);
    expect(await ssh("cat /var/lib/third /var/lib/fourth")).toBe("three\nfour");
    await own.expectNothingLeft();
    expect(await own.xo.call("vm.revert", { snapshot })).toBe(true);
    await own.answers();
    expect(await ssh("cat /var/lib/first")).toBe("one");
    for (const name of ["second", "third", "fourth", "big"])
      expect(await exists(`/var/lib/${name}`)).toBe("no");
    await own.xo.call("vm.delete", { id: own.vm });
    await own.expectNothingLeft();
    expect(storedDisks(own.base.places)).toEqual([]);
  });
});

import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pebbleName } from "../../lab/acme/pebble.ts";
import { readLab, readSecrets } from "../../lab/lab-file.ts";
import { labDown } from "../../lab/lifecycle/down.ts";
import { requireRootOnLinux } from "../../lab/lifecycle/requirements.ts";
import { labUp } from "../../lab/lifecycle/up.ts";
import { backupLocation, cloudflareName } from "../../lab/services/simulators.ts";
import { XoClient } from "../../providers/xenops/xo-client.ts";
import { lastingTraces, makeLab, makeSpec, progress, until } from "./own-lab.ts";

const gib = 2 ** 30;
/** Milliseconds of a call that boots or copies. */
const timeout = 120_000;

type Answer = Record<string, unknown>;

/** A lab with XO, a VM that writes on two disks, and a backup repository. */
class OwnBackups {
  readonly base: Awaited<ReturnType<typeof makeLab>>;
  readonly xo: XoClient;
  vm = "";
  sr = "";
  remote = "";
  job = "";
  schedule = "";

  constructor(base: Awaited<ReturnType<typeof makeLab>>) {
    this.base = base;
    const { places } = base;
    this.xo = new XoClient({ url: readLab(places).xo.url, token: readSecrets(places).xo.adminToken });
  }

  call(method: string, params: object = {}): Promise<unknown> {
    return this.xo.call(method, params, { timeout });
  }

  async named(type: string, name: string): Promise<string> {
    return String((await this.xo.objects({ type })).find((each) => each.name_label === name)?.id);
  }

  async begin(): Promise<void> {
    const { cloudInit, nics, memory } = makeSpec(this.base.places);
    this.sr = await this.named("SR", "NetApp nord iSCSI");
    this.vm = String(
      await this.call("vm.create", {
        name_label: "saved",
        template: await this.named("VM-template", "Debian 12 ALLRIS net"),
        memoryMax: memory,
        CPUs: 1,
        VDIs: [{ SR: this.sr, name_label: "data", size: gib / 4 }],
        VIFs: [{ network: await this.named("network", "Front nord"), mac: nics[0]?.mac }],
        cloudConfig: cloudInit?.userData,
        networkConfig: cloudInit?.networkConfig,
      }),
    );
    await this.call("vm.start", { id: this.vm });
    await this.answers();
    const url = "nfs://vault.example:/backups";
    this.remote = String(((await this.call("remote.create", { name: "vault", url })) as Answer).id);
    this.job = String(
      await this.call("backupNg.createJob", {
        name: "nightly",
        mode: "full",
        vms: { id: this.vm },
        remotes: { id: this.remote },
        schedules: { tmp: { cron: "0 22 * * *", timezone: "Europe/Berlin", enabled: true } },
        settings: { "": {}, tmp: { exportRetention: 3 } },
      }),
    );
    const schedules = (await this.call("schedule.getAll")) as Answer[];
    this.schedule = String(schedules.find(({ jobId }) => jobId === this.job)?.id);
  }

  answers(): Promise<void> {
    return until("it answers", async () => (await this.base.ssh("echo yes")) === "yes");
  }

  async run(settings: object = {}): Promise<Answer> {
    await this.call("backupNg.runJob", { id: this.job, schedule: this.schedule, settings });
    const query = { jobId: this.job, limit: 1, _forceRefresh: true };
    return ((await this.call("backupNg.getLogs", query)) as Answer[])[0] ?? {};
  }

  async archives(vm = this.vm): Promise<Answer[]> {
    const query = { remotes: [this.remote], _forceRefresh: true };
    const listed = (await this.call("backupNg.listVmBackups", query)) as Record<
      string,
      Record<string, Answer[]>
    >;
    return listed[this.remote]?.[vm] ?? [];
  }

  /** Contents of disks that the lab stores, by id. */
  contents(): string[] {
    const { disks } = this.base.places;
    const isDisk = (name: string): boolean => /^[0-9a-f-]{36}$/.test(name);
    return readdirSync(disks).flatMap((sr) => readdirSync(join(disks, sr)).filter(isDisk));
  }
}

/** Checksums of all that was written, its owners, modes, times and extended attributes. */
const sums = `sudo sh -c 'cd /srv && find data saved -type f -exec sha256sum {} + | sort -k 2;
find data saved -printf "%p %y %m %U %G %T@ %l\\n" | sort;
python3 -c "import os; print(os.getxattr(\\"saved/dump\\", \\"user.farm\\"))"'`;

/** Without the folder and the file that change as long as the machine counts. */
const lasting = (text: string): string[] =>
  text.split("\n").filter((line) => !/^data d |data\/a\b|lost\+found/.test(line));

describe("backups of a guest's real disks", () => {
  let own: OwnBackups;
  let before = "";
  const ssh = (command: string): Promise<string> => own.base.ssh(command);

  beforeAll(async () => {
    requireRootOnLinux();
    const base = await makeLab();
    await labUp({ progress, places: base.places, without: [cloudflareName, pebbleName] });
    own = new OwnBackups(base);
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

  test("a backup is taken while the guest writes, and its copy boots apart from everything", async () => {
    await ssh(
      "sudo mkfs.ext4 -q /dev/xvdb && sudo mkdir -p /srv/data /srv/saved && sudo mount /dev/xvdb /srv/data",
    );
    await ssh(
      `sudo sh -c 'head -c 3M /dev/urandom >/srv/data/papers; cp -r /usr/share/doc/base-files /srv/data/docs;
      head -c 2M /dev/urandom >/srv/saved/dump; truncate -s 50M /srv/saved/sparse; ln -s dump /srv/saved/link;
      python3 -c "import os; os.setxattr(\\"/srv/saved/dump\\", \\"user.farm\\", b\\"kept\\")";
      chown 1234:4321 /srv/saved/dump; chmod 640 /srv/saved/dump; rm -f /etc/motd; rm -r /etc/skel; mkdir /etc/skel; sync'`,
    );
    before = await ssh(sums);
    // What no backup of a machine that runs may mix up: two files on two disks that are written to in turn.
    const both = "echo $i >>/srv/data/a; echo $i >>/srv/b";
    await ssh(`sudo systemd-run --unit=count sh -c 'i=0; while :; do i=$((i+1)); ${both}; sleep 0.01; done'`);
    await until("it counts", async () => Number(await ssh("tail -n 1 /srv/b")) > 20);
    const boot = await ssh("cat /proc/sys/kernel/random/boot_id");
    const begun = Date.now();
    const log = await own.run({ [own.schedule]: { healthCheckSr: own.sr } });
    progress(`backup with its check ${((Date.now() - begun) / 1000).toFixed(1)} s`);
    expect(log).toMatchObject({ status: "success" });
    expect(JSON.stringify(log)).toContain('"vmstart"');
    expect(await ssh("cat /proc/sys/kernel/random/boot_id")).toBe(boot);
    expect(await own.archives()).toHaveLength(1);
    expect((await own.xo.objects({ type: "VM" })).map(({ id }) => id)).toEqual([own.vm]);
    expect(Number((await own.archives())[0]?.size)).toBeGreaterThan(5_000_000);
  });

  test("a backup that exports nothing, for whichever reason, leaves no archive", async () => {
    const count = async (): Promise<number> => (await own.archives()).length;
    expect(await own.run({ [own.schedule]: { exportRetention: 0 } })).toMatchObject({ status: "success" });
    expect(await count()).toBe(1);
    const places = await own.xo.objects({ type: "VBD", VM: own.vm });
    const disks = await own.xo.objects({ type: "VDI" });
    const marked = disks.filter(({ id }) => places.some(({ VDI }) => VDI === id));
    expect(marked).toHaveLength(3);
    for (const { id, name_label } of marked)
      await own.call("vdi.set", { id, name_label: `${String(name_label)} [NOBAK]` });
    expect(await own.run()).toMatchObject({ status: "skipped" });
    for (const { id, name_label } of marked) await own.call("vdi.set", { id, name_label });
    for (const [as, code] of [
      ["full", "ENOSPC"],
      ["read-only", "EROFS"],
    ]) {
      await own.call("lab.failRemote", { id: own.remote, as });
      const log = await own.run();
      expect(log).toMatchObject({ status: "failure" });
      expect(JSON.stringify(log)).toContain(`"${code}"`);
      await own.call("lab.healRemote", { id: own.remote });
    }
    expect(await count()).toBe(1);
  });

  test("VM and disks are deleted, the backup is restored and boots: everything as it was, byte for byte", async () => {
    await ssh("sudo sh -c 'rm /srv/saved/dump; echo changed >/srv/data/papers; sync'");
    const count = Number(await ssh("tail -n 1 /srv/b"));
    const [archive] = await own.archives();
    await own.call("vm.delete", { id: own.vm });
    expect(own.contents()).toEqual([]);
    const params = { id: archive?.id, sr: own.sr, settings: {} };
    const begun = Date.now();
    const restored = String(await own.call("backupNg.importVmBackup", params));
    progress(`restore ${((Date.now() - begun) / 1000).toFixed(1)} s`);
    expect(own.contents()).toHaveLength(2);
    await own.call("vm.start", { id: restored });
    // Its host key is the old one: ssh takes no other.
    await own.answers();
    await ssh("sudo fsck.ext4 -p /dev/xvdb >/dev/null; sudo mount /dev/xvdb /srv/data");
    expect(lasting(await ssh(sums))).toEqual(lasting(before));
    expect(lasting(before).length).toBeGreaterThan(10);
    const last = Number(await ssh("tail -n 1 /srv/b"));
    expect(last).toBeGreaterThan(20);
    expect(last).toBeLessThan(count);
    // What hides files of the image is content too.
    expect(await ssh("ls -A /etc/skel; test -e /etc/motd || echo gone")).toBe("gone");
    expect(await ssh("sudo systemctl is-system-running --wait || systemctl --failed --no-legend")).toBe(
      "running",
    );
    await own.call("vm.delete", { id: restored });
    expect(own.contents()).toEqual([]);
    expect(existsSync(join(backupLocation(own.base.places), "nfs/vault.example/backups"))).toBe(true);
  });
});

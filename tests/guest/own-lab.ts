import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect } from "vitest";
import { pebbleName } from "../../lab/acme/pebble.ts";
import { createNspawnHypervisor } from "../../lab/hypervisor/nspawn.ts";
import type { GuestSpec } from "../../lab/hypervisor/types.ts";
import { type LabFile, type LabPlaces, labPlaces } from "../../lab/lab-file.ts";
import { labDown } from "../../lab/lifecycle/down.ts";
import { requireRootOnLinux } from "../../lab/lifecycle/requirements.ts";
import { labUp } from "../../lab/lifecycle/up.ts";
import { namespacesOf } from "../../lab/network/ip.ts";
import { farmKeyFile, publicKey } from "../../lab/services/keys.ts";
import { cloudflareName, xoName } from "../../lab/services/simulators.ts";
import { runningProcesses } from "../../lib/processes.ts";
import { run, tryRun } from "../../lib/run.ts";

/** Where a test says how long steps are doing. */
export const progress = (line: string): void => void process.stderr.write(`${line}\n`);
/** Shared storage repository of the guest's disks. */
export const repository = "sr-1";
/** Two simulated hosts. */
export const hosts = [
  { id: "host-1", shortName: "eins" },
  { id: "host-2", shortName: "zwei" },
];
/** Address of the guest. */
export const address = "198.18.10.11";

/** A lab of its own in a folder of its own: network, jump host and agent, without the simulators. */
export async function makeLab(): Promise<{ places: LabPlaces; lab: LabFile; ssh: Ssh }> {
  const places = labPlaces(mkdtempSync(join(tmpdir(), "farm-lab-")));
  const { lab } = await labUp({ progress, places, without: [xoName, cloudflareName, pebbleName] });
  return { places, lab, ssh: makeSsh(places, lab) };
}

type Ssh = (command: string) => Promise<string>;

/** OpenSSH through the jump host. It learns a guest's key at first sight and from then on accepts no other. */
function makeSsh(places: LabPlaces, lab: LabFile): Ssh {
  const file = (name: string): string => join(places.farm, name);
  writeFileSync(file("jump_hosts"), `[${lab.jump.host}]:${lab.jump.port} ${lab.jump.hostKey}\n`);
  writeFileSync(
    file("ssh_config"),
    `Host jump
  HostName ${lab.jump.host}
  Port ${lab.jump.port}
  User ${lab.jump.user}
  UserKnownHostsFile ${file("jump_hosts")}
  StrictHostKeyChecking yes
Host 198.18.*
  User farm
  ProxyJump jump
  UserKnownHostsFile ${file("guests")}
  StrictHostKeyChecking accept-new
Host *
  IdentityAgent ${places.run}/agent.sock
  BatchMode yes
  ConnectTimeout 10
  LogLevel ERROR
`,
  );
  return async (command) =>
    (await run("ssh", ["-F", file("ssh_config"), address, command], { timeout: 60_000 })).trim();
}

/** A web server as the farm makes them. */
export function makeSpec(places: LabPlaces, change: Partial<GuestSpec> = {}): GuestSpec {
  const key = publicKey(farmKeyFile(places));
  return {
    id: "5cbb0d05-3b4c-4c0b-9d5c-000000000001",
    name: "Web von Musterdorf",
    host: "host-1",
    memory: 512 * 2 ** 20,
    cpus: 1,
    disks: [{ id: "disk-1", repository, baseImage: "template-disk", size: 10 * 2 ** 30 }],
    nics: [{ device: "0", mac: "00:16:3e:0a:0b:0c", network: "net-1" }],
    cloudInit: {
      userData: `#cloud-config
users:
  - name: farm
    shell: /bin/bash
    sudo: "ALL=(ALL) NOPASSWD:ALL"
    ssh_authorized_keys: ["${key}"]
`,
      networkConfig: `version: 2
ethernets:
  enX0:
    match: {macaddress: "00:16:3e:0a:0b:0c"}
    set-name: enX0
    addresses: ["${address}/24", "fd00:18:10::11/64"]
    routes: [{to: 0.0.0.0/0, via: 198.18.10.1}]
    nameservers: {addresses: [198.18.0.53]}
`,
      metaData: "instance-id: iid-1\nlocal-hostname: web-musterdorf\n",
    },
    ...change,
  };
}

/** Waits until a check holds; one that throws does not hold yet. */
export async function until(what: string, check: () => Promise<boolean>, seconds = 180): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  let thrown: unknown;
  const holds = (): Promise<boolean> =>
    check().then(
      (held) => {
        thrown = undefined;
        return held;
      },
      (error: unknown) => {
        thrown = error;
        return false;
      },
    );
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`, { cause: thrown });
    await sleep(50);
  }
}

/** Names of all that is stored on the storage repositories of a lab. */
export function storedDisks(places: LabPlaces): string[] {
  return readdirSync(places.disks).flatMap((name) => readdirSync(join(places.disks, name)));
}

/** Everything on the machine that carries the lab's name. */
export async function traces(places: LabPlaces): Promise<string[]> {
  const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n");
  // Groups of other labs go while it looks, and find complains.
  const cgroups = await tryRun("find", ["/sys/fs/cgroup", "-maxdepth", "2", "-name", `${places.namespace}*`]);
  const loops = await run("losetup", ["--list", "--noheadings", "--output", "BACK-FILE"]);
  const commands = runningProcesses()
    .filter(({ pid }) => pid !== process.pid)
    .map(({ words }) => words.join(" "));
  return [
    ...namespacesOf(places.namespace),
    ...mounts.filter((line) => line.includes(places.run) || line.includes(places.farm)),
    ...cgroups.stdout.split("\n").filter(Boolean),
    ...loops.split("\n").filter((line) => line.includes(places.farm)),
    ...commands.filter((line) => line.includes(places.run) || line.includes(`${places.farm}`)),
    ...(existsSync(places.run) ? [places.run] : []),
  ];
}

/**
 * What is left of a lab that was taken down, once no more of it goes. A loop device goes when the last one has gone who
 * began, on this machine, while it was mounted.
 */
export async function lastingTraces(places: LabPlaces): Promise<string[]> {
  const deadline = Date.now() + 60_000;
  let left = await traces(places);
  while (left.length > 0 && Date.now() < deadline) {
    await sleep(250);
    left = await traces(places);
  }
  return left;
}

/** What an address inside the lab says first on port 22, through the lab's proxy; empty when it says nothing. */
export function greet(lab: LabFile, host: string, milliseconds = 5000): Promise<string> {
  const proxy = new URL(lab.proxy);
  return new Promise((resolve) => {
    const socket = connect(Number(proxy.port), proxy.hostname, () =>
      socket.write(`CONNECT ${host}:22 HTTP/1.1\r\nhost: x\r\n\r\n`),
    );
    let text = "";
    const end = (): void => {
      socket.destroy();
      resolve(text.split("\r\n\r\n").slice(1).join(""));
    };
    const timer = setTimeout(end, milliseconds);
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      if (text.includes("SSH-2.0")) {
        clearTimeout(timer);
        end();
      }
    });
    socket.on("error", end);
  });
}

/** A lab of its own with one guest's specification, for a file of tests. */
class OwnLab {
  readonly places: LabPlaces;
  readonly lab: LabFile;
  readonly ssh: Ssh;
  readonly spec: GuestSpec;
  /** Ids of guests that ended by themselves. */
  readonly exited: string[] = [];
  hypervisor: ReturnType<typeof createNspawnHypervisor>;

  constructor({ places, lab, ssh }: { places: LabPlaces; lab: LabFile; ssh: Ssh }) {
    this.places = places;
    this.lab = lab;
    this.ssh = ssh;
    this.spec = makeSpec(places);
    this.hypervisor = createNspawnHypervisor({ places });
  }

  /** Lets go of the hypervisor, as a crash of its process would, and makes a new one on what is there. */
  async renew(): Promise<void> {
    this.hypervisor.close();
    this.hypervisor = createNspawnHypervisor({ places: this.places });
    await this.hypervisor.prepare(hosts, [repository]);
    this.hypervisor.onExit((id) => this.exited.push(id));
  }

  /** Waits until the guest's agent answers. */
  ready(): Promise<void> {
    return until("its agent answers", async () => (await this.hypervisor.facts(this.spec.id)).agent);
  }

  /** Differs from boot to boot. */
  bootId(): Promise<string> {
    return this.ssh("cat /proc/sys/kernel/random/boot_id");
  }
}

/** Brings up a lab for the tests of a file, and sees to it that nothing of it is left afterwards. */
export function useOwnLab(): () => OwnLab {
  let own: OwnLab | undefined;
  beforeAll(async () => {
    requireRootOnLinux();
    own = new OwnLab(await makeLab());
    await own.renew();
  });
  afterAll(async () => {
    if (!own) return;
    own.hypervisor.close();
    await labDown({ progress, places: own.places });
    const left = await lastingTraces(own.places);
    rmSync(own.places.farm, { recursive: true, force: true });
    expect(left).toEqual([]);
  });
  return () => {
    if (!own) throw new Error("the lab is made before the first test");
    return own;
  };
}

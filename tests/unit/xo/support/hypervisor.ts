import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type {
  DiskCopy,
  DiskExport,
  GuestFacts,
  GuestSpec,
  GuestState,
  HostSpec,
  Hypervisor,
} from "../../../../lab/hypervisor/types.ts";

interface Guest {
  spec: GuestSpec;
  state: GuestState;
  bootedAt: number;
}

/** Guests that exist in memory only: enough to see what the simulator asks of a hypervisor. */
export class MemoryHypervisor implements Hypervisor {
  readonly guests = new Map<string, Guest>();
  readonly deletedDisks: string[] = [];
  /** What tests have written to disks, and copies of it. */
  readonly contents = new Map<string, string>();
  readonly asked: string[] = [];
  private readonly listeners: ((id: string) => void)[] = [];
  private readonly agentAfter: number;
  /** A sentence with which the next start is refused. */
  refuseStart: string | undefined;
  /** Sentences with which migrations of guests are refused. */
  readonly refuseMigration = new Map<string, string>();
  /** Storage repositories whose I/O stands still. */
  readonly stalled = new Set<string>();
  /** Called before each disk is copied; a rejection is the copy's failure. */
  beforeCopy: ((to: string) => Promise<void>) | undefined;
  /** Called before disks are read for a backup. */
  beforeExport: (() => Promise<void>) | undefined;

  /** @param agentAfter milliseconds from the start to the agent's first answer. */
  constructor(agentAfter = 20) {
    this.agentAfter = agentAfter;
  }

  async prepare(): Promise<void> {
    this.asked.push("prepare");
  }

  async extend(hosts: readonly HostSpec[], repositories: readonly string[]): Promise<void> {
    this.asked.push(`extend ${hosts.map(({ shortName }) => shortName).join(",")}; ${repositories.length}`);
  }

  async start(spec: GuestSpec): Promise<void> {
    this.asked.push(`start ${spec.id}`);
    await sleep(2);
    if (this.refuseStart !== undefined) {
      const why = this.refuseStart;
      this.refuseStart = undefined;
      throw new Error(why);
    }
    this.guests.set(spec.id, { spec, state: "Running", bootedAt: Date.now() });
  }

  async stop(id: string, mode: "clean" | "hard"): Promise<void> {
    this.asked.push(`stop ${mode} ${id}`);
    if (!this.guests.delete(id)) throw new Error(`no guest ${id}`);
  }

  async reboot(spec: GuestSpec, mode: "clean" | "hard"): Promise<void> {
    this.asked.push(`reboot ${mode} ${spec.id}`);
    this.guests.set(spec.id, { spec, state: "Running", bootedAt: Date.now() });
  }

  async freeze(id: string, as: "Suspended" | "Paused"): Promise<void> {
    this.guest(id).state = as;
  }

  async thaw(id: string): Promise<void> {
    this.guest(id).state = "Running";
  }

  async migrate(id: string, toHost: string): Promise<number> {
    this.asked.push(`migrate ${id}`);
    const why = this.refuseMigration.get(id);
    if (why !== undefined) throw new Error(why);
    const guest = this.guest(id);
    guest.spec = { ...guest.spec, host: toHost };
    return 120;
  }

  async setLink(id: string, device: string, up: boolean): Promise<void> {
    this.asked.push(`link ${id} ${device} ${up}`);
  }

  async copyDisks(copies: readonly DiskCopy[]): Promise<number> {
    const running = [...this.guests.values()].some(
      ({ spec, state }) =>
        state === "Running" && spec.disks.some((disk) => copies.some(({ from }) => from === disk.id)),
    );
    for (const { from, to } of copies) {
      await this.beforeCopy?.(to);
      this.contents.set(to, this.contents.get(from) ?? "");
    }
    return running ? 250 : 0;
  }

  async exportDisks(exports: readonly DiskExport[]): Promise<number> {
    await this.beforeExport?.();
    for (const { disk, folder } of exports) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "content"), this.contents.get(disk) ?? "");
    }
    return 0;
  }

  async importDisk(folder: string, disk: { readonly id: string }): Promise<void> {
    this.contents.set(disk.id, readFileSync(join(folder, "content"), "utf8"));
  }

  async deleteDisk(disk: string): Promise<void> {
    this.contents.delete(disk);
    this.deletedDisks.push(disk);
  }

  async states(): Promise<ReadonlyMap<string, GuestState>> {
    return new Map([...this.guests].map(([id, { state }]) => [id, state]));
  }

  async facts(id: string): Promise<GuestFacts> {
    const { spec, bootedAt } = this.guest(id);
    if (Date.now() - bootedAt < this.agentAfter) return { agent: false, addresses: {} };
    const addresses = spec.nics.flatMap(({ device }) => [
      [`${device}/ipv4/0`, `198.18.10.${11 + Number(device)}`],
      [`${device}/ipv6/0`, `2001:2::${11 + Number(device)}`],
    ]);
    return { agent: true, addresses: Object.fromEntries(addresses) };
  }

  onExit(listener: (id: string) => void): void {
    this.listeners.push(listener);
  }

  async stallRepository(repository: string): Promise<void> {
    this.asked.push(`stall ${repository}`);
    this.stalled.add(repository);
  }

  async releaseRepository(repository: string): Promise<void> {
    this.asked.push(`release ${repository}`);
    this.stalled.delete(repository);
  }

  async interruptRepository(repository: string, milliseconds: number): Promise<number> {
    this.asked.push(`interrupt ${repository} ${milliseconds}`);
    return milliseconds;
  }

  async setUplink(host: string, up: boolean): Promise<void> {
    this.asked.push(`uplink ${host} ${up}`);
  }

  async setCables(id: string, up: boolean): Promise<void> {
    this.asked.push(`cables ${id} ${up}`);
  }

  async crash(id: string): Promise<void> {
    this.exit(id);
  }

  /** The guest powers itself off. */
  exit(id: string): void {
    this.guests.delete(id);
    for (const listener of this.listeners) listener(id);
  }

  private guest(id: string): Guest {
    const guest = this.guests.get(id);
    if (!guest) throw new Error(`no guest ${id}`);
    return guest;
  }
}

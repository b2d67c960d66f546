import { setTimeout as sleep } from "node:timers/promises";
import type {
  DiskCopy,
  GuestFacts,
  GuestSpec,
  GuestState,
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
  /** Called before each disk is copied; a rejection is the copy's failure. */
  beforeCopy: ((to: string) => Promise<void>) | undefined;

  /** @param agentAfter milliseconds from the start to the agent's first answer. */
  constructor(agentAfter = 20) {
    this.agentAfter = agentAfter;
  }

  async prepare(): Promise<void> {
    this.asked.push("prepare");
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

  async migrate(id: string, toHost: string): Promise<void> {
    const guest = this.guest(id);
    guest.spec = { ...guest.spec, host: toHost };
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

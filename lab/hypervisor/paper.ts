import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import { noFacts } from "./inspect.ts";
import type {
  DiskCopy,
  DiskExport,
  GuestFacts,
  GuestNic,
  GuestSpec,
  GuestState,
  HostSpec,
  Hypervisor,
  NewDisk,
} from "./types.ts";

/** Options of the hypervisor that runs nothing. */
export interface PaperOptions {
  /** Milliseconds from a start until the agent "answers". @default 50 */
  readonly agentDelay?: number;
  /** Where guests are remembered across processes. @default - nowhere, they end with this object */
  readonly stateFile?: string;
}

interface PaperGuest {
  readonly spec: GuestSpec;
  readonly state: Exclude<GuestState, "Halted">;
  /** Milliseconds since the epoch. */
  readonly started: number;
}

/** Guests on paper: states and the addresses that their cloud-init asks for, nothing boots. For tests and figures. */
class PaperHypervisor implements Hypervisor {
  readonly #agentDelay: number;
  readonly #stateFile: string | undefined;
  readonly #guests: Map<string, PaperGuest>;
  readonly #listeners: ((id: string) => void)[] = [];
  readonly #unplugged = new Set<string>();
  readonly #stalled = new Set<string>();

  constructor(options: PaperOptions = {}) {
    this.#agentDelay = options.agentDelay ?? 50;
    this.#stateFile = options.stateFile;
    const saved =
      this.#stateFile !== undefined && existsSync(this.#stateFile)
        ? (JSON.parse(readFileSync(this.#stateFile, "utf8")) as PaperGuest[])
        : [];
    this.#guests = new Map(saved.map((guest) => [guest.spec.id, guest]));
  }

  async prepare(_hosts: readonly HostSpec[]): Promise<void> {}

  async extend(): Promise<void> {}

  async start(spec: GuestSpec): Promise<void> {
    if (this.#guests.has(spec.id)) throw new Error(`${spec.name} already runs`);
    if (spec.disks.length === 0) throw new Error(`${spec.name} cannot start: it has no disk`);
    if (spec.disks.some(({ repository }) => this.#stalled.has(repository))) {
      throw new Error(`${spec.name} cannot start: its storage does not answer`);
    }
    this.#put({ spec, state: "Running", started: Date.now() });
  }

  async stop(id: string, _mode: "clean" | "hard"): Promise<void> {
    this.#known(id);
    this.#guests.delete(id);
    this.#save();
  }

  async reboot(spec: GuestSpec, mode: "clean" | "hard"): Promise<void> {
    await this.stop(spec.id, mode);
    await this.start(spec);
  }

  async freeze(id: string, as: "Suspended" | "Paused"): Promise<void> {
    this.#put({ ...this.#running(id), state: as });
  }

  async thaw(id: string): Promise<void> {
    this.#put({ ...this.#known(id), state: "Running" });
  }

  async migrate(id: string, toHost: string): Promise<number> {
    const guest = this.#running(id);
    this.#put({ ...guest, spec: { ...guest.spec, host: toHost } });
    return 0;
  }

  async setLink(id: string, device: string, up: boolean, nic?: GuestNic): Promise<void> {
    const guest = this.#running(id);
    const others = guest.spec.nics.filter((each) => each.device !== device);
    const card = nic ?? guest.spec.nics.find((each) => each.device === device);
    if (!card) throw new Error(`${guest.spec.name} has no network card ${device}`);
    if (up) this.#unplugged.delete(`${id} ${device}`);
    else this.#unplugged.add(`${id} ${device}`);
    this.#put({ ...guest, spec: { ...guest.spec, nics: [...others, card] } });
  }

  /** Nothing is written on paper disks, so there is nothing to be copied and nothing to wait for. */
  async copyDisks(copies: readonly DiskCopy[]): Promise<number> {
    for (const { to } of copies) this.#requireUnused(to);
    return 0;
  }

  /** A paper disk's content is its id, so that an archive holds something that can be told apart. */
  async exportDisks(exports: readonly DiskExport[]): Promise<number> {
    for (const { disk, folder } of exports) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "paper.txt"), `${disk}\n`);
    }
    return 0;
  }

  async importDisk(folder: string, { id }: NewDisk): Promise<void> {
    this.#requireUnused(id);
    if (!existsSync(join(folder, "paper.txt"))) throw new Error(`${folder} holds no disk`);
  }

  async deleteDisk(disk: string): Promise<void> {
    this.#requireUnused(disk);
  }

  async states(): Promise<ReadonlyMap<string, GuestState>> {
    return new Map([...this.#guests].map(([id, guest]) => [id, guest.state]));
  }

  async facts(id: string): Promise<GuestFacts> {
    const guest = this.#guests.get(id);
    if (guest?.state !== "Running" || Date.now() - guest.started < this.#agentDelay) return noFacts;
    const found = Object.entries(configuredAddresses(guest.spec));
    const plugged = found.filter(([key]) => !this.#unplugged.has(`${id} ${key.split("/")[0]}`));
    return { agent: true, addresses: Object.fromEntries(plugged) };
  }

  onExit(listener: (id: string) => void): void {
    this.#listeners.push(listener);
  }

  async stallRepository(repository: string): Promise<void> {
    this.#stalled.add(repository);
  }

  async releaseRepository(repository: string): Promise<void> {
    this.#stalled.delete(repository);
  }

  async interruptRepository(_repository: string, milliseconds: number): Promise<number> {
    await sleep(milliseconds);
    return milliseconds;
  }

  /** There is no network on paper. */
  async setUplink(_host: string, _up: boolean): Promise<void> {}

  async setCables(id: string, _up: boolean): Promise<void> {
    this.#running(id);
  }

  async crash(id: string): Promise<void> {
    await this.stop(id, "hard");
    await sleep(0);
    for (const listener of this.#listeners) listener(id);
  }

  #requireUnused(disk: string): void {
    const user = [...this.#guests.values()].find((guest) =>
      guest.spec.disks.some((each) => each.id === disk),
    );
    if (user) throw new Error(`disk ${disk} is in use by ${user.spec.name}`);
  }

  #known(id: string): PaperGuest {
    const guest = this.#guests.get(id);
    if (!guest) throw new Error(`no guest ${id} runs`);
    return guest;
  }

  #running(id: string): PaperGuest {
    const guest = this.#known(id);
    if (guest.state !== "Running") throw new Error(`${guest.spec.name} is ${guest.state.toLowerCase()}`);
    return guest;
  }

  #put(guest: PaperGuest): void {
    this.#guests.set(guest.spec.id, guest);
    this.#save();
  }

  #save(): void {
    if (this.#stateFile !== undefined)
      writeFileAtomic(this.#stateFile, JSON.stringify([...this.#guests.values()]), 0o600);
  }
}

/**
 * The addresses in a network configuration (version 2), in XO's notation. Reads what cloud-init drives of servers
 * hold, not all of YAML: a card's part begins with its name or its MAC address; an address is one with a prefix
 * length that does not belong to a route.
 */
export function configuredAddresses(spec: Pick<GuestSpec, "nics" | "cloudInit">): Record<string, string> {
  const found: Record<string, string> = {};
  const counts = new Map<string, number>();
  let device = spec.nics[0]?.device ?? "0";
  const text = (spec.cloudInit?.networkConfig ?? "").replaceAll(
    /\b(?:to|via|gateway[46])"?:\s*[^\s,}\]]+/g,
    "",
  );
  for (const [token, address] of text.matchAll(
    /\benX\d+\b|\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b|([0-9a-f.:]+)\/\d{1,3}\b/gi,
  )) {
    if (address === undefined) {
      const nic = spec.nics.find((each) => token === `enX${each.device}` || token.toLowerCase() === each.mac);
      device = nic?.device ?? device;
      continue;
    }
    const family = `${device}/${address.includes(":") ? "ipv6" : "ipv4"}`;
    const index = counts.get(family) ?? 0;
    counts.set(family, index + 1);
    found[`${family}/${index}`] = address;
  }
  return found;
}

/** Makes the hypervisor that runs nothing. */
export function createPaperHypervisor(options: PaperOptions = {}): Hypervisor {
  return new PaperHypervisor(options);
}

import { mkdirSync } from "node:fs";
import { messageOf } from "../../lib/farm-error.ts";
import { type LabPlaces, labPlaces } from "../lab-file.ts";
import { guestNamespace } from "../network/names.ts";
import { ensureHostBridges } from "../network/network.ts";
import { launch } from "./boot.ts";
import { removeHalves } from "./disks.ts";
import {
  askToPowerOff,
  cgroupsOf,
  cut,
  lives,
  removeStrays,
  repositoriesOf,
  settle,
  waitForInit,
} from "./guest-run.ts";
import { findInit, noFacts, readFacts } from "./inspect.ts";
import { flood, isolate, plugIn, plugOut } from "./nics.ts";
import { NspawnDisks } from "./nspawn-disks.ts";
import { type GuestRecord, loadGuests, saveGuest } from "./record.ts";
import { mountRepositories } from "./repositories.ts";
import { isStalled } from "./stall.ts";
import type { GuestFacts, GuestNic, GuestSpec, GuestState, HostSpec, Hypervisor } from "./types.ts";

const cleanStopMilliseconds = 60_000;
const watchMilliseconds = 250;

/** Options of the hypervisor. */
export interface NspawnOptions {
  /** @default - the lab of this checkout */
  readonly places?: LabPlaces;
  /** Milliseconds that init gets for a clean stop. @default 60000 */
  readonly cleanStop?: number;
}

/**
 * Guests as containers of systemd-nspawn that boot the lab's image. The number of processors is not enforced;
 * the memory is where the machine hands that controller out.
 */
class NspawnHypervisor extends NspawnDisks implements Hypervisor {
  readonly #cleanStop: number;
  readonly #listeners: ((id: string) => void)[] = [];
  /** Guests whose end was asked for here. */
  readonly #ending = new Set<string>();
  #watch: NodeJS.Timeout | undefined;

  constructor(options: NspawnOptions = {}) {
    super(options.places ?? labPlaces());
    this.#cleanStop = options.cleanStop ?? cleanStopMilliseconds;
  }

  async prepare(hosts: readonly HostSpec[], repositories: readonly string[] = []): Promise<void> {
    for (const folder of [this.places.disks, this.places.log]) mkdirSync(folder, { recursive: true });
    await this.extend(hosts, repositories);
    await removeHalves(this.places);
    for (const record of loadGuests(this.places)) {
      if (this.guests.has(record.spec.id)) continue;
      this.guests.set(record.spec.id, record);
      if (!lives(record)) await this.#cut(record);
      // A move, a suspend or a copy of disks that a crash cut short is finished or undone: the record decides.
      else if (record.state === "Running") await settle(this.places, record);
    }
    await removeStrays(this.places, this.guests.keys());
    this.#watch ??= setInterval(() => void this.#look().catch(report), watchMilliseconds).unref();
  }

  async extend(hosts: readonly HostSpec[], repositories: readonly string[]): Promise<void> {
    await mountRepositories(this.places, repositories);
    for (const host of hosts) this.hosts.set(host.id, host.shortName);
    await ensureHostBridges(this.places.namespace, hosts);
  }

  /** Lets go of this object; the guests run on. */
  close(): void {
    clearInterval(this.#watch);
    this.#watch = undefined;
  }

  start(spec: GuestSpec): Promise<void> {
    return this.inTurn(spec.id, async () => {
      if (this.guests.has(spec.id)) throw new Error(`${spec.name} already runs`);
      const shortHost = this.shortHost(spec.host);
      const lost = repositoriesOf({ spec }).find((repository) => isStalled(this.places, repository));
      if (lost !== undefined) throw new Error(`${spec.name} cannot start: its storage does not answer`);
      const busy = [...this.guests.values()].find((other) => shares(other.spec, spec));
      if (busy) throw new Error(`${spec.name} cannot start: a disk of it is in use by ${busy.spec.name}`);
      const starting: GuestRecord = {
        spec,
        state: "Running",
        bornOn: shortHost,
        shortHost,
        process: undefined,
      };
      // Before anything is made: what a crash leaves from here on is found by the next prepare().
      saveGuest(this.places, starting);
      try {
        const cgroups = cgroupsOf(this.places, starting);
        cgroups.create(spec.memory);
        const record = { ...starting, process: await launch(this.places, spec, shortHost, cgroups.folders) };
        saveGuest(this.places, record);
        await waitForInit(this.places, record);
        this.guests.set(spec.id, record);
      } catch (error) {
        await this.#cut(starting);
        throw new Error(`${spec.name} cannot start: ${messageOf(error)}`, { cause: error });
      }
    });
  }

  async stop(id: string, mode: "clean" | "hard"): Promise<void> {
    const record = this.known(id);
    this.#ending.add(id);
    try {
      // Not in turn: a power cut must not wait for a clean stop that does not come to an end.
      if (mode === "clean") await askToPowerOff(this.places, record, this.#cleanStop);
      await this.inTurn(id, async () => {
        const latest = this.guests.get(id);
        // Meanwhile somebody else may have cut its power and started it anew.
        if (latest?.process?.startTime === record.process?.startTime && latest) await this.#cut(latest);
      });
    } finally {
      this.#ending.delete(id);
    }
  }

  async reboot(spec: GuestSpec, mode: "clean" | "hard"): Promise<void> {
    await this.stop(spec.id, mode);
    await this.start(spec);
  }

  freeze(id: string, as: "Suspended" | "Paused"): Promise<void> {
    return this.inTurn(id, async () => {
      const record = this.running(id);
      await cgroupsOf(this.places, record).freeze();
      await isolate(this.places, id, record.spec.nics);
      this.keep({ ...record, state: as });
    });
  }

  thaw(id: string): Promise<void> {
    return this.inTurn(id, async () => {
      const record: GuestRecord = { ...this.known(id), state: "Running" };
      await settle(this.places, record);
      this.keep(record);
    });
  }

  migrate(id: string, toHost: string): Promise<number> {
    return this.inTurn(id, async () => {
      const record = this.running(id);
      const shortHost = this.shortHost(toHost);
      const moved = { ...record, spec: { ...record.spec, host: toHost }, shortHost };
      await flood(this.places, record.spec.nics);
      const started = performance.now();
      try {
        await cgroupsOf(this.places, record).freeze();
        this.keep(moved);
        await settle(this.places, moved);
      } catch (error) {
        this.keep(record);
        await settle(this.places, record);
        throw error;
      }
      return performance.now() - started;
    });
  }

  setLink(id: string, device: string, up: boolean, nic?: GuestNic): Promise<void> {
    return this.inTurn(id, async () => {
      const record = this.running(id);
      const others = record.spec.nics.filter((each) => each.device !== device);
      const card = nic ?? record.spec.nics.find((each) => each.device === device);
      if (!card) throw new Error(`${record.spec.name} has no network card ${device}`);
      if (up) await plugIn(this.places, id, card, record.shortHost);
      else await plugOut(this.places, id, device);
      this.keep({ ...record, spec: { ...record.spec, nics: [...others, card] } });
    });
  }

  async states(): Promise<ReadonlyMap<string, GuestState>> {
    const alive = [...this.guests.values()].filter((record) => lives(record));
    return new Map(alive.map((record) => [record.spec.id, record.state]));
  }

  async facts(id: string): Promise<GuestFacts> {
    const record = this.guests.get(id);
    if (record?.state !== "Running") return noFacts;
    const init = findInit(cgroupsOf(this.places, record).processes());
    return init === undefined ? noFacts : readFacts(init, guestNamespace(this.places.namespace, id));
  }

  onExit(listener: (id: string) => void): void {
    this.#listeners.push(listener);
  }

  /** A power cut; the guest is not known afterwards. */
  async #cut(record: GuestRecord): Promise<void> {
    await cut(this.places, record);
    this.guests.delete(record.spec.id);
  }

  /** Sees guests that ended without being asked to. */
  async #look(): Promise<void> {
    for (const record of this.guests.values()) {
      const id = record.spec.id;
      if (lives(record) || this.#ending.has(id)) continue;
      this.#ending.add(id);
      await this.inTurn(id, () => this.#cut(record)).finally(() => this.#ending.delete(id));
      for (const listener of this.#listeners) listener(id);
    }
  }
}

function shares(one: GuestSpec, other: GuestSpec): boolean {
  const ids = new Set(one.disks.map((disk) => disk.id));
  return other.disks.some((disk) => ids.has(disk.id));
}

function report(error: unknown): void {
  process.stderr.write(
    `${JSON.stringify({ level: "error", message: `a guest that ended: ${messageOf(error)}` })}\n`,
  );
}

/** Makes the hypervisor that boots guests. */
export function createNspawnHypervisor(options: NspawnOptions = {}): Hypervisor & { close(): void } {
  return new NspawnHypervisor(options);
}

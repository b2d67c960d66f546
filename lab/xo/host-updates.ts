import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../../lib/farm-error.ts";
import type { Json } from "../json.ts";
import { log } from "./log.ts";
import type { MachineParts } from "./machines.ts";
import type { HostRecord } from "./records.ts";
import { put, putObject, remove } from "./store.ts";

/** An update as XCP-ng's package manager lists it, and XO after it. */
export interface HostPatch {
  readonly name: string;
  readonly version: string;
  readonly release: string;
  readonly description: string;
}

/** XCP-ng's own mark on a host: when updates were installed, in seconds since 1970. */
const installedAt = "rpm_patch_installation_time";
const offered = "host patches";
const installedOn = (host: string): string => `host patches on ${host}`;
const rebooting = (host: string): string => `reboot of ${host}`;

/** Whether what was installed waits for a restart: it is younger than the host's start. */
export function rebootRequired({ otherConfig, startTime }: HostRecord): boolean {
  return Number(otherConfig[installedAt] ?? 0) > startTime;
}

/** Updates of the hosts, and restarts that are meant. */
export class HostUpdates {
  private readonly parts: MachineParts;
  private readonly downFor: number;

  /** @param downFor milliseconds that a host takes for a restart. */
  constructor(parts: MachineParts, downFor: number) {
    this.parts = parts;
    this.downFor = downFor;
  }

  /** Publishes updates; hosts that have one of this name, version and release do not lack it. */
  async offer(patches: readonly HostPatch[]): Promise<void> {
    await this.parts.store.commit([put("settings", { id: offered, value: patches as unknown as Json })]);
  }

  /** The updates that a host lacks. */
  missing(host: string): readonly HostPatch[] {
    const has = new Set(this.read<string>(installedOn(host)));
    return this.read<HostPatch>(offered).filter((patch) => !has.has(key(patch)));
  }

  /** Installs everything that a host lacks. */
  async install(host: HostRecord): Promise<void> {
    const value = this.read<HostPatch>(offered).map(key);
    const otherConfig = { ...host.otherConfig, [installedAt]: String(Date.now() / 1000) };
    await this.parts.store.commit([
      put("settings", { id: installedOn(host.id), value }),
      putObject({ ...host, otherConfig }),
    ]);
    this.parts.events.add(`${host.name_label}: ${value.length} updates installed`, host);
  }

  /** Restarts a host that no VM is left on. Ends when it goes down; it comes back by itself, enabled. */
  async reboot(host: HostRecord): Promise<void> {
    await this.parts.store.commit([
      put("settings", { id: rebooting(host.id), value: true }),
      putObject({ ...host, enabled: false, live: false, failure: { at: Date.now(), noticed: true } }),
    ]);
    this.parts.events.add(`${host.name_label} restarts`, host);
    this.comeBack(host.id).catch((error: unknown) =>
      log("error", "a host could not come back", { host: host.id, why: messageOf(error) }),
    );
  }

  /** Hosts that were restarting when this process ended have long come back. */
  async finish(): Promise<void> {
    const hosts = this.parts.relations().all("host");
    for (const { id } of hosts) if (this.read(rebooting(id), true).length > 0) await this.arrive(id);
  }

  private async comeBack(id: string): Promise<void> {
    await sleep(this.downFor, undefined, { ref: false });
    // A host that somebody let die or brought back meanwhile is none of a restart's business.
    if (this.read(rebooting(id), true).length > 0) await this.arrive(id);
  }

  private async arrive(id: string): Promise<void> {
    const host = this.parts.relations().get("host", id);
    if (host === undefined) return;
    // Rounded up: what was installed before is older than this start.
    const startTime = Math.ceil(Date.now() / 1000);
    await this.parts.store.commit([
      remove("settings", rebooting(id)),
      putObject({ ...host, enabled: true, live: true, failure: undefined, startTime }),
    ]);
    this.parts.events.add(`${host.name_label} is back`, host);
  }

  private read<T>(id: string, single = false): readonly T[] {
    const value = this.parts.store.table("settings").get(id)?.value;
    if (value === undefined) return [];
    return single ? [value as T] : (value as unknown as readonly T[]);
  }
}

function key({ name, version, release }: HostPatch): string {
  return `${name}-${version}-${release}`;
}

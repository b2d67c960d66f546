import { FarmError } from "../lib/farm-error.ts";
import { footprint } from "../model/capacity.ts";
import type { DrainHost, DrainVm } from "../model/drain-plan.ts";
import { didYouMean } from "../model/suggest.ts";
import type { XoClient } from "../providers/xenops/xo-client.ts";

/** An object as XO shows it. */
export type XoObject = Record<string, unknown>;

/** A host as XO shows it now. */
export interface HostNow extends DrainHost {
  /** Bytes in all. */
  readonly memory: number;
  /** Bytes that its control domain takes. */
  readonly controlDomain: number;
  readonly enabled: boolean;
  /** Whether its agent reports: XO shows its power state as Running. */
  readonly alive: boolean;
  readonly master: boolean;
  /** Whether installed patches wait for a restart. */
  readonly rebootRequired: boolean;
  /** Seconds since 1970 of its last start. */
  readonly startTime: number;
  /** "XCP-ng" or "XenServer". */
  readonly brand: string;
}

/** A VM that holds memory of a host. */
export interface VmNow extends DrainVm {
  /** Bytes that it was given; `memory` is what it takes from its host, which is a little more. */
  readonly given: number;
  readonly cpus: number;
  readonly tags: readonly string[];
  /** Operations under way, as XAPI names them. */
  readonly operations: readonly string[];
  /** Why its migration is blocked, in the words of whoever blocked it. @default - it is not */
  readonly blocked?: string;
  /** Whether HA restarts it: its restart priority is `restart`. */
  readonly protected: boolean;
}

/** A pool at one moment. */
export interface PoolNow {
  readonly id: string;
  readonly name: string;
  readonly haEnabled: boolean;
  /** Ids of the repositories with HA's state files. */
  readonly haRepositories: readonly string[];
  /** The master first, then by name. */
  readonly hosts: readonly HostNow[];
  readonly vms: readonly VmNow[];
}

/** Reads a pool by its id. @throws FarmError when XO does not show it */
export async function readPool(xo: XoClient, id: string): Promise<PoolNow> {
  const [pools, hosts, vms, domains] = await Promise.all(
    ["pool", "host", "VM", "VM-controller"].map((type) => xo.objects({ type, $pool: id })),
  );
  const [pool] = pools ?? [];
  if (pool === undefined) {
    throw new FarmError({
      what: "Xen Orchestra does not show the pool",
      where: id,
      next: "check its connection to the pool's master (XO: Settings, Servers)",
    });
  }
  const master = String(pool["master"]);
  const controlDomains = new Map((domains ?? []).map((vm) => [String(vm["$container"]), sizeOf(vm)]));
  return {
    id,
    name: String(pool["name_label"]),
    haEnabled: pool["HA_enabled"] === true,
    haRepositories: words(pool["haSrs"]),
    hosts: (hosts ?? []).map((host) => hostNow(host, master, controlDomains)).sort(byRank),
    vms: (vms ?? []).filter(holdsMemory).map(vmNow),
  };
}

/** The pool that a host is in, by the host's name label. @throws FarmError that lists the hosts there are */
export async function findHostPool(
  xo: XoClient,
  name: string,
): Promise<{ readonly pool: PoolNow; readonly host: HostNow }> {
  const hosts = await xo.objects({ type: "host" });
  const found = hosts.filter((host) => host["name_label"] === name);
  const [only] = found;
  if (only === undefined || found.length > 1) {
    const names = hosts.map((host) => String(host["name_label"])).sort();
    throw new FarmError({
      what: found.length > 1 ? `${found.length} hosts are called ${name}` : `There is no host ${name}`,
      where: `hosts in Xen Orchestra: ${names.join(", ") || "none"}`,
      next: found.length > 1 ? "rename one of them" : (didYouMean(name, names) ?? "name one of these"),
    });
  }
  const pool = await readPool(xo, String(only["$pool"] ?? only["$poolId"]));
  return { pool, host: findHost(pool, name) };
}

/** A host of a pool by its name label. @throws FarmError that lists the pool's hosts */
export function findHost(pool: PoolNow, name: string): HostNow {
  const host = pool.hosts.find((each) => each.name === name);
  if (host !== undefined) return host;
  throw new FarmError({
    what: `The pool ${pool.name} has no host ${name}`,
    where: `its hosts: ${pool.hosts.map((each) => each.name).join(", ") || "none"}`,
  });
}

function byRank(a: HostNow, b: HostNow): number {
  return Number(b.master) - Number(a.master) || (a.name < b.name ? -1 : 1);
}

function hostNow(host: XoObject, master: string, controlDomains: ReadonlyMap<string, number>): HostNow {
  const memory = host["memory"] as { size?: number; usage?: number } | undefined;
  const [size, usage] = [memory?.size ?? 0, memory?.usage ?? 0];
  const enabled = host["enabled"] !== false;
  const alive = host["power_state"] === "Running";
  return {
    id: String(host["id"]),
    name: String(host["name_label"]),
    memory: size,
    controlDomain: controlDomains.get(String(host["id"])) ?? 0,
    free: size - usage,
    enabled,
    alive,
    takes: enabled && alive,
    master: host["id"] === master,
    rebootRequired: host["rebootRequired"] === true,
    startTime: Number(host["startTime"] ?? 0),
    brand: String(host["productBrand"] ?? ""),
  };
}

/** A halted or suspended VM needs no host. */
function holdsMemory(vm: XoObject): boolean {
  return vm["power_state"] === "Running" || vm["power_state"] === "Paused";
}

function vmNow(vm: XoObject): VmNow {
  const given = sizeOf(vm);
  const cpus = Number((vm["CPUs"] as { number?: number } | undefined)?.number ?? 0);
  const affinity = vm["affinityHost"];
  const blocked = (vm["blockedOperations"] ?? {}) as Record<string, unknown>;
  const why = blocked["pool_migrate"] ?? blocked["migrate_send"];
  const fixed = reasonToStay(vm, why);
  return {
    id: String(vm["id"]),
    name: String(vm["name_label"]),
    given,
    cpus,
    memory: footprint({ memory: given, cpus }),
    host: String(vm["$container"]),
    tags: words(vm["tags"]),
    operations: Object.values((vm["current_operations"] ?? {}) as Record<string, unknown>).map(String),
    protected: vm["high_availability"] === "restart",
    ...(typeof affinity === "string" && { affinityHost: affinity }),
    ...(why !== undefined && { blocked: String(why) }),
    ...(fixed !== undefined && { fixed }),
  };
}

function reasonToStay(vm: XoObject, blocked: unknown): string | undefined {
  if (vm["power_state"] === "Paused") return "it is paused: let it go on, or shut it down";
  if (blocked !== undefined) return `its migration is blocked: ${String(blocked)}`;
  if (vm["pvDriversDetected"] === false)
    return "its guest drivers do not answer: start the guest tools in it, or shut it down";
  return undefined;
}

/** Bytes that a VM may have at most while it runs. */
function sizeOf(vm: XoObject): number {
  const dynamic = (vm["memory"] as { dynamic?: readonly number[] } | undefined)?.dynamic;
  return Number(dynamic?.[1] ?? 0);
}

function words(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

import { byNumber, contains, hostAddresses, type Ipv4 } from "./address.ts";
import type { Farm } from "./farm.ts";
import type { MonitoringSettings } from "./monitoring/settings.ts";
import type { PoolSettings } from "./pool-settings.ts";
import type { Tenant } from "./tenant.ts";
import type { Kind } from "./tenant-input.ts";
import { slugify } from "./text.ts";

/** A pool and the room that is left in it. */
export interface PoolRoom {
  /** Key in the settings. */
  readonly pool: string;
  /** Bytes of memory for further VMs; by the files alone the memory that is taken, as a negative number. */
  readonly room: number;
  /** Where the figure comes from. */
  readonly source: "Xen Orchestra" | "the tenant files";
}

/** Kinds by the words that names begin with, longer words first. */
const kindWords: readonly (readonly [RegExp, Kind])[] = [
  [/verbandsgemeinde/i, "verbandsgemeinde"],
  [/samtgemeinde/i, "samtgemeinde"],
  [/verwaltungsgemeinschaft|verwaltungsverband/i, "verwaltungsgemeinschaft"],
  [/zweckverband/i, "zweckverband"],
  [/landkreis|^kreis\b/i, "landkreis"],
  [/\bbezirk/i, "bezirk"],
  [/^amt\b/i, "amt"],
  [/stadt\b/i, "stadt"],
  [/gemeinde|^markt\b|flecken/i, "gemeinde"],
];

/** The kind that a name speaks of. */
export function proposeKind(name: string): Kind | undefined {
  return kindWords.find(([words]) => words.test(name))?.[1];
}

/** The id that a name suggests, free among those that there are: "Stadt Hohenbrück" → "hohenbrueck". */
export function proposeId(name: string, taken: readonly string[]): string | undefined {
  const short = slugify(name.replace(/^(stadt|hansestadt|gemeinde|markt)\s+/i, ""));
  const long = slugify(name);
  return [short, long].find((id) => id !== undefined && !taken.includes(id));
}

/** The host name that a kind of administration has as a rule, in the zone of ours that the id speaks of. */
export function proposeDomain(
  { id, kind }: { readonly id: string; readonly kind: string },
  zones: readonly string[],
): string | undefined {
  const label =
    { landkreis: "kreistagsinfo", amt: "gremieninfo", zweckverband: "gremieninfo" }[kind] ?? "ratsinfo";
  const zone = zones.find((candidate) => candidate.split(".")[0] === id);
  return zone === undefined ? undefined : `${label}.${zone}`;
}

/** The pages of a domain's owner by their usual address: "imprint" of ratsinfo.town.de → https://www.town.de/impressum. */
export function proposePage(domain: string, page: string): string {
  const owner = domain.split(".").slice(1).join(".");
  return `https://www.${owner}/${page}`;
}

/**
 * The next free address of a pool: behind the highest one that a site has, so that an address which has just become
 * free, and which caches still know, is the last to be given again.
 */
export function proposeAddress(
  pool: PoolSettings,
  tenants: readonly Pick<Tenant, "address">[],
  monitoring?: Pick<MonitoringSettings, "address">,
): Ipv4 | undefined {
  const { network, bastions } = pool;
  const taken = tenants.map(({ address }) => address).filter((address) => contains(network.subnet, address));
  const highest = taken.toSorted(byNumber).at(-1);
  const others: readonly string[] = [
    network.gateway,
    ...network.nameservers,
    ...(monitoring === undefined ? [] : [monitoring.address]),
  ];
  for (const address of hostAddresses(network.subnet, highest)) {
    const bastion = bastions.some((range) => /\/32$/.test(range) && contains(range, address));
    if (!taken.includes(address) && !others.includes(address) && !bastion) return address;
  }
  return undefined;
}

/** The pools by what their tenant files take, the emptiest first: for want of better, no host's memory is known. */
export function roomsOfFiles({ settings, tenants }: Pick<Farm, "settings" | "tenants">): readonly PoolRoom[] {
  return Object.keys(settings.pools).map((pool) => {
    const taken = tenants
      .filter((tenant) => tenant.pool === pool)
      .reduce((sum, { size }) => sum + size.memory, 0);
    return { pool, room: -taken, source: "the tenant files" };
  });
}

/** The pool with most room; of equal ones the first in the settings. */
export function proposePool(rooms: readonly PoolRoom[]): PoolRoom | undefined {
  return rooms.reduce<PoolRoom | undefined>(
    (best, room) => (best === undefined || room.room > best.room ? room : best),
    undefined,
  );
}

/** The release that most administrations run, the newer of two. */
export function proposeRelease({
  tenants,
  releases,
}: Pick<Farm, "tenants" | "releases">): string | undefined {
  const counted = releases.map(({ version }) => ({
    version,
    sites: tenants.filter(({ allrisnet }) => allrisnet.release === version).length,
  }));
  // The newest comes last in the list of releases.
  return counted.toSorted((a, b) => a.sites - b.sites).at(-1)?.version;
}

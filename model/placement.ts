import { createHash } from "node:crypto";
import type { Kind } from "./tenant-input.ts";

/**
 * Candidates in the order in which a key prefers them, by rendezvous hashing: each pair of key and candidate has a
 * weight of its own, so a candidate that comes or goes changes nothing between the others.
 */
export function preferences(key: string, candidates: readonly string[]): readonly string[] {
  return candidates
    .map((candidate) => ({ candidate, weight: weightOf(key, candidate) }))
    .sort((a, b) => (a.weight > b.weight ? -1 : a.weight < b.weight ? 1 : 0))
    .map(({ candidate }) => candidate);
}

/**
 * The host that a tenant's VM prefers to start on. Adding a host moves only the VMs that go to it, removing one moves
 * only the VMs that were on it, and no order of hosts or tenants matters.
 *
 * @param hosts names of the pool's hosts, at least one
 */
export function affinityHost(tenantId: string, hosts: readonly string[]): string {
  const [first] = preferences(tenantId, hosts);
  if (first === undefined) throw new RangeError("a pool without hosts; the settings demand two");
  return first;
}

function weightOf(key: string, candidate: string): string {
  return createHash("sha256").update(`${key}\n${candidate}`).digest("hex");
}

/** What the restart order has to know of an administration. */
export interface Restarted {
  readonly id: string;
  readonly kind: Kind;
  readonly lifecycle: { readonly state: "active" | "terminating" };
}

/** Groups that each class is divided into. */
const groups = 8;

/**
 * The class of an administration in the restart order, 1 to 4. Its kind decides, since the availability that is
 * promised is the same for all: first the VMs that several councils or a whole district wait for, then those of one
 * municipality, then special-purpose associations, whose councils meet a few times a year, and last the sites that
 * are being wound up. The kind stands in the contract and, unlike size, does not change with a day's load.
 */
export function restartClass({ kind, lifecycle }: Omit<Restarted, "id">): 1 | 2 | 3 | 4 {
  return lifecycle.state === "terminating" ? 4 : classOfKind[kind];
}

const classOfKind: Readonly<Record<Kind, 1 | 2 | 3>> = {
  landkreis: 1,
  bezirk: 1,
  amt: 1,
  samtgemeinde: 1,
  verbandsgemeinde: 1,
  verwaltungsgemeinschaft: 1,
  stadt: 2,
  gemeinde: 2,
  zweckverband: 3,
};

/**
 * The number of a VM in XAPI's restart order: lower ones start first, those of one number together, and the next
 * number waits for the start delay. A class is spread over eight numbers, so that a failed host's VMs do not all read
 * their disks in one second; 0 stays free for what the farm itself may need.
 */
export function restartOrder(tenant: Restarted): number {
  const group = createHash("sha256").update(`restart\n${tenant.id}`).digest().readUInt32BE(0) % groups;
  return 10 * restartClass(tenant) + group;
}

import { isWithin } from "../dns/zone.ts";
import type { Change, Store, ZoneRow } from "./store.ts";

/** The reserved top-level domain of made-up names belongs to us as long as nobody says otherwise. */
const usualSuffixes = ["example"];

/** The domains below which registrars delegate every zone of the account to us. */
export function delegatedSuffixes(store: Store): readonly string[] {
  return store.get("delegations", "suffixes")?.suffixes ?? usualSuffixes;
}

/** Whether the registrar points a zone to us; a zone that a town serves itself is not ours. */
export function isDelegated(store: Store, zone: string): boolean {
  if (store.get("foreignZones", zone) !== undefined) return false;
  return delegatedSuffixes(store).some((suffix) => isWithin(zone, suffix));
}

/** The state of a zone as the API words it: before, during and after its delegation to us. */
export function zoneStatus(store: Store, zone: ZoneRow): "active" | "pending" | "moved" {
  if (isDelegated(store, zone.name)) return "active";
  return zone.activated_on === null ? "pending" : "moved";
}

/** Marks the zones whose delegation is seen for the first time. */
export function activations(store: Store, now: string): Change[] {
  return store
    .all("zones")
    .filter((zone) => zone.activated_on === null && isDelegated(store, zone.name))
    .map((zone) => ["zones", zone.id, { ...zone, activated_on: now }]);
}

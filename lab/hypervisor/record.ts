import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import type { ProcessRecord } from "../../lib/process-record.ts";
import type { LabPlaces } from "../lab-file.ts";
import { shortVm } from "../network/names.ts";
import type { GuestSpec, GuestState } from "./types.ts";

/** What is known on disk about a guest that is not Halted. */
export interface GuestRecord {
  readonly spec: GuestSpec;
  readonly state: Exclude<GuestState, "Halted">;
  /** Short name of the host that started it. */
  readonly bornOn: string;
  /** Short name of the host that runs it now. */
  readonly shortHost: string;
  /** The process that keeps it; undefined while it is being started. */
  readonly process: ProcessRecord | undefined;
}

/** Folder of all guests' records of a lab. */
function guestsFolder(places: LabPlaces): string {
  return join(places.run, "guests");
}

/** Folder of what belongs to one run of a guest: record, seed, mount point. */
export function guestFolder(places: LabPlaces, vm: string): string {
  return join(guestsFolder(places), shortVm(vm));
}

/** Writes a record. The folder is for root alone: cloud-init data may be nobody else's business. */
export function saveGuest(places: LabPlaces, record: GuestRecord): void {
  const folder = guestFolder(places, record.spec.id);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileAtomic(join(folder, "record.json"), `${JSON.stringify(record)}\n`, 0o600);
}

/** Every guest that has a record, running or left over. */
export function loadGuests(places: LabPlaces): GuestRecord[] {
  const folder = guestsFolder(places);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .map((name) => join(folder, name, "record.json"))
    .filter((path) => existsSync(path))
    .map((path) => JSON.parse(readFileSync(path, "utf8")) as GuestRecord);
}

/** Forgets a guest's run. */
export function forgetGuest(places: LabPlaces, vm: string): void {
  rmSync(guestFolder(places, vm), { recursive: true, force: true });
}

import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "../../lib/process-record.ts";
import type { LabPlaces } from "../lab-file.ts";
import { deleteNamespace, namespacesOf, processesIn } from "../network/ip.ts";
import { guestNamespace, isGuestNamespace, shortVm } from "../network/names.ts";
import { lastWords } from "./boot.ts";
import { GuestCgroups } from "./cgroups.ts";
import { detachDataDisks } from "./disks.ts";
import { findInit } from "./inspect.ts";
import { plugOut, rejoin } from "./nics.ts";
import { forgetGuest, type GuestRecord } from "./record.ts";
import { endAll, stillThere } from "./signals.ts";
import { dying } from "./stall.ts";

/*
 * One run of one guest, seen from its record: what holds it together, and how it comes to its end.
 */

/** SIGRTMIN+4: systemd as init powers off. */
const powerOff = 38;
const bootMilliseconds = 30_000;

/** Whether the process that keeps it is there. */
export function lives(record: GuestRecord): boolean {
  return record.process !== undefined && isAlive(record.process);
}

/** Its control groups. */
export function cgroupsOf(places: LabPlaces, record: GuestRecord): GuestCgroups {
  const { bornOn: born, shortHost: host } = record;
  return new GuestCgroups({ lab: places.namespace, vm: shortVm(record.spec.id), born, host });
}

/** Waits until its init runs. @throws Error when it ends or does not come */
export async function waitForInit(places: LabPlaces, record: GuestRecord): Promise<void> {
  const started = Date.now();
  while (findInit(cgroupsOf(places, record).processes()) === undefined) {
    if (!lives(record)) throw new Error(`its process ended: ${lastWords(places, record.spec)}`);
    if (Date.now() - started > bootMilliseconds) {
      throw new Error(`its init does not run after ${bootMilliseconds / 1000} s`);
    }
    await sleep(20);
  }
}

/** Asks its init to power off and waits, asking again now and then: early in a boot it does not listen yet. */
export async function askToPowerOff(
  places: LabPlaces,
  record: GuestRecord,
  milliseconds: number,
): Promise<void> {
  const { name } = record.spec;
  if (record.state !== "Running") {
    throw new Error(`${name} is ${record.state.toLowerCase()} and cannot be asked to stop`);
  }
  const started = Date.now();
  for (let asked = 0; lives(record); await sleep(50)) {
    if (Date.now() - started > milliseconds) {
      throw new Error(`${name} did not power off within ${milliseconds / 1000} s`);
    }
    if (Date.now() - asked < 3000) continue;
    asked = Date.now();
    const init = findInit(cgroupsOf(places, record).processes());
    if (init !== undefined) process.kill(init, powerOff);
  }
}

/** Brings a guest to where its record says it runs. */
export async function settle(places: LabPlaces, record: GuestRecord): Promise<void> {
  const cgroups = cgroupsOf(places, record).moveTo(record.shortHost);
  await rejoin(places, record.spec.id, record.spec.nics, record.shortHost);
  await cgroups.thaw();
}

/** A power cut, whatever state it is in and however far its start came. Nothing of this run is left. */
export async function cut(places: LabPlaces, record: GuestRecord): Promise<void> {
  const { id, nics, disks } = record.spec;
  const namespace = guestNamespace(places.namespace, id);
  const cgroups = cgroupsOf(places, record);
  const keeper = (): number[] => (record.process && isAlive(record.process) ? [record.process.pid] : []);
  // First the keeper, which would start it anew; a start that was cut off may not have come to its group yet.
  const outside = stillThere(await processesIn(namespace));
  const list = (): number[] => [...keeper(), ...outside(), ...cgroups.processes()];
  await dying(places, repositoriesOf(record), async (letGo) => {
    await endAll(list, async () => {
      await cgroups.thaw();
      await letGo();
    });
    await detachDataDisks(places, disks.slice(1));
  });
  for (const nic of nics) await plugOut(places, id, nic.device);
  await deleteNamespace(namespace);
  cgroups.remove();
  forgetGuest(places, id);
}

/** Ends a guest as if its kernel had panicked; what holds it together is left to whoever sees that it ended. */
export function panic(places: LabPlaces, record: GuestRecord): void {
  const init = findInit(cgroupsOf(places, record).processes());
  // First the keeper, which would start it anew.
  for (const pid of [record.process?.pid, init]) if (pid !== undefined) process.kill(pid, "SIGKILL");
}

/** Ids of the storage repositories that its disks lie on. Records of an earlier version do not name them. */
export function repositoriesOf({ spec }: Pick<GuestRecord, "spec">): string[] {
  return [...new Set(spec.disks.flatMap(({ repository }) => repository ?? []))];
}

/** Removes namespaces of guests that are not among these: nothing else remembers them. */
export async function removeStrays(places: LabPlaces, known: Iterable<string>): Promise<void> {
  const kept = new Set([...known].map((id) => guestNamespace(places.namespace, id)));
  for (const name of namespacesOf(places.namespace)) {
    if (isGuestNamespace(places.namespace, name) && !kept.has(name)) await deleteNamespace(name);
  }
}

import { existsSync, rmdirSync, rmSync } from "node:fs";
import { messageOf } from "../../lib/farm-error.ts";
import { tryStat } from "../../lib/processes.ts";
import { pebbleName } from "../acme/pebble.ts";
import { labProcesses, removeLabCgroups, thawLab } from "../hypervisor/cgroups.ts";
import { detachDataDisks } from "../hypervisor/disks.ts";
import { createNspawnHypervisor } from "../hypervisor/nspawn.ts";
import { loadGuests } from "../hypervisor/record.ts";
import { releaseRepositories, unmountRepositories } from "../hypervisor/repositories.ts";
import { endAll, stillThere } from "../hypervisor/signals.ts";
import type { Progress } from "../image/image.ts";
import { type LabPlaces, labPlaces, runRoot } from "../lab-file.ts";
import { mailName } from "../mail/service.ts";
import { isNamespace, namespacesOf, processesIn } from "../network/ip.ts";
import { edgeAddresses } from "../network/names.ts";
import { removeNetwork } from "../network/network.ts";
import { packagesName } from "../packages/service.ts";
import { agentName } from "../services/agent.ts";
import { stopDaemon } from "../services/daemon.ts";
import { edgeHostName } from "../services/edge-hosts.ts";
import { gatewayName, jumpHostName, quarantineJumpName } from "../services/jump-host.ts";
import { cloudflareName, xoName } from "../services/simulators.ts";
import { requireRootOnLinux } from "./requirements.ts";
import { inTurn } from "./turn.ts";

/** Milliseconds that guests get to power off by themselves before their power is cut. */
const guestGrace = 20_000;

/** How to stop the lab. */
export interface LabDownOptions {
  readonly progress: Progress;
  /** @default - the lab of this checkout */
  readonly places?: LabPlaces;
}

/**
 * Stops the lab: processes, guests, mounts, namespaces and control groups are gone afterwards; disks, the
 * simulators' data and the stack's state stay. Returns whether anything was there to be stopped.
 */
export async function labDown(options: LabDownOptions): Promise<boolean> {
  requireRootOnLinux();
  const places = options.places ?? labPlaces();
  return inTurn(places, options.progress, () => takeDown(places, options.progress));
}

/** The work of labDown() for those who hold the lock. */
export async function takeDown(places: LabPlaces, progress: Progress): Promise<boolean> {
  const wasUp = existsSync(places.run) || namespacesOf(places.namespace).length > 0;
  // Whoever waits for lost storage cannot even be killed.
  await releaseRepositories(places);
  // Then XO: it must not take its guests' end for crashes and boot them again.
  await stopDaemon(places, xoName, 10_000);
  await releaseRepositories(places);
  await stopGuests(places, progress);
  const jumpHosts = [jumpHostName, quarantineJumpName];
  for (const index of edgeAddresses.keys()) await stopDaemon(places, edgeHostName(index));
  for (const name of [
    gatewayName,
    ...jumpHosts,
    pebbleName,
    packagesName,
    mailName,
    cloudflareName,
    agentName,
  ])
    await stopDaemon(places, name);
  await endRemains(places);
  await unmountRepositories(places);
  removeLabCgroups(places.namespace);
  await removeNetwork(places);
  rmSync(places.run, { recursive: true, force: true });
  tryRemoveEmpty(runRoot);
  return wasUp;
}

/** Other labs of this machine have theirs in there, and come and go at the same time. */
function tryRemoveEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (!["ENOENT", "ENOTEMPTY", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}

async function stopGuests(places: LabPlaces, progress: Progress): Promise<void> {
  if (!(await isNamespace(places.namespace))) {
    // After a reboot of the machine there is nothing to stop, but loop devices may be left after less.
    for (const guest of loadGuests(places)) await detachDataDisks(places, guest.spec.disks.slice(1));
    return;
  }
  const hypervisor = createNspawnHypervisor({ places, cleanStop: guestGrace });
  await hypervisor.prepare([]);
  try {
    const guests = await hypervisor.states();
    if (guests.size > 0) progress(`Powering off ${guests.size} guests`);
    await Promise.all(
      [...guests].map(async ([id, state]) => {
        if (state === "Running") {
          const why = await hypervisor.stop(id, "clean").then(() => undefined, messageOf);
          if (why === undefined) return;
          progress(`${why}: its power is cut`);
        }
        await hypervisor.stop(id, "hard");
      }),
    );
  } finally {
    hypervisor.close();
  }
}

/** Whatever still lives inside the lab: sessions through the jump host, commands of `lab exec`, what a crash left. */
async function endRemains(places: LabPlaces): Promise<void> {
  const namespaces = namespacesOf(places.namespace);
  const inside = stillThere((await Promise.all(namespaces.map(processesIn))).flat());
  const own = new Set(ancestors());
  const list = (): number[] => [...inside(), ...labProcesses(places.namespace)];
  await endAll(
    () => list().filter((pid) => !own.has(pid)),
    () => thawLab(places.namespace),
  );
}

/** This process and those that wait for it: `down` may itself be a command of `lab exec`. */
function ancestors(): number[] {
  const found: number[] = [];
  for (let pid = process.pid; pid > 1; ) {
    found.push(pid);
    pid = Number(tryStat(pid)?.[1] ?? 0);
  }
  return found;
}

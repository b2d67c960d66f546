import { isAlive } from "../../lib/process-record.ts";
import { pebbleName } from "../acme/pebble.ts";
import { findInit, noFacts, readFacts } from "../hypervisor/inspect.ts";
import { loadGuests } from "../hypervisor/record.ts";
import type { GuestState } from "../hypervisor/types.ts";
import { type LabFile, type LabPlaces, labPlaces, tryReadLab } from "../lab-file.ts";
import { mailName } from "../mail/service.ts";
import { isNamespace, processesIn } from "../network/ip.ts";
import { addresses, guestNamespace } from "../network/names.ts";
import { packagesName } from "../packages/service.ts";
import { agentName } from "../services/agent.ts";
import { tryRunning } from "../services/daemon.ts";
import { edgeHostName } from "../services/edge-hosts.ts";
import { gatewayName, jumpHostName, quarantineJumpName } from "../services/jump-host.ts";
import { cloudflareName, xoName } from "../services/simulators.ts";

/** One daemon of the lab. */
export interface ServiceStatus {
  readonly name: string;
  readonly running: boolean;
  /** @default - it does not run */
  readonly pid: number | undefined;
  /** Where it can be reached. */
  readonly address: string;
}

/** One guest that is not halted. */
export interface GuestStatus {
  readonly id: string;
  readonly name: string;
  /** Short name of the simulated host. */
  readonly host: string;
  readonly state: GuestState;
  /** Whether its system runs far enough to be talked to. */
  readonly agent: boolean;
  readonly addresses: readonly string[];
}

/** How the lab is doing. */
export interface LabStatus {
  /** "up" when every service runs, "down" when nothing does, "partly" in between. */
  readonly state: "up" | "partly" | "down";
  readonly namespace: string;
  readonly services: readonly ServiceStatus[];
  readonly guests: readonly GuestStatus[];
}

/** Looks; changes nothing. */
export async function labStatus(places: LabPlaces = labPlaces()): Promise<LabStatus> {
  const services = addressesOf(places, tryReadLab(places)).map(([name, address]): ServiceStatus => {
    const pid = tryRunning(places, name)?.pid;
    return { name, running: pid !== undefined, pid, address };
  });
  const running = services.filter((service) => service.running).length;
  const network = await isNamespace(places.namespace);
  const state = running === 0 && !network ? "down" : running === services.length && network ? "up" : "partly";
  const alive = loadGuests(places).filter((guest) => guest.process !== undefined && isAlive(guest.process));
  const guests = await Promise.all(
    alive.map(async (guest): Promise<GuestStatus> => {
      const namespace = guestNamespace(places.namespace, guest.spec.id);
      const init = guest.state === "Running" ? findInit(await processesIn(namespace)) : undefined;
      const facts = init === undefined ? noFacts : await readFacts(init, namespace);
      const { id, name } = guest.spec;
      return {
        id,
        name,
        host: guest.shortHost,
        state: guest.state,
        agent: facts.agent,
        addresses: Object.values(facts.addresses),
      };
    }),
  );
  return { state, namespace: places.namespace, services, guests };
}

function addressesOf(places: LabPlaces, lab: LabFile | undefined): [string, string][] {
  const addressOf = ({ user, host, port }: LabFile["jump"]): string => `${user}@${host}:${port}`;
  const jump = lab ? addressOf(lab.jump) : "";
  return [
    [xoName, lab?.xo.statusPage ?? ""],
    [cloudflareName, lab?.cloudflare.baseUrl ?? ""],
    [pebbleName, lab ? `${lab.acme.directory} (inside)` : ""],
    [packagesName, `http://${addresses.packages} (inside)`],
    [gatewayName, lab ? `${lab.proxy} (HTTP proxy)` : ""],
    [jumpHostName, jump],
    [quarantineJumpName, lab ? addressOf(lab.quarantine) : ""],
    [agentName, `${places.run}/agent.sock`],
    ...(lab?.mail ? [[mailName, `smtp://${lab.mail.host}:${lab.mail.port}`] satisfies [string, string]] : []),
    ...(lab?.edgeHosts ?? []).map(({ host }, index): [string, string] => [
      edgeHostName(index),
      `${host}:22 (inside)`,
    ]),
  ];
}

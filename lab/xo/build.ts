import { join } from "node:path";
import type { Hypervisor } from "../hypervisor/types.ts";
import { Accounts } from "./accounts.ts";
import { Backups } from "./backup/backups.ts";
import { Clock } from "./backup/clock.ts";
import type { Farm } from "./backup/parts.ts";
import { Controllers } from "./controllers.ts";
import { Events } from "./events.ts";
import { Faults } from "./faults.ts";
import { ensureAccounts, ensureInventory, type LabSecrets, xapiAccounts } from "./fixture/fixture.ts";
import { Hosts } from "./ha/hosts.ts";
import { HaMonitor } from "./ha/monitor.ts";
import { Restart } from "./ha/restart.ts";
import { HostUpdates } from "./host-updates.ts";
import { createXoServer, type XoServer } from "./http.ts";
import { Inventory } from "./inventory.ts";
import { Live } from "./live.ts";
import { log } from "./log.ts";
import { type MachineParts, Machines } from "./machines.ts";
import { Messages } from "./messages.ts";
import { allMethods } from "./methods/all.ts";
import { StorageMotion } from "./motion.ts";
import { NetworkFaults } from "./network-faults.ts";
import type { Simulator } from "./simulator.ts";
import { Snapshots } from "./snapshots.ts";
import { Store } from "./store.ts";
import { Watch } from "./watch.ts";

/** What a simulator is made from. */
export interface SimulatorOptions {
  /** Folder of the data; made when missing. */
  readonly state: string;
  readonly secrets: LabSecrets;
  readonly hypervisor: Hypervisor;
  /** Milliseconds from the creation of a VM that boots by itself to its boot. @default 6000 */
  readonly bootDelay?: number;
  /** Milliseconds between two questions to a guest that has not reported yet. @default 300 */
  readonly factsInterval?: number;
  /** Memory of each host, GiB. @default 32 */
  readonly hostMemory?: number;
  /** Milliseconds that a host takes for a restart that is meant. @default 5000 */
  readonly hostReboot?: number;
  /** Milliseconds after a failed sign-in during which the user's next one fails. @default 2000 */
  readonly signInThrottle?: number;
  /** Milliseconds after which a host that is dead is given up without HA; XAPI's own is 10 minutes. @default 60000 */
  readonly hostAssumedDead?: number;
  /** Milliseconds without I/O while a storage controller takes over for its partner. @default 500 */
  readonly takeover?: number;
  /** Folder that is the backup location: what backup repositories hold. @default - `backups` in the data */
  readonly backups?: string;
  /** Records after which the journal is folded into a snapshot. @default 4000 */
  readonly compactAfter?: number;
}

/** A simulator that watches its guests and is ready to be listened on. */
export interface Built extends XoServer {
  readonly simulator: Simulator;
  /** Ends the watching and the connections, and writes what is left. Guests go on. */
  readonly close: () => Promise<void>;
}

/** Loads the data, finds the guests that run, and begins to watch them. */
export async function buildSimulator(options: SimulatorOptions): Promise<Built> {
  const store = new Store(options.state, options.compactAfter);
  const { records, tornBytes } = store.loaded;
  log("info", "data loaded", { objects: store.objects.size, records, tornBytes });
  const accounts = new Accounts(store, options.signInThrottle ?? 2000);
  await ensureInventory(store, options.hostMemory ?? 32);
  await ensureAccounts(store, accounts, options.secrets);

  const live = new Live();
  const inventory = new Inventory(
    store,
    (vm) => live.of(vm),
    () => live.revision,
  );
  const events = new Events();
  const messages = new Messages(store);
  const { hypervisor } = options;
  const relations = () => inventory.relations;
  const parts: MachineParts = { store, live, hypervisor, events, messages, relations };
  const machines = new Machines(parts);
  const snapshots = new Snapshots(parts, machines);
  const motion = new StorageMotion(parts, machines, join(options.state, "motion-staging"));
  const watch = new Watch(parts, machines, options.factsInterval ?? 300);
  const updates = new HostUpdates(parts, options.hostReboot ?? 5000);
  const restart = new Restart(parts, machines, () => watch.restoring > 0);
  const hosts = new Hosts(parts, machines, restart);
  const monitor = new HaMonitor(parts, restart, options.hostAssumedDead ?? 60_000);
  const controllers = new Controllers(parts, machines, options.takeover ?? 500);
  const networkFaults = new NetworkFaults(parts);
  const farm: Farm = {
    store,
    inventory,
    accounts,
    machines,
    snapshots,
    motion,
    live,
    watch,
    events,
    updates,
    messages,
    hosts,
    controllers,
    networkFaults,
    faults: new Faults(),
    clock: new Clock(store),
    bootDelay: options.bootDelay ?? 6000,
  };
  const backups = new Backups(farm, hypervisor, {
    location: options.backups ?? join(options.state, "backups"),
    staging: join(options.state, "backup-staging"),
  });
  const simulator: Simulator = { ...farm, backups };
  // Before the watch deletes what is to be deleted.
  await snapshots.forgetUnfinished();
  await updates.finish();
  await watch.begin();
  await controllers.begin();
  await networkFaults.begin();
  monitor.begin();
  await backups.begin();
  const { server, end } = createXoServer(simulator, allMethods, xapiAccounts(options.secrets));
  return {
    simulator,
    server,
    end,
    close: async () => {
      monitor.end();
      watch.end();
      backups.end();
      end();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await store.close();
    },
  };
}

import type { Hypervisor } from "../hypervisor/types.ts";
import { Accounts } from "./accounts.ts";
import { Events } from "./events.ts";
import { Faults } from "./faults.ts";
import { ensureAccounts, ensureInventory, type LabSecrets } from "./fixture/fixture.ts";
import { createXoServer, type XoServer } from "./http.ts";
import { Inventory } from "./inventory.ts";
import { Live } from "./live.ts";
import { log } from "./log.ts";
import { type MachineParts, Machines } from "./machines.ts";
import { allMethods } from "./methods/all.ts";
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
  /** Milliseconds after a failed sign-in during which the user's next one fails. @default 2000 */
  readonly signInThrottle?: number;
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
  const { hypervisor } = options;
  const parts: MachineParts = { store, live, hypervisor, events, relations: () => inventory.relations };
  const machines = new Machines(parts);
  const snapshots = new Snapshots(parts, machines);
  const watch = new Watch(parts, machines, options.factsInterval ?? 300);
  const simulator: Simulator = {
    store,
    inventory,
    accounts,
    machines,
    snapshots,
    live,
    watch,
    events,
    faults: new Faults(),
    bootDelay: options.bootDelay ?? 6000,
  };
  // Before the watch deletes what is to be deleted.
  await snapshots.forgetUnfinished();
  await watch.begin();
  const { server, end } = createXoServer(simulator, allMethods);
  return {
    simulator,
    server,
    end,
    close: async () => {
      watch.end();
      end();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await store.close();
    },
  };
}

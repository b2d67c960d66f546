import type { Accounts } from "./accounts.ts";
import type { Events } from "./events.ts";
import type { Faults } from "./faults.ts";
import type { Inventory } from "./inventory.ts";
import type { Live } from "./live.ts";
import type { Machines } from "./machines.ts";
import type { Snapshots } from "./snapshots.ts";
import type { Store } from "./store.ts";
import type { Watch } from "./watch.ts";

/** The simulator's parts, as every method gets them. */
export interface Simulator {
  readonly store: Store;
  readonly inventory: Inventory;
  readonly accounts: Accounts;
  readonly machines: Machines;
  readonly snapshots: Snapshots;
  readonly live: Live;
  readonly watch: Watch;
  readonly events: Events;
  readonly faults: Faults;
  /** Milliseconds between the creation of a VM that boots by itself and its boot. */
  readonly bootDelay: number;
}

import type { Accounts } from "./accounts.ts";
import type { Backups } from "./backup/backups.ts";
import type { Clock } from "./backup/clock.ts";
import type { Controllers } from "./controllers.ts";
import type { Events } from "./events.ts";
import type { Faults } from "./faults.ts";
import type { Hosts } from "./ha/hosts.ts";
import type { HostUpdates } from "./host-updates.ts";
import type { Inventory } from "./inventory.ts";
import type { Live } from "./live.ts";
import type { Machines } from "./machines.ts";
import type { Messages } from "./messages.ts";
import type { StorageMotion } from "./motion.ts";
import type { NetworkFaults } from "./network-faults.ts";
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
  readonly motion: StorageMotion;
  readonly live: Live;
  readonly watch: Watch;
  readonly events: Events;
  readonly updates: HostUpdates;
  readonly messages: Messages;
  readonly hosts: Hosts;
  readonly controllers: Controllers;
  readonly networkFaults: NetworkFaults;
  readonly faults: Faults;
  readonly backups: Backups;
  /** What schedules, logs and archives of backups go by. */
  readonly clock: Clock;
  /** Milliseconds between the creation of a VM that boots by itself and its boot. */
  readonly bootDelay: number;
}

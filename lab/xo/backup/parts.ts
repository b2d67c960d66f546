import type { Hypervisor } from "../../hypervisor/types.ts";
import type { Simulator } from "../simulator.ts";
import type { Remotes } from "./remotes.ts";

/** What the work with backups depends on: the simulator without that work. */
export type Farm = Omit<Simulator, "backups">;

/** What one backup or restore works with. */
export interface BackupParts {
  readonly farm: Farm;
  readonly hypervisor: Hypervisor;
  readonly remotes: Remotes;
  /** Folder for contents on their way; emptied at a start. */
  readonly staging: string;
}

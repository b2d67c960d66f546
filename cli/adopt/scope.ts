import type { Farm } from "../../model/farm.ts";
import type { XoClient } from "../../providers/xenops/xo-client.ts";
import type { CloudflareFacts } from "../cloudflare-facts.ts";
import type { EngineRun } from "../pulumi.ts";

/** What taking a machine over works with. */
export interface AdoptScope {
  /** "lab" */
  readonly stack: string;
  /** How to run the engine. */
  readonly run: EngineRun;
  /** The user of the pools. */
  readonly xo: XoClient;
  /** The administrator, for backups alone. */
  readonly admin: XoClient;
  readonly cloudflare: CloudflareFacts;
  readonly agentSocket: string | undefined;
  /** Reads settings and tenant files anew. */
  readonly loadFarm: () => Promise<Farm>;
  /** Folder of the tenant files. */
  readonly tenants: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

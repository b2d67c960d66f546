import { messageOf } from "../lib/farm-error.ts";
import type { XoClient } from "../providers/xenops/xo-client.ts";
import type { UpdateNote } from "./pool-update-state.ts";
import { readPool } from "./pool-view.ts";

/** What a pause of high availability depends on. */
export interface HaPauseScope {
  readonly note: UpdateNote;
  readonly window: string;
  /** Seconds without heartbeat after which HA gives up a host. @default - XAPI's own */
  readonly haTimeout?: number;
  readonly say: (line: string) => void;
}

/** Milliseconds that XAPI may take to switch high availability: every host has to join. */
const limit = 10 * 60_000;

/** High availability that is off while hosts are updated: noted, so that whoever goes on puts it back. */
export class HaPause {
  private readonly xo: XoClient;
  private readonly pool: string;
  private readonly scope: HaPauseScope;

  constructor(xo: XoClient, pool: string, scope: HaPauseScope) {
    this.xo = xo;
    this.pool = pool;
    this.scope = scope;
  }

  /** Switches it off if it is on. Until it is on again, nothing restarts a VM whose host fails. */
  async begin(): Promise<void> {
    const { note, window, say } = this.scope;
    const { haEnabled, haRepositories: repositories } = await readPool(this.xo, this.pool);
    if (!haEnabled) return;
    // Noted first: what was written and not done is harmless, the reverse is not.
    note.write({ ...note.read(window), ha: { repositories } });
    await this.xo.call("pool.disableHa", { pool: this.pool }, { timeout: limit });
    say("High availability is off until the last host is done");
  }

  /** Switches it on as it was, if this or an interrupted update has switched it off; whether it is as before. */
  async end(): Promise<boolean> {
    const { note, window, say, haTimeout } = this.scope;
    const { ha, ...rest } = note.read(window);
    if (ha === undefined) return true;
    try {
      const { haEnabled } = await readPool(this.xo, this.pool);
      if (!haEnabled) {
        const configuration = haTimeout === undefined ? {} : { timeout: String(haTimeout) };
        const query = { pool: this.pool, heartbeatSrs: ha.repositories, configuration };
        await this.xo.call("pool.enableHa", query, { timeout: limit });
        say("High availability is on again");
      }
      note.write(rest);
      return true;
    } catch (error) {
      // The reason why the update ended must not be hidden by this; a further run tries again.
      say(`HIGH AVAILABILITY IS STILL OFF: ${messageOf(error).replaceAll(/\s*\n\s*/g, "; ")}`);
      return false;
    }
  }
}

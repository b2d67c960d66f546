import { FarmError, messageOf } from "../lib/farm-error.ts";
import type { DrillCheck } from "../model/drill.ts";
import { compareData, type DataState, dataStateSchema } from "../model/drill-data.ts";
import type { Tenant } from "../model/tenant.ts";
import { connect } from "../providers/ssh/connect.ts";
import { runCommand } from "../providers/ssh/run-command.ts";
import type { DataCheck } from "./drill-failover.ts";
import { writeState } from "./guest-backup.ts";
import { type FleetScope, findWay } from "./patch-fleet.ts";

/** Milliseconds for a machine that writes down its state: it reads every file once. */
const patience = 20 * 60_000;
const manifest = "/var/backups/farm/current/manifest.json";

/** Compares a site's data before and after by the states that its machine writes, over ssh. */
export function machineData(fleet: FleetScope): DataCheck {
  const states = new Map<string, DataState>();
  return {
    async before(tenant): Promise<void> {
      states.set(tenant.id, await readData(tenant, fleet));
    },
    async after(tenant): Promise<DrillCheck> {
      const before = states.get(tenant.id);
      if (before === undefined) throw new Error(`nobody asked ${tenant.id} before`);
      try {
        return compareData(before, await readData(tenant, fleet));
      } catch (error) {
        if (!(error instanceof FarmError)) throw error;
        return {
          check: "data as before",
          good: false,
          detail: messageOf(error).replaceAll(/\s*\n\s*/g, "; "),
        };
      }
    },
  };
}

/** Lets a machine write its state and reads what it says. @throws FarmError with the machine's own words */
async function readData(tenant: Tenant, fleet: FleetScope): Promise<DataState> {
  const way = findWay(tenant, fleet);
  const signal = AbortSignal.timeout(patience);
  const refuse = (why: string): FarmError =>
    new FarmError({ what: `The machine of ${tenant.id} cannot say what data it has`, where: manifest, why });
  try {
    await writeState(way, signal);
    const connection = await connect(way.machine, way.jump, signal);
    try {
      const command = `sudo -n cat ${manifest}`;
      const nothing = { stdin: "", environment: {}, onLine: () => {} };
      const { stdout } = await runCommand(connection.client, { command, ...nothing }, signal);
      const read = dataStateSchema.safeParse(JSON.parse(stdout));
      if (read.success) return read.data;
      throw refuse("its manifest has another form: roll the site out anew (./farm pulumi up)");
    } finally {
      connection.close();
    }
  } catch (error) {
    if (error instanceof FarmError) throw error;
    throw refuse(messageOf(error).split("\n", 1).join(""));
  }
}

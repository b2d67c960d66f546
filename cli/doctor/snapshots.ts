import { isExpired, ownSnapshots, snapshotHours } from "../../providers/xenops/snapshots.ts";
import type { Context } from "./context.ts";
import { type Check, fine } from "./finding.ts";

/** Snapshots of updates and patches, which are no backups and have to go. */
export const snapshotsCheck: Check<Context> = {
  id: "snapshots",
  title: "snapshots",
  async run(context) {
    const vms = (await context.vms()).map(({ id }) => String(id));
    const own = await ownSnapshots(context.xo(), vms, AbortSignal.timeout(60_000));
    const expired = own.filter((snapshot) => isExpired(snapshot, context.now));
    if (expired.length === 0)
      return [fine("snapshots.current", `${own.length}, none older than ${snapshotHours} hours`)];
    return [
      {
        id: "snapshots.expired",
        severity: "attention",
        detail: `${expired.length} of ${own.length} are older than ${snapshotHours} hours`,
        next: `./farm snapshots expire -s ${context.stack}`,
      },
    ];
  },
};

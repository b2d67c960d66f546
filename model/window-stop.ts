import {
  type Concerned,
  findNextWindow,
  findOpenWindow,
  type MaintenanceWindow,
  showWindow,
  tellUnannounced,
} from "./window.ts";

/** Whether a run may stop the machine of an administration, and by what right. */
export interface Stop {
  readonly allowed: boolean;
  /** "in window 2026-12-08", "outside an announced window, so it counts as downtime", "held until …". */
  readonly text: string;
}

/**
 * Whether this run may stop the machine of an administration for a change: in an open window, or because the
 * operator named the administration, which is meant for emergencies.
 *
 * @param named whether `FARM_MAY_STOP` holds its id
 */
export function planStop(
  tenant: Concerned,
  { windows, at }: { readonly windows: readonly MaintenanceWindow[]; readonly at: Date },
  named: boolean,
): Stop {
  const open = findOpenWindow(windows, tenant, at);
  if (open !== undefined) return { allowed: true, text: `in window ${open.id}` };
  const name = `FARM_MAY_STOP=${tenant.id}`;
  if (named) {
    return {
      allowed: true,
      text: `outside an announced window, by ${name}: a stop of the machine counts as unplanned downtime`,
    };
  }
  const next = findNextWindow(windows, tenant, { at, minutes: 0 });
  const until = next === undefined ? "no window is announced" : `held until ${showWindow(next, tenant, at)}`;
  const untold = tellUnannounced(windows, tenant, at);
  const why = untold === undefined ? "" : `${untold}; `;
  return {
    allowed: false,
    text: `${why}${until}; in an emergency run up with ${name}, which counts as downtime`,
  };
}

import type { MachineParts } from "../machines.ts";
import type { HostRecord, VmRecord, XoRecord } from "../records.ts";
import { putObject } from "../store.ts";

/** VMs that the records say run, or sleep, on a host. */
export function residents(parts: MachineParts, host: string): readonly VmRecord[] {
  return parts
    .relations()
    .of("VM", host)
    .filter((vm) => vm.host === host && (vm.powerState !== "Halted" || vm.wanted !== "Halted"));
}

/**
 * What becomes of the VMs of a host that is lost: halted. Under high availability those that are to be restarted
 * keep on being wanted, and wait without a host; all others stay down.
 */
export function lostVms(parts: MachineParts, host: string, highAvailability: boolean): VmRecord[] {
  return residents(parts, host).map((vm) => {
    const again = highAvailability && vm.highAvailability !== "" && vm.wanted !== "Halted";
    return {
      ...vm,
      powerState: "Halted",
      wanted: again ? "Running" : "Halted",
      host: again ? undefined : vm.host,
      startTime: undefined,
    };
  });
}

/**
 * Writes down that a pool under high availability has lost a host: its VMs, and a new master where it was that.
 * The host's own record is given as it is to be.
 */
export async function declareLost(parts: MachineParts, host: HostRecord): Promise<void> {
  const { store, relations, live, events, messages } = parts;
  const pool = relations().get("pool", host.pool);
  if (pool === undefined) return;
  const lost = lostVms(parts, host.id, true);
  const changes: XoRecord[] = [host, ...lost];
  const next =
    pool.master === host.id
      ? relations()
          .all("host")
          .filter((each) => each.pool === pool.id && each.live && each.id !== host.id)
          .sort((a, b) => a.name_label.localeCompare(b.name_label))[0]
      : undefined;
  if (next !== undefined) changes.push({ ...pool, master: next.id });
  await store.commit([
    ...changes.map(putObject),
    ...messages.told("HA_HOST_FAILED", host, `Server '${host.name_label}' has failed.`),
    ...(next === undefined ? [] : messages.told("POOL_MASTER_TRANSITION", next)),
  ]);
  for (const { id } of lost) live.setFacts(id, undefined);
  events.add(`high availability: ${host.name_label} has failed`, host, "error");
  if (next !== undefined) {
    events.add(`${next.name_label} is the new master of pool ${pool.name_label}`, next, "warning");
  }
}

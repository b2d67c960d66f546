import type { Farm } from "../../model/farm.ts";
import type { Settings } from "../../model/settings.ts";
import { type Check, type Finding, fine } from "./finding.ts";

/** Whether anybody measures what the service description promises. */
export const measurementCheck: Check<{ farm(): Promise<Farm> }> = {
  id: "measurement",
  title: "measurement",
  async run(context) {
    const { settings } = await context.farm();
    return [...probersOf(settings), ...monitoringOf(settings)];
  },
};

function probersOf({ measurement, stage }: Settings): readonly Finding[] {
  const probers = measurement?.probers.map(({ name }) => name) ?? [];
  if (probers.length > 0) return [fine("measurement.probers", `probers: ${probers.join(", ")}`)];
  if (stage !== "production") return [fine("measurement.probers", "no probers, and no production")];
  return [
    {
      id: "measurement.missing",
      severity: "attention",
      detail: "nobody measures: no service level can be told, and every month stays undetermined",
      next: "set measurement: docs/how-to/measurement.md",
    },
  ];
}

/** What the monitoring of production cannot see or say of itself. */
function monitoringOf({ monitoring, pools, stage }: Settings): readonly Finding[] {
  if (monitoring === undefined || stage !== "production") return [];
  const luns = Object.values(pools).flatMap(({ storage }) =>
    Object.entries(storage).flatMap(([name, { lun }]) => (lun === undefined ? [] : [name])),
  );
  const findings: Finding[] = [];
  if (monitoring.storage === undefined && luns.length > 0) {
    findings.push({
      id: "monitoring.storage",
      severity: "attention",
      detail: `nobody sees how full the volumes behind ${luns.join(", ")} are: Xen Orchestra knows the LUN alone`,
      next: "set monitoring.storage: docs/how-to/monitoring.md",
    });
  }
  if (monitoring.heartbeat === undefined) {
    findings.push({
      id: "monitoring.heartbeat",
      severity: "attention",
      detail: "nobody at another place notices when the monitoring is silent",
      next: "set monitoring.heartbeat: docs/how-to/monitoring.md",
    });
  }
  return findings;
}

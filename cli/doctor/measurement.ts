import type { Farm } from "../../model/farm.ts";
import { type Check, fine } from "./finding.ts";

/** Whether anybody measures what the service description promises. */
export const measurementCheck: Check<{ farm(): Promise<Farm> }> = {
  id: "measurement",
  title: "measurement",
  async run(context) {
    const { settings } = await context.farm();
    const probers = settings.measurement?.probers.map(({ name }) => name) ?? [];
    if (probers.length > 0) return [fine("measurement.probers", `probers: ${probers.join(", ")}`)];
    if (settings.stage !== "production")
      return [fine("measurement.probers", "no probers, and no production")];
    return [
      {
        id: "measurement.missing",
        severity: "attention",
        detail: "nobody measures: no service level can be told, and every month stays undetermined",
        next: "set measurement: docs/how-to/measurement.md",
      },
    ];
  },
};

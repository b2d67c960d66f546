import { test as plain } from "vitest";
import type { MeasurementRecord } from "../../../model/measurement/record.ts";
import { ProberScene } from "./prober-scene.ts";

/** Each has a web server and a log of its own, so they need not wait for each other. */
export const test = plain.extend<{ scene: ProberScene }>({
  scene: async ({ task: _ }, use) => {
    const scene = new ProberScene();
    await scene.serve(["hohenbrueck.example", "seenplatte.example"]);
    await use(scene);
    await scene.remove();
  },
});

/** Ids of the two sites that are asked. */
export const tenants = ["hohenbrueck", "seenplatte"];

/** "citizens no 2": what the probe lines of an administration say, in their order. */
export function said(records: readonly MeasurementRecord[], tenant: string): readonly string[] {
  return records.flatMap((record) =>
    record.kind === "probe" && record.tenant === tenant
      ? [
          `${record.target} ${record.ok ? "yes" : "no"} ${record.run}${record.reason ? `: ${record.reason}` : ""}`,
        ]
      : [],
  );
}

/** How many lines are of a kind. */
export const kinds = (records: readonly MeasurementRecord[], kind: string): number =>
  records.filter((record) => record.kind === kind).length;

/** Whether each target of both sites has its first answer since the last start. */
export function settled(records: readonly MeasurementRecord[]): boolean {
  const start = records.findLastIndex(({ kind }) => kind === "start");
  return start !== -1 && kinds(records.slice(start), "probe") >= 6;
}

/** Starts a prober that asks both sites, by a clock of that speed, and waits until all have answered. */
export async function begun(scene: ProberScene, speed: number): Promise<void> {
  scene.write(
    {},
    tenants.map((tenant) => scene.site(tenant)),
  );
  scene.clock({ speed });
  scene.start();
  await scene.until("all have answered", settled);
}

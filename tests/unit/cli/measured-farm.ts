import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Output } from "../../../cli/output.ts";
import type { ProbeTarget } from "../../../model/measurement/record.ts";
import { logOf, type Silence, saveLogs } from "../../support/prober-log.ts";
import { winter } from "../model/foresight/months.ts";
import { TenantFarm } from "./tenant-farm.ts";

/** Days of December 2026 that two probers watched two sites on, from the 29th of November on. */
export interface MeasuredFarm {
  readonly farm: TenantFarm;
  /** The probers' raw logs. */
  readonly measurements: string;
  remove(): void;
}

const watched = ["hohenbrueck", "amt-seenplatte-nord"] as const;
const targets = ["citizens", "politicians"] as const;

/** An outage of both presentations, instants as "2026-12-08T09:00". */
export function down(tenant: (typeof watched)[number], start: string, end: string): readonly Silence[] {
  return targets.map((target: ProbeTarget) => ({ tenant, target, start: winter(start), end: winter(end) }));
}

/** @param until up to when the probers measured */
export async function measuredFarm(until: string, silences: readonly Silence[]): Promise<MeasuredFarm> {
  const farm = await TenantFarm.make();
  const measurements = mkdtempSync(join(tmpdir(), "farm-measurements-"));
  const world = {
    targets: watched.flatMap((tenant) => targets.map((target) => ({ tenant, target, decides: true }))),
    from: winter("2026-11-29T00:00"),
    to: winter(until),
    silences,
  };
  saveLogs(measurements, {
    east: logOf({ ...world, prober: "east" }).lines,
    west: logOf({ ...world, prober: "west", phase: 7_000 }).lines,
  });
  return {
    farm,
    measurements,
    remove: () => {
      farm.remove();
      rmSync(measurements, { recursive: true });
    },
  };
}

/** What a command said. */
export class Heard implements Output {
  readonly json: boolean;
  value: unknown;
  text = "";
  readonly said: string[] = [];

  constructor(json = false) {
    this.json = json;
  }

  progress = (line: string): void => {
    this.said.push(line);
  };

  result = (value: unknown, text: string): void => {
    this.value = value;
    this.text = text;
  };
}

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { loadMonths } from "../../../cli/sla/load-months.ts";
import { checkout } from "../../../lib/paths.ts";
import type { Month } from "../../../model/berlin-time.ts";
import type { IncidentInput } from "../../../model/incidents/incident-input.ts";
import type { Watched } from "../../../model/measurement/record.ts";
import { logOf, type ProberWorld, type Silence, saveLogs } from "../../support/prober-log.ts";
import { tenant } from "../model/fixtures.ts";
import { farmOf, window } from "../model/window-fixtures.ts";

export const month = "2026-10" as Month;
export const at = new Date("2026-10-16T12:00:00Z");
export const [from, to] = [Date.parse("2026-10-12T00:00:00Z"), Date.parse("2026-10-16T00:00:00Z")];

export const id = "hohenbrueck";
export const targets: readonly Watched[] = (["citizens", "politicians"] as const).map((target) => ({
  tenant: id,
  target,
  decides: true,
}));

export const silent = (start: string, end: string): Silence => ({
  tenant: id,
  target: "citizens",
  start: Date.parse(`2026-10-${start}+02:00`),
  end: Date.parse(`2026-10-${end}+02:00`),
  reason: "no answer in 10 s",
});

export const silences = [
  silent("13T09:00:00", "13T09:04:00"),
  silent("13T22:00:00", "13T23:00:00"),
  silent("14T10:00:00", "14T11:00:00"),
];
export const world: ProberWorld = { prober: "rand-1", targets, from, to, silences };

const letters = {
  window: "2026-10-13",
  notices: [
    {
      ...{ tenant: id, outcome: "sent", recipients: ["rat@hohenbrueck.example"], stage: "lab" },
      ...{
        start: "2026-10-13T20:00:00Z",
        end: "2026-10-13T20:50:00Z",
        server: "mail.kuestenring.example:587",
      },
      ...{
        messageId: "1@kuestenring.example",
        messageHash: "a".repeat(64),
        letter: "2026-10-13/hohenbrueck-1.eml",
      },
      ...{ begunAt: "2026-10-05T07:00:00Z", sentAt: "2026-10-05T07:00:00Z", response: "250 OK" },
    },
  ],
};

/** A farm of one administration with a window, its logs in a folder of their own. */
export function scene(
  logs: Readonly<Record<string, readonly string[]>>,
  incidents: readonly IncidentInput[] = [],
  when: { readonly at?: Date; readonly liveFrom?: string } = {},
) {
  const root = mkdtempSync(join(tmpdir(), "farm-months-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  symlinkSync(join(checkout, "model"), join(root, "model"));
  mkdirSync(join(root, "incidents"));
  for (const incident of incidents) {
    const text = `import { defineIncident } from "../model/incidents/incident-file.ts";\nexport const one = defineIncident(${JSON.stringify(incident)});\n`;
    writeFileSync(join(root, "incidents", `${incident.id}.ts`), text);
  }
  saveLogs(join(root, "measurements"), logs);
  const farm = farmOf({
    at: at.toISOString(),
    tenants: [tenant({ contract: { ...tenant().contract, liveFrom: when.liveFrom ?? "2026-10-12" } })],
    windows: [
      window({
        id: "2026-10-13",
        start: "2026-10-13T22:00:00+02:00",
        end: "2026-10-13T22:50:00+02:00",
        notice: undefined,
      }),
    ],
    notices: [{ file: "maintenance/notices/2026-10-13.json", value: letters }],
  });
  const load = () =>
    loadMonths({
      ...{ stack: "lab", month, at: when.at ?? at, farm },
      measurements: join(root, "measurements"),
      folder: join(root, "tenants"),
    });
  return { load };
}

/** What two probers wrote of that world. */
export const first: readonly string[] = logOf(world).lines;
export const second: readonly string[] = logOf({ ...world, prober: "rand-2", phase: 7000 }).lines;

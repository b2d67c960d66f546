import type { PlainDate } from "../../model/plain-date.ts";
import type { MonthEvidence } from "../../model/report/evidence.ts";
import type { ReportScope } from "../../model/report/make-report.ts";

const day = (date: number): PlainDate => `2026-10-${String(date).padStart(2, "0")}` as PlainDate;

/** What the reports of the sample months tell beside the service level: everything known, or nothing. */
export const fullEvidence: MonthEvidence = {
  traffic: {
    countedAt: "machine",
    unit: "GB",
    direction: "out",
    bytes: 10_250_000_000,
    includedBytes: 10_000_000_000,
    byPresentation: { citizens: 7_900_000_000, politicians: 2_300_000_000, other: 50_000_000 },
    byClass: { people: 4_100_000_000, robots: 4_600_000_000, clients: 1_500_000_000, other: 50_000_000 },
    days: [
      { day: day(1), bytes: 330_000_000 },
      { day: day(2), bytes: null },
    ],
    unknownDays: [day(2)],
    publicPaths: [
      {
        path: "/public/wicket/resource/org.apache.wicket.Application/doc4711.pdf",
        bytes: 3_100_000_000,
        requests: 1550,
      },
      { path: "/public/oparl/papers", bytes: 1_400_000_000, requests: 28_000 },
    ],
    overageUnits: 1,
  },
  backups: { goodDays: 30, countedDays: 31, missingDays: [day(14)] },
  drills: [
    {
      id: "restore-20261009T050000Z-hohenbrueck",
      kind: "restore",
      startedAt: "2026-10-09T05:00:00.000Z",
      outcome: "passed",
      durations: [
        { name: "restore", seconds: 212.4 },
        { name: "restore to a site that answers (RTO)", seconds: 341.9 },
      ],
    },
  ],
  changes: [
    {
      at: "2026-10-05",
      kind: "order",
      what: "Farbe (branding.primaryColor)",
      by: "Frau Sommer, Ratsbüro",
      ticket: "4711",
    },
    { at: "2026-10-15T08:30:00.000Z", kind: "restart", ticket: "4718" },
  ],
};

/** What the sample reports are made of beside a month. */
export function sampleScope(evidence: MonthEvidence = fullEvidence, politicians = "Ratsinfo"): ReportScope {
  return {
    provider: {
      name: "Rechenzentrum Küstenring",
      address: "Hafenstraße 1, 18055 Küstenstadt",
      email: "betrieb@rz-kuestenring.example",
    },
    politicians,
    evidence,
  };
}

import { expect, test } from "vitest";
import { slaCsv } from "../../../model/report/sla-csv.ts";
import { slaHtml } from "../../../model/report/sla-html.ts";
import { sampleReports } from "../../support/sample-reports.ts";

test.each([
  [{ liveFrom: "2026-10-16" }, [["Produktivsetzung", "16.10.2026"]], 15],
  [{ endsOn: "2026-10-14" }, [["Vertragsende", "14.10.2026"]], 17],
  [
    { liveFrom: "2026-10-02", endsOn: "2026-10-30" },
    [
      ["Produktivsetzung", "02.10.2026"],
      ["Vertragsende", "30.10.2026"],
    ],
    2,
  ],
] as const)(
  "a month that the contract covers in part says so and shows no other day as a good one: %j",
  (contract, days, out) => {
    const [report] = sampleReports();
    if (report === undefined) throw new Error("no sample");
    const [html, csv] = [slaHtml({ ...report, contract }), slaCsv({ ...report, contract })];
    for (const [name, day] of days) {
      expect(html).toContain(`<dt>${name}</dt><dd>${day}</dd>`);
      expect(csv).toContain(`Bericht;${name};;;;;;;${day}\r\n`);
    }
    expect(html.match(/<dt>(Produktivsetzung|Vertragsende)<\/dt>/g)).toHaveLength(days.length);
    expect(html.match(/nicht in Betrieb/g)).toHaveLength(out);
    expect(html).toContain("Der Vertrag deckt nur einen Teil des Monats");
    expect(slaHtml(report)).not.toMatch(/nicht in Betrieb|einen Teil des Monats/);
  },
);

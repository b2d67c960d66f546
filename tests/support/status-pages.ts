import type { Month } from "../../model/berlin-time.ts";
import type { PlainDate } from "../../model/plain-date.ts";
import type { AdministrationMonth } from "../../model/sla/administration-month.ts";
import type { SlaCase } from "../../model/sla/case.ts";
import { computeMonth } from "../../model/sla/result.ts";
import type { Spans } from "../../model/sla/spans.ts";
import type { PrivateFacts } from "../../model/status/private-facts.ts";
import type { StatusInput, StatusTenant } from "../../model/status/status-page.ts";
import type { StatusPageAudience } from "../../model/tenant-input.ts";
import type { MaintenanceWindow } from "../../model/window.ts";
import { amtSeenplatteNord } from "../../tenants/amt-seenplatte-nord.ts";
import { hohenbrueck } from "../../tenants/hohenbrueck.ts";
import { landkreisAuental } from "../../tenants/landkreis-auental.ts";
import { parse } from "../unit/model/fixtures.ts";
import { sampleMonths } from "./administration-months.ts";

/** When the sample pages are made: the ninety days before begin on 5 August. */
export const sampleAt = Date.parse("2026-11-02T06:00:00+01:00");

export const sampleProvider = { name: "Rechenzentrum Küstenring", email: "betrieb@kuestenring.de" };

/** What the provider sees of a site that is as it should be. */
export const sampleFacts: PrivateFacts = {
  backup: { lastGood: Date.parse("2026-11-02T00:10:00+01:00"), ageHours: 5.8, red: false },
  certificate: { ends: Date.parse("2027-01-20T12:00:00+01:00") },
  version: { wanted: "4.1.8", runs: true, detail: "answers with 4.1.8 (4180012)" },
  drift: { at: Date.parse("2026-11-02T03:00:00+01:00"), resources: [] },
};

/** A month in which nothing happened. @param unknown what was not measured. @default - everything was */
export function quietMonth(
  tenant: AdministrationMonth["tenant"],
  month: Month,
  at: number,
  unknown: Spans = [],
): AdministrationMonth {
  const rest = { outages: [], outside: [], partial: [], planned: [], excluded: [] };
  const input: SlaCase = { id: tenant.id, month, ...rest, unknown };
  return {
    ...{ tenant, month, at, unknown },
    result: computeMonth(input, new Date(at)),
    incidents: [],
    windows: [],
    shortOutages: { today: 0, week: 0 },
    inputHash: "0".repeat(64),
  };
}

const files = new Map([hohenbrueck, amtSeenplatteNord, landkreisAuental].map((file) => [file.id, file]));

/** What a page has to know of a sample administration, its contract since the beginning of measuring. */
export function statusTenant(
  { id, name, domain, kind, customer, contractNumber }: AdministrationMonth["tenant"],
  statusPage: StatusPageAudience = "customer",
): StatusTenant {
  const contract = { customer, number: contractNumber, liveFrom: "2026-08-20" as PlainDate };
  const [parsed] = parse([
    {
      ...{ id, name, kind, domain: `${id}.hohenbrueck.de`, statusPage },
      dns: { mode: "ours", zone: "hohenbrueck.de" },
      pool: "nord",
      address: "10.20.0.11",
      links: hohenbrueck.links,
      contact: { email: "rat@hohenbrueck.de" },
      contract,
      allrisnet: files.get(id)?.allrisnet,
    },
  ]).tenants;
  if (parsed === undefined) throw new Error(`no tenant ${id}`);
  return { ...parsed, domain: domain as typeof parsed.domain };
}

/** A window that was announced for the evening of 10 November. */
export const announcedWindow: MaintenanceWindow = {
  file: "maintenance/2026-11-10.ts",
  id: "2026-11-10",
  kind: "technical-change",
  start: new Date("2026-11-10T20:00:00+01:00"),
  end: new Date("2026-11-10T22:00:00+01:00"),
  administrations: "all",
  reason: "Releasewechsel auf ALLRIS net 4.1.9",
  notice: { sentAt: new Date("2026-10-30T09:00:00+01:00"), evidence: "Ticket 4711 im Postfach betrieb@" },
};

/** The pages' sources of the three sample administrations: one public, one its customer's own, one without a page. */
export function sampleStatus(
  audiences: readonly StatusPageAudience[] = ["public", "customer", "off"],
): readonly StatusInput[] {
  const quiet = ["2026-08", "2026-09"] as Month[];
  return sampleMonths(sampleAt).map((october, index): StatusInput => {
    const { tenant } = october;
    const begun = Date.parse("2026-08-20T00:00:00+02:00");
    const installed = Date.parse("2026-08-21T09:30:00+02:00");
    const months = [
      ...quiet.map((month) =>
        quietMonth(tenant, month, sampleAt, month === "2026-08" ? [{ start: begun, end: installed }] : []),
      ),
      october,
      quietMonth(tenant, "2026-11" as Month, sampleAt),
    ];
    return {
      tenant: statusTenant(tenant, audiences[index]),
      months,
      windows: [announcedWindow],
      at: sampleAt,
      provider: sampleProvider,
    };
  });
}

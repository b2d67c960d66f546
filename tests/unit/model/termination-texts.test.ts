import { expect, test } from "vitest";
import { planDns } from "../../../model/dns-plan.ts";
import type { TerminationRecord } from "../../../model/termination-record.ts";
import { exportReadme, terminationPage, zoneLines } from "../../../model/termination-texts.ts";
import { parse, tenant } from "./fixtures.ts";

const record: TerminationRecord = {
  version: 1,
  stack: "prod",
  tenant: "hohenbrueck",
  name: "Stadt Hohenbrück",
  customer: "Stadt | Hohenbrück",
  contract: "R-2026-014",
  domain: "ratsinfo.hohenbrueck.de",
  aliases: [],
  provider: { name: "Farm GmbH", address: "Weg 1, 18055 Rostock" },
  orderedBy: "Frau Sommer, Schreiben vom 15.01.2027",
  since: "2027-01-15",
  deleteAfter: "2027-03-31",
  closedAt: "2027-02-01T07:30:00Z",
  lastArchive: "r//xo-vm-backups/v/20270201T073000Z.json",
  export: [{ name: "datenbank.tar", size: 12, sha256: "b".repeat(64) }],
  exportSha256: "a".repeat(64),
  records: ["ratsinfo.hohenbrueck.de. 300 IN A 10.20.0.11"],
  certificate: "revoked",
  vm: { id: "v", nameLabel: "allris-hohenbrueck.prod" },
  disks: [{ id: "d", nameLabel: "system", size: 21474836480 }],
  deletedBy: "Erika Muster",
  deletionBegunAt: "2027-04-01T06:00:00Z",
  deletedArchives: [{ id: "r//a.json", repository: "Rechenzentrum 2", at: "2027-02-01T07:30:00Z" }],
  keptZones: [],
  deletedAt: "2027-04-01T06:02:00Z",
  checks: [{ what: "Virtuelle Maschinen der Verwaltung", found: [] }],
};

test("the report for the administration, in German, with every proof", () => {
  const page = terminationPage(record, "c".repeat(64));
  for (const line of [
    "# Löschprotokoll: Stadt Hohenbrück",
    "| Auftraggeber | Stadt \\| Hohenbrück |",
    "| Löschung frühestens nach dem | 31.03.2027 |",
    "| Site geschlossen | 01.02.2027, 08:30:00 |",
    "| TLS-Zertifikat | widerrufen |",
    `| datenbank.tar | 12 | \`${"b".repeat(64)}\` |`,
    "- `ratsinfo.hohenbrueck.de. 300 IN A 10.20.0.11`",
    "| Virtuelle Festplatte | system (d), 21474836480 Bytes |",
    "| 01.02.2027, 08:30:00 | Rechenzentrum 2 | `r//a.json` |",
    "| Virtuelle Maschinen der Verwaltung | nichts |",
    "Ergebnis: **vollständig gelöscht.**",
    `SHA-256 des Protokolls \`loeschprotokoll.json\`: \`${"c".repeat(64)}\``,
  ])
    expect(page.split("\n")).toContain(line);
  expect(page).not.toContain("Laborumgebung");
  expect(page.endsWith("\n")).toBe(true);
});

test("what is left is said, and a lab's report proves nothing to anybody", () => {
  const left = { what: "Datensicherungen an den Sicherungsorten", found: ["r//b.json"] };
  const page = terminationPage(
    { ...record, stack: "lab", keptZones: ["hohenbrueck.de"], checks: [left] },
    "",
  );
  expect(page).toContain("Ergebnis: **nicht vollständig gelöscht**");
  expect(page).not.toContain("**vollständig gelöscht.**");
  expect(page).toContain("> Laborumgebung");
  expect(page).toContain("Die Zone `hohenbrueck.de` bleibt beim DNS-Anbieter bestehen");
});

test("records as a zone file takes them", () => {
  const { tenants, settings } = parse([tenant({ certificate: { issuer: "cloudflare-origin" } })]);
  const [only] = tenants;
  if (only === undefined) throw new Error("the example is right");
  const records = planDns(only, settings).records;
  expect(records.length).toBeGreaterThan(0);
  // Cloudflare's own lifetime means nothing elsewhere.
  expect(zoneLines(records)).toEqual([`${only.domain}. 300 IN A ${only.address}`]);
});

test("whose records are their own: they are asked to take them out", () => {
  const { tenants, settings } = parse([
    tenant({ domain: "ratsinfo.hohenbrueck.org", dns: { mode: "theirs" } }),
  ]);
  const [only] = tenants;
  if (only === undefined) throw new Error("the example is right");
  const text = exportReadme(only, settings.provider, "2027-02-01T07:30:00Z");
  expect(text).toContain("geschlossen am 01.02.2027");
  expect(text).toMatch(/Bitte entfernen Sie die Einträge für\s+ratsinfo\.hohenbrueck\.org\./);
});

import type { SiteRecord } from "./dns-plan.ts";
import type { Provider } from "./settings.ts";
import type { Tenant } from "./tenant.ts";
import { dayOf } from "./termination.ts";
import type { TerminationRecord } from "./termination-record.ts";

/** Records as lines of a zone file (RFC 1035 section 5), sorted. */
export function zoneLines(records: readonly SiteRecord[]): readonly string[] {
  return records
    .map((record) => {
      // A proxied record has Cloudflare's own lifetime, which is nobody else's.
      const ttl = record.ttl === 1 ? 300 : record.ttl;
      const value =
        record.type === "CAA"
          ? `${record.flags} ${record.tag} "${record.value}"`
          : record.type === "CNAME"
            ? `${record.content}.`
            : record.content;
      return `${record.name}. ${ttl} IN ${record.type} ${value}`;
    })
    .sort();
}

/** German text that goes with an export. */
export function exportReadme(tenant: Tenant, provider: Provider, closedAt: string): string {
  const { contract, name, domain, dns } = tenant;
  const records =
    dns.mode === "ours"
      ? [
          "dns-eintraege.zone   Einträge, die auf die Site zeigten (Zonendatei nach RFC 1035). Wir entfernen sie",
          "                     aus der von uns geführten Zone.",
        ]
      : [
          "dns-eintraege.zone   leer: Die Einträge führen Sie selbst. Bitte entfernen Sie die Einträge für",
          `                     ${[domain, ...tenant.aliases].join(", ")}.`,
        ];
  return `${[
    `Datenübergabe zum Vertragsende: ${name}`,
    "",
    `Vertrag ${contract.number}, Auftraggeber: ${contract.customer}`,
    `Ratsinformationssystem https://${domain}, geschlossen am ${germanDay(dayOf(new Date(closedAt)))}.`,
    "",
    "datenbank.tar        Abzug der Datenbank (content/database.dump), vorangestellt head.json mit Prüfsummen",
    "dateien.tar          alle Dateien der Anwendung unter content/, vorangestellt head.json mit Prüfsummen;",
    "                     fehlt, wenn nie eine Datei abgelegt wurde",
    ...records,
    "SHA256SUMS           Prüfsummen der Dateien dieses Ordners; zu prüfen mit: sha256sum -c SHA256SUMS",
    "",
    "Die Daten enthalten nichtöffentliche Vorlagen und personenbezogene Angaben.",
    "",
    provider.name,
    provider.address,
    provider.email,
  ].join("\n")}\n`;
}

/** The Löschprotokoll: the record of a site's end as a page for the administration, in Markdown. */
export function terminationPage(record: TerminationRecord, digest: string): string {
  const certificate = {
    revoked: "widerrufen",
    none: "nicht vorhanden",
    theirs: "vom Auftraggeber beigestellt; der Widerruf obliegt dem Auftraggeber",
  }[record.certificate];
  const left = record.checks.filter(({ found }) => found.length > 0);
  const lines = [
    `# Löschprotokoll: ${record.name}`,
    "",
    ...(record.stack === "lab" ? ["> Laborumgebung: kein Nachweis gegenüber einem Auftraggeber.", ""] : []),
    ...grid([
      ["Auftraggeber", record.customer],
      ["Vertrag", record.contract],
      ["Auftragnehmer", `${record.provider.name}, ${record.provider.address}`],
      ["Site", [record.domain, ...record.aliases].join(", ")],
      ["Angeordnet durch", record.orderedBy],
      ["Angeordnet am", germanDay(record.since)],
      ["Löschung frühestens nach dem", germanDay(record.deleteAfter)],
    ]),
    "",
    "## 1 Schließung und Übergabe",
    "",
    ...grid([
      ["Site geschlossen", instant(record.closedAt)],
      ["Letzte Datensicherung", code(record.lastArchive)],
      ["TLS-Zertifikat", certificate],
    ]),
    "",
    "Übergebene Dateien:",
    "",
    "| Datei | Bytes | SHA-256 |",
    "| --- | --- | --- |",
    ...record.export.map(({ name, size, sha256 }) => `| ${cell(name)} | ${size} | ${code(sha256)} |`),
    "",
    `SHA-256 der Datei SHA256SUMS: ${code(record.exportSha256)}`,
    "",
    "Entfernte DNS-Einträge:",
    "",
    ...(record.records.length === 0
      ? ["- keine; der Auftraggeber führt die Einträge selbst"]
      : record.records.map((line) => `- ${code(line)}`)),
    ...record.keptZones.map(
      (zone) =>
        `- Die Zone ${code(zone)} bleibt beim DNS-Anbieter bestehen, bis ihre Delegation umgezogen ist.`,
    ),
    "",
    "## 2 Löschung",
    "",
    ...grid([
      ["Ausgeführt durch", record.deletedBy],
      ["Begonnen", instant(record.deletionBegunAt)],
      ["Beendet", instant(record.deletedAt)],
      ["Virtuelle Maschine", `${record.vm.nameLabel} (${record.vm.id})`],
      ...record.disks.map(({ id, nameLabel, size }) => [
        "Virtuelle Festplatte",
        `${nameLabel} (${id}), ${size} Bytes`,
      ]),
    ]),
    "",
    "Gelöschte Datensicherungen:",
    "",
    "| Stand | Sicherungsort | Kennung |",
    "| --- | --- | --- |",
    ...record.deletedArchives.map(
      ({ at, repository, id }) => `| ${instant(at)} | ${cell(repository)} | ${code(id)} |`,
    ),
    "",
    "## 3 Nachprüfung",
    "",
    "| gesucht | gefunden |",
    "| --- | --- |",
    ...record.checks.map(
      ({ what, found }) => `| ${cell(what)} | ${found.length === 0 ? "nichts" : cell(found.join(", "))} |`,
    ),
    "",
    left.length === 0
      ? "Ergebnis: **vollständig gelöscht.**"
      : "Ergebnis: **nicht vollständig gelöscht**, siehe Nachprüfung.",
    "",
    "Die Löschung entfernt die Daten aus Xen Orchestra, vom Speichersystem und von den Sicherungsorten. Blöcke, die das",
    "Speichersystem in eigenen Momentaufnahmen hält, laufen mit deren Aufbewahrung aus.",
    "",
    `SHA-256 des Protokolls \`loeschprotokoll.json\`: ${code(digest)}`,
  ];
  return `${lines.join("\n")}\n`;
}

function grid(rows: readonly (readonly string[])[]): string[] {
  return ["| | |", "| --- | --- |", ...rows.map((cells) => `| ${cells.map(cell).join(" | ")} |`)];
}

/** Text from outside stays in its place: one line, no column of its own. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll(/\s*\n\s*/g, " ");
}

function code(text: string): string {
  return `\`${cell(text).replaceAll("`", "'")}\``;
}

function germanDay(day: string): string {
  return day.split("-").reverse().join(".");
}

function instant(text: string): string {
  return new Date(text).toLocaleString("de-DE", {
    timeZone: "Europe/Berlin",
    dateStyle: "medium",
    timeStyle: "medium",
  });
}

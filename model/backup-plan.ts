import { findSlotOf } from "./backup-plan-slot.ts";
import type { BackupRepositorySettings } from "./backup-settings.ts";
import { healthCheckDays, nextHealthCheck, slotTimezone } from "./backup-slot.ts";
import { freshManifestMinutes, oldestBackupHours } from "./backup-status.ts";
import type { Farm } from "./farm.ts";
import type { PlainDate } from "./plain-date.ts";
import { vmName } from "./plan.ts";
import type { PoolSettings } from "./pool-settings.ts";
import { findPool } from "./settings.ts";
import { formatSize } from "./size.ts";
import type { Tenant } from "./tenant.ts";
import { berlinDay } from "./traffic-calendar.ts";

/** What a plan is made of. */
export interface BackupPlanScope {
  readonly tenant: Tenant;
  readonly farm: Pick<Farm, "settings" | "tenants" | "at">;
  /** "lab" */
  readonly stack: string;
}

/**
 * The Datensicherungsplan of one administration's machine (BSI CON.3.A2, CON.3.A4, edition 2023), in German, as
 * Markdown. Every figure comes from the configuration that the farm is built from; what the configuration leaves open
 * stands in the last section.
 */
export function backupPlan(scope: BackupPlanScope): string {
  const { tenant, farm } = scope;
  const sections = [
    heading(scope),
    subject(scope),
    data(scope),
    procedure(scope),
    retention(scope),
    places(scope),
    protection(scope),
    restoring(scope),
    tests(scope),
    hardware(findPool(farm.settings, tenant.pool)),
    open(scope),
  ];
  return `${sections.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function heading({ tenant, farm }: BackupPlanScope): string[] {
  return [
    `# Datensicherungsplan: ${tenant.name}`,
    "",
    `Stand: ${germanDay(berlinDay(farm.at))}. Erzeugt aus der Konfiguration (\`${tenant.file}\` und Stack-Einstellungen);`,
    "Änderungen gehören dorthin, nicht in dieses Dokument.",
    "BSI IT-Grundschutz (Edition 2023): CON.3.A2 (Verfahrensweise), CON.3.A4 (Datensicherungsplan).",
  ];
}

function subject({ tenant, farm, stack }: BackupPlanScope): string[] {
  const pool = findPool(farm.settings, tenant.pool);
  return [
    "## 1 Gesichertes System",
    "",
    ...grid([
      ["Auftraggeber", tenant.contract.customer],
      ["Vertrag", `${tenant.contract.number}, in Betrieb ab ${germanDay(tenant.contract.liveFrom)}`],
      ["Auftragnehmer", `${farm.settings.provider.name}, ${farm.settings.provider.address}`],
      ["Verfahren", `ALLRIS net, Release ${tenant.allrisnet.release}, https://${tenant.domain}`],
      [
        "Virtuelle Maschine",
        `${vmName(tenant.id, `allris-farm/${stack}`)} im Pool ${pool.nameLabel} (${pool.hosts.join(", ")})`,
      ],
      [
        "Ausstattung",
        `${tenant.size.cpus} Prozessoren, ${formatSize(tenant.size.memory)} Arbeitsspeicher, ${formatSize(tenant.size.disk)} Systemplatte`,
      ],
    ]),
  ];
}

function data({ tenant, farm }: BackupPlanScope): string[] {
  const slot = findSlotOf(tenant, farm);
  return [
    "## 2 Gesicherte Daten",
    "",
    "- die virtuelle Maschine als Ganzes: Systemplatte mit Betriebssystem, Webserver, ALLRIS net und allen Dateien;",
    "- darin ein in sich stimmiger Stand (Datenbankabzug, Dateien der Anwendung, Zertifikat und Konto beim Aussteller,",
    `  Zählstände, Änderungsnachweise) mit einem Verzeichnis der Prüfsummen, geschrieben um ${slot.ready} Uhr.`,
    "",
    `Eine Datensicherung gilt als in sich stimmig, wenn dieser Stand bei ihrem Beginn jünger als ${freshManifestMinutes} Minuten ist.`,
    "Nicht gesichert, weil wiederherstellbar: Zugangsgeheimnisse der Anwendung (aus dem Geheimnisspeicher des",
    "Auftragnehmers) und die Konfiguration selbst (versioniert im Quellbestand).",
  ];
}

function procedure({ tenant, farm }: BackupPlanScope): string[] {
  const { backup } = farm.settings;
  const slot = findSlotOf(tenant, farm);
  return [
    "## 3 Verfahren und Zeitpunkt",
    "",
    ...grid([
      [
        "Art",
        "ganze virtuelle Maschine durch Xen Orchestra, fortlaufend (inkrementell), ein Auftrag je Verwaltung",
      ],
      ["Häufigkeit", `täglich, Beginn ${slot.at} Uhr (${slotTimezone})`],
      ["Sicherungszeitraum der Farm", `${backup.window.from} bis ${backup.window.to} Uhr`],
      ["Gleichzeitig", `höchstens ${backup.concurrency} Sicherungen`],
      ["Höchster Datenverlust", "ein Tag: der Abstand zweier Sicherungen"],
      ["Überwachung", `Meldung, sobald die letzte gute Sicherung älter als ${oldestBackupHours} Stunden ist`],
      ["Berichte über Fehler", (backup.reportRecipients ?? []).join(", ") || "keine Empfänger eingetragen"],
    ]),
    "",
    "Als gut zählt nur ein Lauf, der übertragen hat und dessen Archiv am Sicherungsort liegt. Übersprungene und",
    "abgebrochene Läufe und Läufe ohne Übertragung zählen als fehlende Sicherung des Tages.",
    "Momentaufnahmen (Snapshots) vor Releasewechseln ergänzen die Datensicherung und ersetzen sie nicht.",
  ];
}

function retention({ tenant }: BackupPlanScope): string[] {
  const { daily, weekly, monthly } = tenant.backup.retention;
  return [
    "## 4 Aufbewahrung",
    "",
    "| Stufe | aufbewahrt |",
    "| --- | --- |",
    `| täglich | ${daily} Tage |`,
    `| wöchentlich | ${weekly} Wochen |`,
    `| monatlich | ${monthly} Monate |`,
    "",
    "Eine Sicherung bleibt, solange eine der Stufen sie verlangt, und wird danach gelöscht.",
    ...(tenant.lifecycle.state === "terminating"
      ? [`Vertragsende: Löschung aller Sicherungen nach dem ${germanDay(tenant.lifecycle.deleteAfter)}.`]
      : []),
  ];
}

function places({ tenant, farm }: BackupPlanScope): string[] {
  const pool = findPool(farm.settings, tenant.pool);
  const primary = pool.storage[pool.defaultStorage]?.location ?? "";
  return [
    "## 5 Sicherungsorte",
    "",
    `Standort der Produktivdaten: ${primary}.`,
    "",
    "| Sicherungsort | Adresse | Standort | Verschlüsselung |",
    "| --- | --- | --- | --- |",
    ...Object.entries(farm.settings.backup.repositories).map(
      ([name, { url, location, encryptionKeyVariable }]) =>
        `| ${name} | \`${url}\` | ${location}${location === primary ? " (derselbe wie die Produktivdaten)" : ""} | ${encryptionKeyVariable === undefined ? "keine" : "durch Xen Orchestra"} |`,
    ),
  ];
}

function protection({ farm }: BackupPlanScope): string[] {
  const encrypted = Object.entries(farm.settings.backup.repositories).filter(isEncrypted);
  return [
    "## 6 Schutz vor unbefugtem Zugriff und Überschreiben",
    "",
    "- Sicherungsaufträge und Archive sieht und ändert nur die Verwaltungskennung von Xen Orchestra; die virtuelle",
    "  Maschine selbst hat keinen Zugang zu ihren Sicherungen.",
    `- Verschlüsselt: ${encrypted.map(([name]) => name).join(", ") || "kein Sicherungsort"}. Die Schlüssel liegen außerhalb des Quellbestands und des Sicherungsorts.`,
    `- Löschschutz für virtuelle Maschinen und Sicherungsaufträge: ${farm.settings.protection ? "eingeschaltet" : "ausgeschaltet"}.`,
  ];
}

function restoring({ tenant, farm, stack }: BackupPlanScope): string[] {
  const { quarantine } = findPool(farm.settings, tenant.pool);
  const command = `./farm restore ${tenant.id} -s ${stack}`;
  return [
    "## 7 Wiederherstellung",
    "",
    "Reihenfolge: Speicher und Pool, Xen Orchestra, Sicherungsort, dann diese virtuelle Maschine; in ihr startet erst",
    "die Datenbank, dann ALLRIS net, dann der Webserver. Von anderen Verwaltungen hängt sie nicht ab.",
    "",
    "| Fall | Befehl |",
    "| --- | --- |",
    `| ganze Maschine, letzter guter Stand | \`${command}\` |`,
    `| ganze Maschine, früherer Stand | \`${command} --at <Zeitpunkt>\` |`,
    `| einzelne Dateien | \`${command} --files <Pfad>\` |`,
    `| nur die Datenbank | \`${command} --database\` |`,
    `| Kopie zur Ansicht | \`${command} --as-copy\` |`,
    "",
    quarantine === undefined
      ? "Eine Quarantäne für Kopien ist nicht eingerichtet: einzelne Dateien, Datenbank und Tests sind so nicht möglich."
      : `Kopien laufen im Netz „${quarantine.nameLabel}“, das von den Netzen der Farm getrennt ist.`,
  ];
}

function tests({ tenant, farm, stack }: BackupPlanScope): string[] {
  const next = nextHealthCheck(tenant.id, berlinDay(farm.at));
  return [
    "## 8 Prüfung der Wiederherstellbarkeit",
    "",
    `- alle ${healthCheckDays} Tage stellt Xen Orchestra die Sicherung wieder her, startet sie ohne Netz und löscht sie; nächstes Mal am ${germanDay(next)};`,
    `- Wiederherstellungstest mit Vergleich von Release, Dateien und Datenbank: \`./farm drill restore ${tenant.id} -s ${stack} --by <Name>\`; das Protokoll wird abgezeichnet aufbewahrt;`,
    `- Stand aller Sicherungen, Tag für Tag: \`./farm backup status -s ${stack}\`.`,
  ];
}

function hardware(pool: PoolSettings): string[] {
  return [
    "## 9 Eingesetzte Hardware",
    "",
    "| Speicher | NetApp-Cluster | SVM | Ablage | Protokoll | Standort | Controller | verschlüsselt | gespiegelt |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ...Object.entries(pool.storage).map(
      ([name, { cluster, svm, volume, lun, protocol, location, controllers, encrypted, mirroredBy }]) =>
        `| ${name} | ${cluster} | ${svm} | ${volume ?? lun ?? ""} | ${protocol} | ${location} | ${controllers.join(", ")} | ${encrypted ? "ja" : "nein"} | ${mirroredBy ?? "nein"} |`,
    ),
    "",
    `Server: ${pool.hosts.join(", ")}.${pool.backupNetwork === undefined ? "" : ` Netz für Datensicherungen: ${pool.backupNetwork}.`}`,
  ];
}

/** What a reader has to know that the requirements ask for and the configuration does not show. */
function open({ tenant, farm }: BackupPlanScope): string[] {
  const pool = findPool(farm.settings, tenant.pool);
  const repositories = Object.entries(farm.settings.backup.repositories);
  const points = [
    ...repositories
      .filter((entry) => !isEncrypted(entry))
      .map(([name]) => `Sicherungsort „${name}“ ist nicht verschlüsselt (CON.3.A13).`),
    ...(pool.quarantine === undefined
      ? ["Für den Pool ist keine Quarantäne eingetragen (Abschnitt 7)."]
      : []),
    ...(farm.settings.backup.reportRecipients?.length
      ? []
      : ["Für Berichte über Fehler ist kein Empfänger eingetragen (Abschnitt 3)."]),
    "Unveränderbarkeit der Archive (CON.3.A14) richtet der Betreiber des Sicherungsorts ein; die Konfiguration sieht sie nicht.",
  ];
  return ["## 10 Offene Punkte", "", ...points.map((point) => `- ${point}`)];
}

function isEncrypted([, { encryptionKeyVariable }]: readonly [string, BackupRepositorySettings]): boolean {
  return encryptionKeyVariable !== undefined;
}

function grid(rows: readonly (readonly [string, string])[]): string[] {
  return ["| | |", "| --- | --- |", ...rows.map(([name, value]) => `| ${name} | ${value} |`)];
}

/** "02.11.2026" */
function germanDay(day: PlainDate): string {
  return day.split("-").reverse().join(".");
}

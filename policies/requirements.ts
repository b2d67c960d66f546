/** Where a requirement stands. The same id means different things in two of them, so it is never named alone. */
export const catalogues = {
  kompendium: { title: "IT-Grundschutz-Kompendium", version: "Edition 2023" },
  kernel: { title: "Grundschutz++, Kernel", version: "2026-07-29" },
  tls: { title: "Mindeststandard TLS (Entwurf)", version: "2026-04-23" },
} as const;

/** One requirement of the BSI. */
export interface Requirement {
  readonly catalogue: keyof typeof catalogues;
  readonly id: string;
  /** As the catalogue has it, German. */
  readonly title: string;
  /** Basic, standard or elevated need; the newer catalogues have no such levels. */
  readonly level?: "B" | "S" | "E";
}

const known = {
  "APP.3.1.A1": { catalogue: "kompendium", id: "APP.3.1.A1", title: "Authentisierung", level: "B" },
  "APP.3.1.A11": {
    catalogue: "kompendium",
    id: "APP.3.1.A11",
    title: "Sichere Anbindung von Hintergrundsystemen",
    level: "S",
  },
  "APP.3.2.A1": {
    catalogue: "kompendium",
    id: "APP.3.2.A1",
    title: "Sichere Konfiguration eines Webservers",
    level: "B",
  },
  "APP.3.2.A4": {
    catalogue: "kompendium",
    id: "APP.3.2.A4",
    title: "Protokollierung von Ereignissen",
    level: "B",
  },
  "APP.3.2.A7": {
    catalogue: "kompendium",
    id: "APP.3.2.A7",
    title: "Rechtliche Rahmenbedingungen für Webangebote",
    level: "B",
  },
  "APP.3.2.A11": {
    catalogue: "kompendium",
    id: "APP.3.2.A11",
    title: "Verschlüsselung über TLS",
    level: "B",
  },
  "APP.3.2.A14": {
    catalogue: "kompendium",
    id: "APP.3.2.A14",
    title: "Integritätsprüfungen und Schutz vor Schadsoftware",
    level: "S",
  },
  "APP.3.6.A8": {
    catalogue: "kompendium",
    id: "APP.3.6.A8",
    title: "Verwaltung von Domainnamen",
    level: "B",
  },
  "CON.1.A1": {
    catalogue: "kompendium",
    id: "CON.1.A1",
    title: "Auswahl geeigneter kryptografischer Verfahren",
    level: "B",
  },
  "CON.1.A4": {
    catalogue: "kompendium",
    id: "CON.1.A4",
    title: "Geeignetes Schlüsselmanagement",
    level: "B",
  },
  "CON.3.A2": {
    catalogue: "kompendium",
    id: "CON.3.A2",
    title: "Festlegung der Verfahrensweisen für die Datensicherung",
    level: "B",
  },
  "CON.3.A4": {
    catalogue: "kompendium",
    id: "CON.3.A4",
    title: "Erstellung von Datensicherungsplänen",
    level: "B",
  },
  "CON.3.A5": { catalogue: "kompendium", id: "CON.3.A5", title: "Regelmäßige Datensicherung", level: "B" },
  "CON.3.A12": {
    catalogue: "kompendium",
    id: "CON.3.A12",
    title: "Sichere Aufbewahrung der Speichermedien für die Datensicherungen",
    level: "B",
  },
  "CON.3.A13": {
    catalogue: "kompendium",
    id: "CON.3.A13",
    title: "Einsatz kryptografischer Verfahren bei der Datensicherung",
    level: "E",
  },
  "CON.3.A14": { catalogue: "kompendium", id: "CON.3.A14", title: "Schutz von Datensicherungen", level: "B" },
  "OPS.1.1.3.A10": {
    catalogue: "kompendium",
    id: "OPS.1.1.3.A10",
    title: "Sicherstellung der Integrität und Authentizität von Softwarepaketen",
    level: "S",
  },
  "OPS.1.1.5.A8": {
    catalogue: "kompendium",
    id: "OPS.1.1.5.A8",
    title: "Archivierung von Protokollierungsdaten",
    level: "S",
  },
  "OPS.1.2.5.A3": {
    catalogue: "kompendium",
    id: "OPS.1.2.5.A3",
    title: "Absicherung der Schnittstellen zur Fernwartung",
    level: "B",
  },
  "OPS.1.2.5.A8": {
    catalogue: "kompendium",
    id: "OPS.1.2.5.A8",
    title: "Sichere Protokolle bei der Fernwartung",
    level: "S",
  },
  "OPS.1.2.5.A17": {
    catalogue: "kompendium",
    id: "OPS.1.2.5.A17",
    title: "Authentisierungsmechanismen bei der Fernwartung",
    level: "S",
  },
  "OPS.1.2.5.A25": {
    catalogue: "kompendium",
    id: "OPS.1.2.5.A25",
    title: "Entkopplung der Kommunikation bei der Fernwartung",
    level: "S",
  },
  "ORP.4.A21": { catalogue: "kompendium", id: "ORP.4.A21", title: "Mehr-Faktor-Authentisierung", level: "E" },
  "ORP.4.A22": {
    catalogue: "kompendium",
    id: "ORP.4.A22",
    title: "Regelung zur Passwortqualität",
    level: "B",
  },
  "ORP.4.A23": {
    catalogue: "kompendium",
    id: "ORP.4.A23",
    title: "Regelung für passwortverarbeitende Anwendungen und IT-Systeme",
    level: "B",
  },
  "SYS.1.1.A19": {
    catalogue: "kompendium",
    id: "SYS.1.1.A19",
    title: "Einrichtung lokaler Paketfilter",
    level: "S",
  },
  "SYS.1.1.A30": { catalogue: "kompendium", id: "SYS.1.1.A30", title: "Ein Dienst pro Server", level: "E" },
  "SYS.1.3.A8": {
    catalogue: "kompendium",
    id: "SYS.1.3.A8",
    title: "Verschlüsselter Zugriff über Secure Shell",
    level: "S",
  },
  "SYS.1.3.A14": {
    catalogue: "kompendium",
    id: "SYS.1.3.A14",
    title: "Verhinderung des Ausspähens von Informationen über das System und über Benutzende",
    level: "E",
  },
  "SYS.1.5.A3": {
    catalogue: "kompendium",
    id: "SYS.1.5.A3",
    title: "Sichere Konfiguration virtueller IT-Systeme",
    level: "B",
  },
  "SYS.1.5.A4": {
    catalogue: "kompendium",
    id: "SYS.1.5.A4",
    title: "Sichere Konfiguration eines Netzes für virtuelle Infrastrukturen",
    level: "B",
  },
  "SYS.1.5.A5": {
    catalogue: "kompendium",
    id: "SYS.1.5.A5",
    title: "Schutz der Administrationsschnittstellen",
    level: "B",
  },
  "SYS.1.5.A9": {
    catalogue: "kompendium",
    id: "SYS.1.5.A9",
    title: "Netzplanung für virtuelle Infrastrukturen",
    level: "S",
  },
  "SYS.1.5.A10": {
    catalogue: "kompendium",
    id: "SYS.1.5.A10",
    title: "Einführung von Verwaltungsprozessen für virtuelle IT-Systeme",
    level: "S",
  },
  "SYS.1.5.A11": {
    catalogue: "kompendium",
    id: "SYS.1.5.A11",
    title: "Administration der Virtualisierungsinfrastruktur über ein gesondertes Managementnetz",
    level: "S",
  },
  "SYS.1.5.A14": {
    catalogue: "kompendium",
    id: "SYS.1.5.A14",
    title: "Einheitliche Konfigurationsstandards für virtuelle IT-Systeme",
    level: "S",
  },
  "SYS.1.5.A20": {
    catalogue: "kompendium",
    id: "SYS.1.5.A20",
    title: "Verwendung von hochverfügbaren Architekturen",
    level: "E",
  },
  "SYS.1.5.A24": {
    catalogue: "kompendium",
    id: "SYS.1.5.A24",
    title: "Deaktivierung von Snapshots virtueller IT-Systeme",
    level: "E",
  },
  "SYS.1.5.A28": {
    catalogue: "kompendium",
    id: "SYS.1.5.A28",
    title: "Verschlüsselung von virtuellen IT-Systemen",
    level: "E",
  },
  "SYS.1.8.A22": {
    catalogue: "kompendium",
    id: "SYS.1.8.A22",
    title: "Einsatz einer hochverfügbaren SAN-Lösung",
    level: "E",
  },
  "SYS.1.8.A23": {
    catalogue: "kompendium",
    id: "SYS.1.8.A23",
    title: "Einsatz von Verschlüsselung für Speicherlösungen",
    level: "E",
  },
  "GS++ ARCH.2.2.7": { catalogue: "kernel", id: "ARCH.2.2.7", title: "Management-Netz" },
  "GS++ ARCH.2.3": { catalogue: "kernel", id: "ARCH.2.3", title: "Mikrosegmentierung" },
  "GS++ ARCH.5.1": {
    catalogue: "kernel",
    id: "ARCH.5.1",
    title: "Einschränkung und Inspektion von Verbindungen",
  },
  "GS++ ARCH.5.1.6": {
    catalogue: "kernel",
    id: "ARCH.5.1.6",
    title: "Blockieren direkter Management-Verbindungen",
  },
  "GS++ ARCH.8.3": { catalogue: "kernel", id: "ARCH.8.3", title: "Redundante Server" },
  "GS++ BER.5.8": { catalogue: "kernel", id: "BER.5.8", title: "Mehr-Faktor-Authentisierung am Perimeter" },
  "GS++ BER.6.4": { catalogue: "kernel", id: "BER.6.4", title: "Kriterien für die Qualität von Passwörtern" },
  "GS++ BER.7.2": { catalogue: "kernel", id: "BER.7.2", title: "Schlüssellänge" },
  "GS++ BER.7.10": { catalogue: "kernel", id: "BER.7.10", title: "Abgelaufene Schlüssel" },
  "GS++ DET.3.1": {
    catalogue: "kernel",
    id: "DET.3.1",
    title: "Protokollierung sicherheitsrelevanter Ereignisse",
  },
  "GS++ DET.4.7": { catalogue: "kernel", id: "DET.4.7", title: "Auslaufen von Domains" },
  "GS++ DET.5.10.4": { catalogue: "kernel", id: "DET.5.10.4", title: "Integritätsprüfung von Patches" },
  "GS++ DEV.4.4": { catalogue: "kernel", id: "DEV.4.4", title: "Integrität externer Software" },
  "GS++ DEV.7.2": { catalogue: "kernel", id: "DEV.7.2", title: "Zertifikatsmonitoring" },
  "GS++ KONF.1.5": {
    catalogue: "kernel",
    id: "KONF.1.5",
    title: "Verschlüsselung von Konfigurationsgeheimnissen",
  },
  "GS++ KONF.2.1": { catalogue: "kernel", id: "KONF.2.1", title: "Grundkonfiguration für Systeme" },
  "GS++ KONF.3.2": { catalogue: "kernel", id: "KONF.3.2", title: "Speicherverschlüsselung" },
  "GS++ KONF.4.3": {
    catalogue: "kernel",
    id: "KONF.4.3",
    title: "Authentifizierung von Fernwartungsfunktionen",
  },
  "GS++ KONF.4.4": { catalogue: "kernel", id: "KONF.4.4", title: "Einschränkung von Fernwartungsfunktionen" },
  "GS++ KONF.6.4": { catalogue: "kernel", id: "KONF.6.4", title: "Privilegierte Systemfunktionen" },
  "GS++ KONF.6.6": { catalogue: "kernel", id: "KONF.6.6", title: "Getrennte Datenhaltung" },
  "GS++ KONF.11.1.2": {
    catalogue: "kernel",
    id: "KONF.11.1.2",
    title: "Authentifizierung von Netzverbindungen - clientseitig",
  },
  "GS++ KONF.14.1.1": { catalogue: "kernel", id: "KONF.14.1.1", title: "Obligatorische Verschlüsselung" },
  "GS++ NOT.4.2": { catalogue: "kernel", id: "NOT.4.2", title: "Sicherung des Systems" },
  "GS++ NOT.4.4": { catalogue: "kernel", id: "NOT.4.4", title: "Automatische Datensicherung" },
  "GS++ NOT.4.6": { catalogue: "kernel", id: "NOT.4.6", title: "Geschützte Aufbewahrung" },
  "GS++ NOT.4.7": { catalogue: "kernel", id: "NOT.4.7", title: "Versionierte Datensicherung" },
  "GS++ NOT.4.8": { catalogue: "kernel", id: "NOT.4.8", title: "Verschlüsselte Datensicherung" },
  "GS++ NOT.4.10": { catalogue: "kernel", id: "NOT.4.10", title: "Getrennte Aufbewahrung" },
  "GS++ NOT.4.12": { catalogue: "kernel", id: "NOT.4.12", title: "Georedundanz" },
  "GS++ NOT.4.16": { catalogue: "kernel", id: "NOT.4.16", title: "Test der Datensicherung" },
  "TLS KONF.10.2": { catalogue: "tls", id: "KONF.10.2", title: "Kryptographische Verfahren in Anwendungen" },
  "TLS KONF.14.1.1": { catalogue: "tls", id: "KONF.14.1.1", title: "Obligatorische Verschlüsselung" },
  "TLS KONF.14.1.2": { catalogue: "tls", id: "KONF.14.1.2", title: "HTTPS für Webserver" },
} as const satisfies Readonly<Record<string, Requirement>>;

/** How rules name a requirement: "CON.3.A5", "GS++ NOT.4.2", "TLS KONF.14.1.2". */
export type RequirementId = keyof typeof known;

/** The requirement of this name. */
export function findRequirement(id: RequirementId): Requirement {
  return known[id];
}

/** Every requirement that a rule may name. */
export const requirementIds: readonly RequirementId[] = Object.keys(known) as RequirementId[];

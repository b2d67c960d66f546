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

/** The Kompendium: title and level of need, by id. */
const kompendium = {
  "APP.3.1.A1": ["Authentisierung", "B"],
  "APP.3.1.A11": ["Sichere Anbindung von Hintergrundsystemen", "S"],
  "APP.3.2.A1": ["Sichere Konfiguration eines Webservers", "B"],
  "APP.3.2.A4": ["Protokollierung von Ereignissen", "B"],
  "APP.3.2.A7": ["Rechtliche Rahmenbedingungen für Webangebote", "B"],
  "APP.3.2.A11": ["Verschlüsselung über TLS", "B"],
  "APP.3.2.A14": ["Integritätsprüfungen und Schutz vor Schadsoftware", "S"],
  "APP.3.6.A8": ["Verwaltung von Domainnamen", "B"],
  "CON.1.A1": ["Auswahl geeigneter kryptografischer Verfahren", "B"],
  "CON.1.A4": ["Geeignetes Schlüsselmanagement", "B"],
  "CON.3.A2": ["Festlegung der Verfahrensweisen für die Datensicherung", "B"],
  "CON.3.A4": ["Erstellung von Datensicherungsplänen", "B"],
  "CON.3.A5": ["Regelmäßige Datensicherung", "B"],
  "CON.3.A12": ["Sichere Aufbewahrung der Speichermedien für die Datensicherungen", "B"],
  "CON.3.A13": ["Einsatz kryptografischer Verfahren bei der Datensicherung", "E"],
  "CON.3.A14": ["Schutz von Datensicherungen", "B"],
  "OPS.1.1.3.A10": ["Sicherstellung der Integrität und Authentizität von Softwarepaketen", "S"],
  "OPS.1.1.5.A8": ["Archivierung von Protokollierungsdaten", "S"],
  "OPS.1.2.5.A3": ["Absicherung der Schnittstellen zur Fernwartung", "B"],
  "OPS.1.2.5.A8": ["Sichere Protokolle bei der Fernwartung", "S"],
  "OPS.1.2.5.A17": ["Authentisierungsmechanismen bei der Fernwartung", "S"],
  "OPS.1.2.5.A25": ["Entkopplung der Kommunikation bei der Fernwartung", "S"],
  "ORP.4.A21": ["Mehr-Faktor-Authentisierung", "E"],
  "ORP.4.A22": ["Regelung zur Passwortqualität", "B"],
  "ORP.4.A23": ["Regelung für passwortverarbeitende Anwendungen und IT-Systeme", "B"],
  "SYS.1.1.A19": ["Einrichtung lokaler Paketfilter", "S"],
  "SYS.1.1.A30": ["Ein Dienst pro Server", "E"],
  "SYS.1.3.A8": ["Verschlüsselter Zugriff über Secure Shell", "S"],
  "SYS.1.3.A14": ["Verhinderung des Ausspähens von Informationen über das System und über Benutzende", "E"],
  "SYS.1.5.A3": ["Sichere Konfiguration virtueller IT-Systeme", "B"],
  "SYS.1.5.A4": ["Sichere Konfiguration eines Netzes für virtuelle Infrastrukturen", "B"],
  "SYS.1.5.A5": ["Schutz der Administrationsschnittstellen", "B"],
  "SYS.1.5.A9": ["Netzplanung für virtuelle Infrastrukturen", "S"],
  "SYS.1.5.A10": ["Einführung von Verwaltungsprozessen für virtuelle IT-Systeme", "S"],
  "SYS.1.5.A11": [
    "Administration der Virtualisierungsinfrastruktur über ein gesondertes Managementnetz",
    "S",
  ],
  "SYS.1.5.A14": ["Einheitliche Konfigurationsstandards für virtuelle IT-Systeme", "S"],
  "SYS.1.5.A20": ["Verwendung von hochverfügbaren Architekturen", "E"],
  "SYS.1.5.A24": ["Deaktivierung von Snapshots virtueller IT-Systeme", "E"],
  "SYS.1.5.A28": ["Verschlüsselung von virtuellen IT-Systemen", "E"],
  "SYS.1.8.A22": ["Einsatz einer hochverfügbaren SAN-Lösung", "E"],
  "SYS.1.8.A23": ["Einsatz von Verschlüsselung für Speicherlösungen", "E"],
} as const satisfies Readonly<Record<string, readonly [title: string, level: "B" | "S" | "E"]>>;

/** The Kernel of Grundschutz++: titles by id. */
const kernel = {
  "ARCH.2.2.7": "Management-Netz",
  "ARCH.2.3": "Mikrosegmentierung",
  "ARCH.5.1": "Einschränkung und Inspektion von Verbindungen",
  "ARCH.5.1.6": "Blockieren direkter Management-Verbindungen",
  "ARCH.8.3": "Redundante Server",
  "BER.5.8": "Mehr-Faktor-Authentisierung am Perimeter",
  "BER.6.4": "Kriterien für die Qualität von Passwörtern",
  "BER.7.2": "Schlüssellänge",
  "BER.7.10": "Abgelaufene Schlüssel",
  "DET.3.1": "Protokollierung sicherheitsrelevanter Ereignisse",
  "DET.4.7": "Auslaufen von Domains",
  "DET.5.10.4": "Integritätsprüfung von Patches",
  "DEV.4.4": "Integrität externer Software",
  "DEV.7.2": "Zertifikatsmonitoring",
  "KONF.1.5": "Verschlüsselung von Konfigurationsgeheimnissen",
  "KONF.2.1": "Grundkonfiguration für Systeme",
  "KONF.3.2": "Speicherverschlüsselung",
  "KONF.4.3": "Authentifizierung von Fernwartungsfunktionen",
  "KONF.4.4": "Einschränkung von Fernwartungsfunktionen",
  "KONF.6.4": "Privilegierte Systemfunktionen",
  "KONF.6.6": "Getrennte Datenhaltung",
  "KONF.11.1.2": "Authentifizierung von Netzverbindungen - clientseitig",
  "KONF.14.1.1": "Obligatorische Verschlüsselung",
  "NOT.4.2": "Sicherung des Systems",
  "NOT.4.4": "Automatische Datensicherung",
  "NOT.4.6": "Geschützte Aufbewahrung",
  "NOT.4.7": "Versionierte Datensicherung",
  "NOT.4.8": "Verschlüsselte Datensicherung",
  "NOT.4.10": "Getrennte Aufbewahrung",
  "NOT.4.12": "Georedundanz",
  "NOT.4.16": "Test der Datensicherung",
} as const satisfies Readonly<Record<string, string>>;

/** The draft for TLS: titles by id. */
const tls = {
  "KONF.10.2": "Kryptographische Verfahren in Anwendungen",
  "KONF.14.1.1": "Obligatorische Verschlüsselung",
  "KONF.14.1.2": "HTTPS für Webserver",
} as const satisfies Readonly<Record<string, string>>;

/** How rules name a requirement: "CON.3.A5", "GS++ NOT.4.2", "TLS KONF.14.1.2". */
export type RequirementId =
  | keyof typeof kompendium
  | `GS++ ${keyof typeof kernel}`
  | `TLS ${keyof typeof tls}`;

const known: ReadonlyMap<string, Requirement> = new Map([
  ...Object.entries(kompendium).map(([id, [title, level]]): [string, Requirement] => [
    id,
    { catalogue: "kompendium", id, title, level },
  ]),
  ...titled("kernel", "GS++", kernel),
  ...titled("tls", "TLS", tls),
]);

/** The requirement of this name. */
export function findRequirement(id: RequirementId): Requirement {
  const requirement = known.get(id);
  if (requirement === undefined) throw new Error(`no requirement ${id}`);
  return requirement;
}

/** Every requirement that a rule may name. */
export const requirementIds: readonly RequirementId[] = [...known.keys()] as RequirementId[];

/** The newer catalogues give titles alone. */
function titled(
  catalogue: "kernel" | "tls",
  prefix: string,
  titles: Readonly<Record<string, string>>,
): [string, Requirement][] {
  return Object.entries(titles).map(([id, title]) => [`${prefix} ${id}`, { catalogue, id, title }]);
}

import type { PersonField } from "./allrisnet-input.ts";

/** System parameters of the presentation for citizens. */
export interface CitizensInput {
  /**
   * Whether there is one. One of the two presentations is enabled at least.
   * @label Bürgerinfo eingeschaltet
   * @default - true
   */
  readonly enabled?: boolean;
  /**
   * Path below the domain: a slash, then lower-case letters, digits, `_` and `-`; not that of the politicians
   * and not "/internal".
   * @label Pfad
   * @default - "/public"
   */
  readonly basePath?: string;
  /**
   * Which programs there are.
   * @label Module
   * @default - as in its table
   */
  readonly modules?: CitizensModulesInput;
  /**
   * What is shown of persons.
   * @label Personenangaben
   * @default - as in its table
   */
  readonly persons?: CitizensPersonsInput;
  /**
   * When papers are shown.
   * @label Veröffentlichung
   * @default - as in its table
   */
  readonly publish?: CitizensPublishInput;
  /**
   * Subscriptions.
   * @label Abonnements
   * @default - as in its table
   */
  readonly feeds?: CitizensFeedsInput;
  /**
   * The open interface for programs, OParl.
   * @label OParl-Schnittstelle
   * @default - as in its table
   */
  readonly oparl?: CitizensOparlInput;
  /**
   * The search.
   * @label Suche
   * @default - as in its table
   */
  readonly search?: CitizensSearchInput;
  /**
   * What search engines may take up (robots.txt, `X-Robots-Tag`): nothing, pages, or pages and documents;
   * never temporary documents.
   * @label Aufnahme in Suchmaschinen
   * @default - "none"
   */
  readonly indexing?: "none" | "pages" | "all";
  /**
   * What the accessibility statement needs (EU 2016/2102 and the state's law).
   * @label Barrierefreiheit
   */
  readonly accessibility: CitizensAccessibilityInput;
  /**
   * Hosts whose pages may show the presentation in a frame, besides the site itself (CSP `frame-ancestors`).
   * @label Einbettung erlaubt für
   * @default - []
   */
  readonly frameAncestors?: readonly string[];
}

/** Which programs citizens have. */
export interface CitizensModulesInput {
  /**
   * Calendar of meetings.
   * @label Sitzungskalender
   * @default - true
   */
  readonly calendar?: boolean;
  /**
   * Agendas; they need the calendar.
   * @label Tagesordnungen
   * @default - true
   */
  readonly agendas?: boolean;
  /**
   * Papers.
   * @label Vorlagen
   * @default - true
   */
  readonly papers?: boolean;
  /**
   * Minutes; they need the agendas.
   * @label Niederschriften
   * @default - true
   */
  readonly minutes?: boolean;
  /**
   * Councils and committees.
   * @label Gremien
   * @default - true
   */
  readonly committees?: boolean;
  /**
   * Factions.
   * @label Fraktionen
   * @default - true
   */
  readonly factions?: boolean;
  /**
   * Persons, with the fields of `persons.show`.
   * @label Personen
   * @default - true
   */
  readonly persons?: boolean;
  /**
   * Text search.
   * @label Textsuche
   * @default - true
   */
  readonly textSearch?: boolean;
  /**
   * Resolutions.
   * @label Beschlüsse
   * @default - true
   */
  readonly resolutions?: boolean;
  /**
   * Map of the papers' places.
   * @label Karte
   * @default - false
   */
  readonly map?: boolean;
  /**
   * Link to the live transmission of a meeting.
   * @label Übertragung
   * @default - false
   */
  readonly livestream?: boolean;
}

/** What citizens are shown of persons. */
export interface CitizensPersonsInput {
  /**
   * Fields to show, one at least. Photo, postal address, mail address and telephone number need
   * `consentDocumented` (GDPR Art. 6 and 7).
   * @label Angezeigte Angaben
   * @default - ["name", "party", "function"]
   */
  readonly show?: readonly PersonField[];
  /**
   * Whether the administration holds the consent of every person to whatever goes beyond the office.
   * @label Einwilligungen liegen vor
   * @default - false
   */
  readonly consentDocumented?: boolean;
}

/** When citizens see papers. */
export interface CitizensPublishInput {
  /**
   * Days before a meeting from which on its agenda is shown, 0 to 30.
   * @label Tagesordnung sichtbar, Tage vor der Sitzung
   * @default - 7
   */
  readonly agendaDaysBefore?: number;
  /**
   * When the public minutes are shown.
   * @label Niederschrift sichtbar
   * @default - "afterApproval"
   */
  readonly minutes?: "afterApproval" | "immediately" | "never";
  /**
   * First day of the meetings that are shown, YYYY-MM-DD and not in the future, or "all".
   * @label Archiv ab
   * @default - "all"
   */
  readonly archiveFrom?: string;
}

/** What can be subscribed to. */
export interface CitizensFeedsInput {
  /**
   * The calendar as iCal.
   * @label Kalenderabonnement (iCal)
   * @default - true
   */
  readonly ical?: boolean;
  /**
   * News as RSS.
   * @label Neuigkeiten (RSS)
   * @default - false
   */
  readonly rss?: boolean;
}

/** The open interface for programs. */
export interface CitizensOparlInput {
  /**
   * Whether there is one; needs the licence "oparl".
   * @label OParl eingeschaltet
   * @default - false
   */
  readonly enabled?: boolean;
  /**
   * Version of the specification.
   * @label OParl-Version
   * @default - "1.1"
   */
  readonly version?: "1.0" | "1.1";
  /**
   * Address of the licence that the data are given under; required when enabled.
   * @label Lizenz der Daten
   * @default - none
   */
  readonly license?: string;
  /**
   * Mail address for questions about the data.
   * @label Ansprechadresse
   * @default - the address of `contact` in the tenant file
   */
  readonly contactEmail?: string;
}

/** The search. */
export interface CitizensSearchInput {
  /**
   * Whether it looks into documents.
   * @label Volltextsuche in Dokumenten
   * @default - true
   */
  readonly fullText?: boolean;
  /**
   * Most results of a search, 10 to 1000.
   * @label Höchstzahl der Treffer
   * @default - 200
   */
  readonly maxResults?: number;
}

/** What the accessibility statement needs. */
export interface CitizensAccessibilityInput {
  /**
   * Mail address for reports of barriers.
   * @label Kontakt für Barrieren
   */
  readonly feedbackEmail: string;
  /**
   * Page of the state's enforcement body, https.
   * @label Durchsetzungsstelle
   */
  readonly enforcementBodyUrl: string;
  /**
   * Day of the statement's last review, YYYY-MM-DD, not in the future; a warning when that is more than 365
   * days ago.
   * @label Stand der Erklärung
   */
  readonly statementDate: string;
  /**
   * The service ReadSpeaker, which is sent each text that it reads aloud; needs the licence "readSpeaker" and
   * `readSpeakerPrivacyNote`.
   * @label Vorlesefunktion (ReadSpeaker)
   * @default - false
   */
  readonly readSpeaker?: boolean;
  /**
   * Page, https, on which the privacy statement names that service; required with it (GDPR Art. 13).
   * @label Datenschutzhinweis zur Vorlesefunktion
   * @default - none
   */
  readonly readSpeakerPrivacyNote?: string;
}

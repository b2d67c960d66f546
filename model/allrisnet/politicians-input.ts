import type { SecretInput } from "./allrisnet-input.ts";

/** System parameters of the presentation for local politicians. It is never cached nor found by search engines. */
export interface PoliticiansInput {
  /**
   * Whether there is one. One of the two presentations is enabled at least.
   * @label Ratsinfo eingeschaltet
   * @default - true
   */
  readonly enabled?: boolean;
  /**
   * Path below the domain: a slash, then lower-case letters, digits, `_` and `-`; not that of the citizens and
   * not "/internal".
   * @label Pfad
   * @default - "/ri"
   */
  readonly basePath?: string;
  /**
   * What the presentation is called on its pages, 3 to 120 characters.
   * @label Bezeichnung
   * @default - by kind: "Kreistagsinfo" for a Landkreis, "Gremieninfo" for an Amt or Zweckverband, else "Ratsinfo"
   */
  readonly label?: string;
  /**
   * How politicians sign in.
   * @label Anmeldung
   * @default - as in its table
   */
  readonly auth?: PoliticiansAuthInput;
  /**
   * How long they stay signed in.
   * @label Sitzungsdauer
   * @default - as in its table
   */
  readonly session?: PoliticiansSessionInput;
  /**
   * Whether non-public papers are there.
   * @label Nichtöffentliche Unterlagen
   * @default - true
   */
  readonly nonPublicDocuments?: boolean;
  /**
   * Whose non-public papers a politician sees: those of his own councils and committees, or all.
   * @label Sichtbarkeit nichtöffentlicher Unterlagen
   * @default - "own-bodies"
   */
  readonly visibility?: "own-bodies" | "all-non-public";
  /**
   * How papers are given out.
   * @label Dokumente
   * @default - as in its table
   */
  readonly documents?: PoliticiansDocumentsInput;
  /**
   * Which programs there are.
   * @label Module
   * @default - as in its table
   */
  readonly modules?: PoliticiansModulesInput;
  /**
   * What mails are sent.
   * @label Benachrichtigungen
   * @default - as in its table
   */
  readonly notify?: PoliticiansNotifyInput;
  /**
   * Networks that may reach the presentation, "198.18.20.0/24"; none for everybody. A network that is the whole
   * Internet is refused. Those who measure the service level see the page of signing in all the same.
   * @label Zugelassene Netze
   * @default - []
   */
  readonly ipAllowlist?: readonly string[];
  /**
   * The record of sign-ins and accesses.
   * @label Protokoll
   * @default - as in its table
   */
  readonly audit?: PoliticiansAuditInput;
}

/** How politicians sign in. */
export interface PoliticiansAuthInput {
  /**
   * Who knows the accounts.
   * @label Anmeldeverfahren
   * @default - { kind: "local" }
   */
  readonly method?: AuthMethodInput;
  /**
   * Second factor, a one-time code (RFC 6238). Both forms need the licence "totp"; "off" is refused where
   * non-public papers are.
   * @label Zweiter Faktor
   * @default - "totp-required"
   */
  readonly secondFactor?: "off" | "totp-optional" | "totp-required";
  /**
   * Least characters of a password, 12 to 128.
   * @label Mindestlänge des Kennworts
   * @default - 12
   */
  readonly passwordMinLength?: number;
  /**
   * Failed attempts after which an account is locked, 3 to 10.
   * @label Fehlversuche bis zur Sperre
   * @default - 5
   */
  readonly lockoutAttempts?: number;
  /**
   * Minutes that it stays locked, 5 to 60.
   * @label Dauer der Sperre, Minuten
   * @default - 15
   */
  readonly lockoutMinutes?: number;
}

/** Who knows the accounts. */
type AuthMethodInput = LocalAuthInput | LdapAuthInput | SamlAuthInput | OidcAuthInput;

/** ALLRIS net itself knows the accounts. */
interface LocalAuthInput {
  /** ALLRIS net itself knows the accounts. */
  readonly kind: "local";
}

/** The administration's directory knows the accounts. */
export interface LdapAuthInput {
  /** The administration's directory. */
  readonly kind: "ldap";
  /**
   * Address of the directory, `ldaps://…`.
   * @label Verzeichnisdienst
   */
  readonly url: string;
  /**
   * Name of the account that ALLRIS net signs in with.
   * @label Dienstkonto
   */
  readonly bindDn: string;
  /**
   * Where accounts are looked for.
   * @label Suchbasis
   */
  readonly baseDn: string;
  /**
   * Where the account's password is found.
   * @label Kennwort des Dienstkontos
   */
  readonly bindPassword: SecretInput;
}

/** An identity provider knows the accounts, over SAML 2.0. */
export interface SamlAuthInput {
  /** An identity provider, over SAML 2.0. */
  readonly kind: "saml";
  /**
   * Page with the provider's metadata, https.
   * @label Metadaten des Anmeldedienstes
   */
  readonly metadataUrl: string;
  /**
   * Where the key is found that requests are signed with (PEM).
   * @label Signaturschlüssel
   */
  readonly key: SecretInput;
}

/** An identity provider knows the accounts, over OpenID Connect. */
export interface OidcAuthInput {
  /** An identity provider, over OpenID Connect. */
  readonly kind: "oidc";
  /**
   * Address of the provider, https.
   * @label Anmeldedienst
   */
  readonly issuerUrl: string;
  /**
   * Name that the site has there.
   * @label Client-Kennung
   */
  readonly clientId: string;
  /**
   * Where the site's secret is found.
   * @label Client-Geheimnis
   */
  readonly clientSecret: SecretInput;
}

/** How long politicians stay signed in. */
export interface PoliticiansSessionInput {
  /**
   * Minutes without a request after which a session ends, 5 to 120.
   * @label Abmeldung bei Untätigkeit, Minuten
   * @default - 30
   */
  readonly idleMinutes?: number;
  /**
   * Hours after which it ends in any case, 1 to 24.
   * @label Längste Sitzung, Stunden
   * @default - 12
   */
  readonly maxHours?: number;
}

/** How papers are given out. */
export interface PoliticiansDocumentsInput {
  /**
   * Whether the reader's name stands on each page.
   * @label Wasserzeichen
   * @default - true
   */
  readonly watermark?: boolean;
  /**
   * Whether papers may be stored.
   * @label Herunterladen
   * @default - true
   */
  readonly download?: boolean;
}

/** Which programs politicians have. */
export interface PoliticiansModulesInput {
  /**
   * Motions and questions.
   * @label Anträge
   * @default - true
   */
  readonly motions?: boolean;
  /**
   * Notes of one's own.
   * @label Notizen
   * @default - true
   */
  readonly notes?: boolean;
  /**
   * Accepting and declining invitations.
   * @label Anwesenheit
   * @default - true
   */
  readonly attendance?: boolean;
  /**
   * Voting; needs the licence "onlineVoting".
   * @label Abstimmung
   * @default - false
   */
  readonly onlineVoting?: boolean;
  /**
   * Access for the app on tablets; needs the licence "app".
   * @label App
   * @default - true
   */
  readonly app?: boolean;
}

/** What mails are sent. */
export interface PoliticiansNotifyInput {
  /**
   * Mail about new papers, with a link and never with non-public content.
   * @label Nachricht über neue Unterlagen
   * @default - "email"
   */
  readonly newDocuments?: "off" | "email";
}

/** The record of sign-ins and accesses. */
export interface PoliticiansAuditInput {
  /**
   * Days that it is kept, 30 to 365.
   * @label Aufbewahrung, Tage
   * @default - 90
   */
  readonly retentionDays?: number;
}

import type { Cidr } from "../address.ts";
import type { HostName } from "../host-name.ts";
import type { PlainDate } from "../plain-date.ts";
import type { Licence, PersonField, Ring } from "./allrisnet-input.ts";

/** ALLRIS net of one administration: parsed, cross-checked, every default filled in. */
export interface AllrisNet {
  /** Version of ALLRIS net that the site shall run, "4.1.7"; one of `releases/`. */
  readonly release: string;
  /** When the administration gets a new release or patch: first, with most, or last. */
  readonly ring: Ring;
  /** Why a change may run outside an announced window; it then counts as downtime. @default - none */
  readonly emergency?: string;
  /** Modules that the administration holds a licence for, in the order of the alphabet. */
  readonly licensedModules: readonly Licence[];
  readonly branding: Branding;
  /** The presentation for citizens (Bürgerinfo). */
  readonly citizens: Citizens;
  /** The presentation for local politicians (Ratsinfo). */
  readonly politicians: Politicians;
}

/** How the pages of both presentations look. */
export interface Branding {
  /** A file of `assets/` with its SHA-256 and its alternative text. @default - none */
  readonly logo?: { readonly file: string; readonly sha256: string; readonly alt: string };
  /** `#rrggbb` */
  readonly primaryColor: string;
  /** `#rrggbb`, contrast to `primaryColor` at least 4.5 : 1 (WCAG 2.1, 1.4.3). */
  readonly textOnPrimary: string;
}

/** System parameters of the presentation for citizens. */
export interface Citizens {
  readonly enabled: boolean;
  /** Path below the domain, "/public". */
  readonly basePath: string;
  readonly modules: {
    readonly calendar: boolean;
    readonly agendas: boolean;
    readonly papers: boolean;
    readonly minutes: boolean;
    readonly committees: boolean;
    readonly factions: boolean;
    readonly persons: boolean;
    readonly textSearch: boolean;
    readonly resolutions: boolean;
    readonly map: boolean;
    readonly livestream: boolean;
  };
  readonly persons: {
    /** In the order of {@link PersonField}, whatever the order in the file. */
    readonly show: readonly PersonField[];
    readonly consentDocumented: boolean;
  };
  readonly publish: {
    /** Days before a meeting, 0 to 30. */
    readonly agendaDaysBefore: number;
    readonly minutes: "afterApproval" | "immediately" | "never";
    readonly archiveFrom: PlainDate | "all";
  };
  readonly feeds: { readonly ical: boolean; readonly rss: boolean };
  readonly oparl: {
    readonly enabled: boolean;
    readonly version: "1.0" | "1.1";
    /** Address of the licence of the data; there when enabled. */
    readonly license?: string;
    readonly contactEmail: string;
  };
  readonly search: { readonly fullText: boolean; readonly maxResults: number };
  readonly indexing: "none" | "pages" | "all";
  readonly accessibility: {
    readonly feedbackEmail: string;
    readonly enforcementBodyUrl: string;
    readonly statementDate: PlainDate;
    readonly readSpeaker: boolean;
    /** Page on which the privacy statement names ReadSpeaker; there when that is on. */
    readonly readSpeakerPrivacyNote?: string;
  };
  /** Sites that may show the pages in a frame (CSP `frame-ancestors`), besides the site itself. */
  readonly frameAncestors: readonly HostName[];
}

/** System parameters of the presentation for local politicians. */
export interface Politicians {
  readonly enabled: boolean;
  readonly basePath: string;
  /** What the presentation is called: Ratsinfo, Kreistagsinfo, Gremieninfo. */
  readonly label: string;
  readonly auth: {
    readonly method: AuthMethod;
    readonly secondFactor: "off" | "totp-optional" | "totp-required";
    readonly passwordMinLength: number;
    readonly lockoutAttempts: number;
    readonly lockoutMinutes: number;
  };
  readonly session: { readonly idleMinutes: number; readonly maxHours: number };
  readonly nonPublicDocuments: boolean;
  readonly visibility: "own-bodies" | "all-non-public";
  readonly documents: { readonly watermark: boolean; readonly download: boolean };
  readonly modules: {
    readonly motions: boolean;
    readonly notes: boolean;
    readonly attendance: boolean;
    readonly onlineVoting: boolean;
    readonly app: boolean;
  };
  readonly notify: { readonly newDocuments: "off" | "email" };
  /** CIDRs that may reach the presentation; empty for everybody. */
  readonly ipAllowlist: readonly Cidr[];
  readonly audit: { readonly retentionDays: number };
}

/** How politicians sign in. A secret is named, never written: its value comes in at run time. */
type AuthMethod =
  | { readonly kind: "local" }
  | {
      readonly kind: "ldap";
      /** ldaps:// */
      readonly url: string;
      readonly bindDn: string;
      readonly baseDn: string;
      readonly bindPassword: SecretRef;
    }
  | {
      readonly kind: "saml";
      /** https address of the identity provider's metadata. */
      readonly metadataUrl: string;
      readonly key: SecretRef;
    }
  | {
      readonly kind: "oidc";
      /** https address of the identity provider. */
      readonly issuerUrl: string;
      readonly clientId: string;
      readonly clientSecret: SecretRef;
    };

/** Where a secret's value is found when the program runs. */
export type SecretRef =
  /** A secret of the stack's configuration, `pulumi config set --secret`. */
  | { readonly from: "config"; readonly key: string }
  /** An environment variable of whoever runs the engine. */
  | { readonly from: "environment"; readonly variable: string }
  /** A file on the machine of whoever runs the engine, mode 600. */
  | { readonly from: "file"; readonly path: string };

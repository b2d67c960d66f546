import type { CitizensInput } from "./citizens-input.ts";
import type { PoliticiansInput } from "./politicians-input.ts";

/** When an administration gets a new release or patch: first, with most others, or last. */
export type Ring = "pilot" | "standard" | "late";

/** Modules that need a licence of their own. */
export type Licence = "oparl" | "onlineVoting" | "app" | "readSpeaker" | "totp";

/** What citizens may be shown of a person. */
export type PersonField = "name" | "party" | "function" | "photo" | "address" | "email" | "phone";

/** ALLRIS net of one administration, as it is written below `allrisnet` in its tenant file. */
export interface AllrisnetInput {
  /**
   * Version of ALLRIS net that the site shall run, "4.1.7": one of `releases/`. Another one is an update, which
   * runs in an announced window.
   * @label Release
   */
  readonly release: string;
  /**
   * When the administration gets a new release or patch: first, with most others, or last.
   * @label Verteilgruppe
   * @default - "standard"
   */
  readonly ring?: Ring;
  /**
   * Why a change may run outside an announced window, one line; the time that it takes counts as downtime.
   * @label Notfallmaßnahme
   * @default - none
   */
  readonly emergency?: string;
  /**
   * Modules that the administration holds a licence for. A list that is written replaces the default, which
   * holds what the defaults of this page need: a site without the app or the second factor says so in both places.
   * @label Lizenzierte Module
   * @default - ["app", "totp"]
   */
  readonly licensedModules?: readonly Licence[];
  /**
   * How the pages of both presentations look.
   * @label Gestaltung
   * @default - as in its table
   */
  readonly branding?: BrandingInput;
  /**
   * The presentation for citizens.
   * @label Bürgerinfo
   */
  readonly citizens: CitizensInput;
  /**
   * The presentation for local politicians.
   * @label Ratsinfo
   * @default - as in its table
   */
  readonly politicians?: PoliticiansInput;
}

/** How the pages of both presentations look. */
export interface BrandingInput {
  /**
   * Logo at the top of each page.
   * @label Logo
   * @default - none, and the name of the administration stands there
   */
  readonly logo?: LogoInput;
  /**
   * Colour of the head of each page, `#rrggbb`.
   * @label Hauptfarbe
   * @default - "#003366"
   */
  readonly primaryColor?: string;
  /**
   * Colour of text on it, `#rrggbb`; the contrast of the two is at least 4.5 : 1 (WCAG 2.1, 1.4.3).
   * @label Schriftfarbe auf der Hauptfarbe
   * @default - "#ffffff"
   */
  readonly textOnPrimary?: string;
}

/** A logo: a file in the folder `assets/` beside `tenants/`. */
export interface LogoInput {
  /**
   * Name of the file, PNG or SVG, at most 200 KiB. An SVG holds shapes and text only: no script, no event
   * handler, no style sheet, nothing from elsewhere.
   * @label Datei
   */
  readonly file: string;
  /**
   * SHA-256 of the file, 64 hexadecimal digits (`sha256sum assets/<file>`), so that another picture is a change
   * of this file too.
   * @label Prüfsumme
   */
  readonly sha256: string;
  /**
   * What stands there for those who do not see it, 3 to 120 characters: "Wappen der Stadt Hohenbrück".
   * @label Alternativtext
   */
  readonly alt: string;
}

/** Where the value of a secret is found when the engine runs; the value itself never stands in a file. */
export type SecretInput = ConfigSecretInput | EnvironmentSecretInput | FileSecretInput;

/** A secret of the stack's configuration. */
export interface ConfigSecretInput {
  /** A secret of the stack's configuration, `pulumi config set --secret <key>`. */
  readonly from: "config";
  /** Its key there: letters, digits, dots, hyphens. */
  readonly key: string;
}

/** A secret in the environment. */
export interface EnvironmentSecretInput {
  /** An environment variable of whoever runs the engine. */
  readonly from: "environment";
  /** Its name, in capitals: "HOHENBRUECK_LDAP". */
  readonly variable: string;
}

/** A secret in a file. */
export interface FileSecretInput {
  /** A file on the machine of whoever runs the engine, mode 600. */
  readonly from: "file";
  /** Its absolute path. */
  readonly path: string;
}

/** One release of ALLRIS net that may be installed, as it is written in `releases/<version>.ts`. */
export interface ReleaseInput {
  /** Version as the pages show it: "4.1.7". The file is called `<version>.ts`. */
  readonly version: string;
  /** The maker's build number, as the pages show it behind the version: "4170039". */
  readonly build: string;
  /** SHA-256 of the archive, 64 hexadecimal digits in lower case; another archive is never installed. */
  readonly sha256: string;
  /** Where the archive is found. */
  readonly source: FileSource | UrlSource;
  /**
   * Generation of ALLRIS net. Only 4 is hosted: generation 3 consists of ASP programs on IIS, which is another
   * platform.
   */
  readonly generation: 4;
  /** Lowest version of the VM template (`/usr/share/farm/base-image`) that the release runs on. */
  readonly minimumBaseImage: number;
  /** Day on which the maker published it, YYYY-MM-DD. */
  readonly published: string;
  /** Minutes for which a site is away while the release is installed, 1 to 600. */
  readonly expectedMinutes: number;
  /**
   * What changed among the system parameters, against the release before.
   * @default - nothing changed
   */
  readonly parameters?: ParameterChangesInput;
}

/** An archive in the stack's own folder. */
export interface FileSource {
  /** Name of the file below `releases.folder` of the stack settings. */
  readonly file: string;
}

/** An archive that is fetched. */
export interface UrlSource {
  /** Address of the archive, https. */
  readonly url: string;
}

/** What changed among the system parameters; keys as in a tenant file: "citizens.search.maxResults". */
export interface ParameterChangesInput {
  /**
   * Keys whose name in the release's own files is another one from here on: `{ "citizens.search.maxResults":
   * "bi.search.limit" }`. Tenant files stay as they are.
   * @default - none
   */
  readonly renamed?: Readonly<Record<string, string>>;
  /**
   * Keys that the release no longer knows. A tenant file that sets one to something else than its default gets an error.
   * @default - none
   */
  readonly removed?: readonly string[];
  /**
   * Keys that appear with this release; older ones do not know them.
   * @default - none
   */
  readonly added?: readonly string[];
}

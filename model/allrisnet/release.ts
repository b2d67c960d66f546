import type { PlainDate } from "../plain-date.ts";
import type { ReleaseInput } from "../release-input.ts";

/** A release of ALLRIS net that may be installed: one file of `releases/`, parsed. */
export interface Release {
  /** File it comes from, relative to the checkout. */
  readonly file: string;
  /** "4.1.7" */
  readonly version: string;
  /** The maker's build number, "4170039". */
  readonly build: string;
  /** Lower-case hexadecimal digest of the archive. */
  readonly sha256: string;
  /** Where the archive is found: a file's name below the stack's releases folder, or an https address. */
  readonly source: { readonly file: string } | { readonly url: string };
  readonly generation: 4;
  /** Lowest version of the VM template that it runs on. */
  readonly minimumBaseImage: number;
  readonly published: PlainDate;
  /** Downtime that installing it is expected to cost, in minutes. */
  readonly expectedMinutes: number;
  /** What changed among the parameters, against the release before. */
  readonly parameters: {
    /** Model key → the name that the release's files use from here on. */
    readonly renamed: Readonly<Record<string, string>>;
    /** Model keys that the release no longer knows; a tenant that sets one gets an error. */
    readonly removed: readonly string[];
    /** Model keys that appear with this release: an older one does not know them. */
    readonly added: readonly string[];
  };
}

/** Gives a release file its types and the editor its help; returns its input unchanged. */
export function defineRelease(input: ReleaseInput): ReleaseInput {
  return input;
}

/** The release of this version, if it may be installed. */
export function tryFindRelease(releases: readonly Release[], version: string): Release | undefined {
  return releases.find((release) => release.version === version);
}

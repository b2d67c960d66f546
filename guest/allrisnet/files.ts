import { createHash } from "node:crypto";
import type { AllrisNet } from "../../model/allrisnet/allrisnet.ts";
import type { Release } from "../../model/allrisnet/release.ts";
import { type Administration, logoName, vendorParameters } from "./parameters.ts";
import { renderPresentations } from "./presentations.ts";
import { renderProperties } from "./properties.ts";
import { vocabularyOf } from "./vendor-keys.ts";

/** What a set of parameters is rendered from. */
export interface ParameterSetArgs {
  readonly administration: Administration;
  readonly allrisnet: AllrisNet;
  /** The release that reads it. */
  readonly release: Release;
  /** All releases that are known. */
  readonly releases: readonly Release[];
  /** The logo's bytes. @default - none */
  readonly logo?: Uint8Array | undefined;
}

/** Everything that one release reads about one site: a folder of its own on the machine. */
export interface ParameterSet {
  /** The release that reads it. */
  readonly version: string;
  /** Name of the folder: the first 16 digits of the SHA-256 of its content. */
  readonly name: string;
  /** Content in Base64 by file name. */
  readonly files: Readonly<Record<string, string>>;
}

/** Renders a set of parameters. The same arguments give the same bytes. */
export function renderParameterSet(args: ParameterSetArgs): ParameterSet {
  const { administration, allrisnet, release } = args;
  const vocabulary = vocabularyOf(release, args.releases);
  const parameters = vendorParameters(administration, allrisnet, release, vocabulary);
  const { logo } = allrisnet.branding;
  const files: Record<string, string> = {
    "allrisnet.properties": base64(Buffer.from(renderProperties(parameters), "latin1")),
    "presentations.xml": base64(
      Buffer.from(renderPresentations(administration, allrisnet, release, vocabulary)),
    ),
  };
  if (logo !== undefined && args.logo !== undefined) files[logoName(logo.file)] = base64(args.logo);
  const digest = createHash("sha256");
  for (const [name, content] of Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1))) {
    digest.update(`${name}\n${content}\n`);
  }
  return { version: release.version, name: digest.digest("hex").slice(0, 16), files };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { FarmError } from "../../lib/farm-error.ts";
import { checkFields, type Fields } from "../kit/fields.ts";
import { type CheckFailure, type CheckResult, type Properties, Unknown } from "../kit/types.ts";
import { connectionField } from "../ssh/dial.ts";

const text = { type: "text" } as const;

/** The inputs of `xenops:index:Release`. */
export const releaseFields: Fields = {
  vmId: { type: "text", required: true },
  connection: connectionField,
  domain: { type: "text", required: true },
  version: { type: "text", required: true },
  build: { type: "text", required: true },
  sha256: { type: "text", required: true },
  source: { type: "object", required: true, fields: { file: text, url: text } },
  minimumBaseImage: { type: "number", required: true },
  expectedMinutes: { type: "number", required: true },
  checks: { type: "object", required: true, fields: { citizens: text, politicians: text, oparl: text } },
  window: text,
  emergency: text,
};

/** Where an archive is found. */
export type ReleaseSource = { readonly file: string } | { readonly url: string };

/** The inputs, once everything is known. */
export interface ReleaseInputs {
  readonly vmId: string;
  /** As `@pulumi/command` takes it. */
  readonly connection: Properties;
  readonly domain: string;
  readonly version: string;
  readonly build: string;
  readonly sha256: string;
  readonly source: ReleaseSource;
  readonly minimumBaseImage: number;
  readonly expectedMinutes: number;
  /** Paths as visitors see them, for those presentations that the site has. */
  readonly checks: Readonly<Partial<Record<"citizens" | "politicians" | "oparl", string>>>;
  readonly window?: string;
  readonly emergency?: string;
}

/** The checked inputs with their types. */
export function releaseInputs(inputs: Properties): ReleaseInputs {
  return inputs as unknown as ReleaseInputs;
}

const forms: readonly (readonly [name: string, form: RegExp, what: string])[] = [
  ["version", /^\d+(?:\.\d+)+[A-Za-z0-9]*$/, 'must be a version like "4.1.7"'],
  ["build", /^[0-9a-z]+$/, 'must be a build number like "4170039"'],
  ["sha256", /^[0-9a-f]{64}$/, "must be a SHA-256 in 64 lower-case hexadecimal digits"],
];

function sourceFailure(source: Properties): CheckFailure | undefined {
  const { file, url } = source;
  if ((file === undefined) === (url === undefined)) {
    return { property: "source", reason: "must have a file or a url, and not both" };
  }
  if (typeof url !== "string" || url.startsWith("https://")) return undefined;
  return { property: "source.url", reason: "must be an https address" };
}

/** Checks the inputs; every problem is reported. */
export function checkRelease(news: Properties): CheckResult {
  const { inputs, failures } = checkFields(news, releaseFields);
  const more: CheckFailure[] = [];
  for (const [property, form, reason] of forms) {
    const value = inputs[property];
    if (typeof value === "string" && !form.test(value)) more.push({ property, reason });
  }
  const { source } = inputs;
  const wrong =
    typeof source === "object" && source !== null && !(source instanceof Unknown)
      ? sourceFailure(source as Properties)
      : undefined;
  if (wrong !== undefined) more.push(wrong);
  return { inputs, failures: [...failures, ...more] };
}

/**
 * Refuses an archive on this machine that is not the named one, before anything is touched.
 * @throws FarmError
 */
export async function requireArchive({ source, sha256, version }: ReleaseInputs): Promise<void> {
  if ("url" in source) return;
  if (!existsSync(source.file)) {
    throw new FarmError({
      what: `the archive of release ${version} is not there`,
      where: source.file,
      next: "put it into the stack's releases folder, under the name that the release's file gives",
    });
  }
  const hash = createHash("sha256");
  await pipeline(createReadStream(source.file), hash);
  const digest = hash.digest("hex");
  if (digest === sha256) return;
  throw new FarmError({
    what: `the archive is not release ${version}`,
    where: source.file,
    why: `its SHA-256 is ${digest}, expected ${sha256}`,
    next: "fetch it again from the maker and compare; never change the sum to fit the file",
  });
}

import { z } from "zod";
import type { For } from "../fields.ts";
import { parseDate } from "../plain-date.ts";
import type { FileSource, ParameterChangesInput, ReleaseInput, UrlSource } from "../release-input.ts";
import { urlParser } from "../text.ts";
import { bad, good, textSchema } from "../value.ts";
import type { Release } from "./release.ts";
import { generation3 } from "./schema.ts";

const version = textSchema((text) => {
  if (/^4\.\d{1,4}\.\d{1,4}$/.test(text)) return good(text);
  return bad(/^3\./.test(text) ? `is of generation 3: ${generation3}` : 'must be a version such as "4.1.7"');
});
const build = textSchema((text) =>
  /^\d{4,12}$/.test(text)
    ? good(text)
    : bad('must be the build number as the pages show it, such as "4170039"'),
);
const sha256 = textSchema((text) => {
  if (/^[0-9a-f]{64}$/.test(text)) return good(text);
  const lower = text.trim().toLowerCase();
  const hint = /^[0-9a-f]{64}$/.test(lower) ? `write "${lower}"` : undefined;
  return bad("must be a SHA-256: 64 hexadecimal digits in lower case", hint);
});
const archive = textSchema((text) =>
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(text)
    ? good(text)
    : bad("must be the name of one file: letters, digits, dots, hyphens"),
);
const key = textSchema((text) =>
  /^(citizens|politicians|branding)(\.[a-z][A-Za-z0-9]{0,40}){1,4}$/.test(text)
    ? good(text)
    : bad('must be the key of a system parameter such as "citizens.search.maxResults"'),
);
const vendorKey = textSchema((text) =>
  /^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+$/.test(text)
    ? good(text)
    : bad('must be a key of the release\'s own files such as "bi.search.limit"'),
);

const generation = z.custom<4>((value) => value === 4, {
  error: ({ input }) => (input === undefined ? "is missing; it must be 4" : `must be 4: ${generation3}`),
});

// No union: its message would speak of the alternative that was not meant.
const source = z
  .strictObject({
    file: archive.exactOptional(),
    url: textSchema(urlParser("https")).exactOptional(),
  } satisfies For<FileSource> & For<UrlSource>)
  .transform(({ file, url }, context): Release["source"] => {
    if (file !== undefined && url === undefined) return { file };
    if (url !== undefined && file === undefined) return { url };
    const message = file === undefined ? "must name a file or a url" : "must name a file or a url, not both";
    context.issues.push({ code: "custom", message, input: { file, url } });
    return z.NEVER;
  });

/** The fields of a release file. */
export const releaseShape = {
  version,
  build,
  sha256,
  source,
  generation,
  minimumBaseImage: z.int().min(1).max(100_000),
  published: textSchema(parseDate),
  expectedMinutes: z.int().min(1).max(600),
  parameters: z
    .strictObject({
      renamed: z.record(key, vendorKey).default({}),
      removed: z.array(key).max(200).default([]),
      added: z.array(key).max(200).default([]),
    } satisfies For<ParameterChangesInput>)
    .default({ renamed: {}, removed: [], added: [] }),
} satisfies For<ReleaseInput>;

import { z } from "zod";
import { parseIpv4, parseIpv6 } from "./address.ts";
import { allrisnetShape } from "./allrisnet/schema.ts";
import { retentionShape } from "./backup-schema.ts";
import type { For } from "./fields.ts";
import { parseHostName } from "./host-name.ts";
import type { ClosedInput, DeletionInput, TerminatingInput } from "./lifecycle-input.ts";
import { parseDate } from "./plain-date.ts";
import { parseSize } from "./size.ts";
import type {
  BackupInput,
  BodyInput,
  ChangeInput,
  ContactInput,
  ContractInput,
  CustomerCertificateInput,
  Kind,
  LinksInput,
  OriginCertificateInput,
  OriginValidityDays,
  OurDns,
  RetentionInput,
  SizeClass,
  SizeInput,
  StatusPageAudience,
  TenantInput,
} from "./tenant-input.ts";
import { parseEmail, parseLanguage, parseLine, parseName, parsePhone, parseSlug, urlParser } from "./text.ts";
import { bad, good, textSchema } from "./value.ts";

const kinds = [
  "gemeinde",
  "stadt",
  "samtgemeinde",
  "verbandsgemeinde",
  "amt",
  "verwaltungsgemeinschaft",
  "landkreis",
  "bezirk",
  "zweckverband",
] as const satisfies readonly Kind[];

const sizeClasses = ["small", "medium", "large"] as const satisfies readonly SizeClass[];
const lifetimes = [7, 30, 90, 365, 730, 1095, 5475] as const satisfies readonly OriginValidityDays[];

const audiences = ["customer", "public", "off"] as const satisfies readonly StatusPageAudience[];

const name = textSchema(parseName);
const line = textSchema(parseLine);
const slug = textSchema(parseSlug);
const hostName = textSchema(parseHostName);
const email = textSchema(parseEmail);
const date = textSchema(parseDate);
const page = textSchema(urlParser("https"));
const officialKey = textSchema((text) =>
  /^(0[1-9]|1[0-6])(\d{3}|\d{6}|\d{10})$/.test(text)
    ? good(text)
    : bad("must be an AGS (8 digits, a district's 5) or an ARS (12 digits), the state 01 to 16 first"),
);

const checksum = textSchema((text) =>
  /^[0-9a-f]{64}$/.test(text) ? good(text) : bad("must be a SHA-256: 64 lower-case hexadecimal digits"),
);

/** A folder's name that cannot lead out of the folder above it. */
const folderName = textSchema((text) =>
  /^[a-z0-9][a-z0-9._-]{0,99}$/.test(text)
    ? good(text)
    : bad("must be the name of one folder: lower-case letters, digits, dots, hyphens"),
);

const bytesBetween = (least: string, most: string) =>
  textSchema((text) => {
    const [low, size, high] = [parseSize(least), parseSize(text), parseSize(most)];
    const fits = !size.ok || (low.ok && high.ok && size.value >= low.value && size.value <= high.value);
    return fits ? size : bad(`must be "${least}" to "${most}"`);
  });

/** A VM's figures, also of the classes in the settings. */
export const sizeSchema = z.strictObject({
  cpus: z.int().min(1).max(32),
  memory: bytesBetween("1 GiB", "256 GiB"),
  disk: bytesBetween("10 GiB", "2040 GiB"),
} satisfies For<SizeInput>);

/** The fields of a tenant file. */
export const tenantShape = {
  id: slug,
  name,
  kind: z.enum(kinds),
  ags: officialKey.optional(),
  bodies: z
    .array(z.strictObject({ id: slug, name, ags: officialKey.exactOptional() } satisfies For<BodyInput>))
    .min(1)
    .optional(),
  domain: hostName,
  aliases: z.array(hostName).max(20).default([]),
  dns: z.discriminatedUnion("mode", [
    z.strictObject({ mode: z.literal("ours"), zone: hostName } satisfies For<OurDns>),
    z.strictObject({ mode: z.literal("theirs") }),
  ]),
  pool: line,
  address: textSchema(parseIpv4),
  address6: textSchema(parseIpv6).optional(),
  size: z.union([z.enum(sizeClasses), sizeSchema]).default("small"),
  certificate: z
    .discriminatedUnion("issuer", [
      z.strictObject({ issuer: z.literal("acme") }),
      z.strictObject({
        issuer: z.literal("cloudflare-origin"),
        validityDays: z.literal(lifetimes).default(365),
        rotation: z.int().min(1).max(100_000).default(1),
      } satisfies For<OriginCertificateInput>),
      z.strictObject({
        issuer: z.literal("customer"),
        delivery: folderName,
        caa: z.array(hostName).default([]),
      } satisfies For<CustomerCertificateInput>),
    ])
    .default({ issuer: "acme" }),
  links: z.strictObject({
    imprint: page,
    privacy: page,
    accessibility: page,
    home: page,
  } satisfies For<LinksInput>),
  contact: z.strictObject({
    email,
    phone: textSchema(parsePhone).exactOptional(),
  } satisfies For<ContactInput>),
  contract: z.strictObject({
    customer: name,
    number: line,
    liveFrom: date,
    endsOn: date.exactOptional(),
    noticeRecipients: z.array(email).min(1).max(50).exactOptional(),
  } satisfies For<ContractInput>),
  backup: z
    .strictObject({
      retention: z
        .strictObject({
          daily: retentionShape.daily.exactOptional(),
          weekly: retentionShape.weekly.exactOptional(),
          monthly: retentionShape.monthly.exactOptional(),
        } satisfies For<RetentionInput>)
        .default({}),
    } satisfies For<BackupInput>)
    .default({ retention: {} }),
  lifecycle: z
    .discriminatedUnion("state", [
      z.strictObject({ state: z.literal("active") }),
      z.strictObject({
        state: z.literal("terminating"),
        since: date,
        deleteAfter: date,
        orderedBy: line,
        closed: z
          .strictObject({
            on: date,
            archive: line,
            export: checksum,
            certificate: z.enum(["revoked", "none", "theirs"]),
          } satisfies For<ClosedInput>)
          .exactOptional(),
        deletion: z.strictObject({ on: date, by: line } satisfies For<DeletionInput>).exactOptional(),
      } satisfies For<TerminatingInput>),
    ])
    .default({ state: "active" }),
  changes: z
    .array(z.strictObject({ on: date, ticket: line, by: line, what: line } satisfies For<ChangeInput>))
    .max(500)
    .default([]),
  statusPage: z.enum(audiences).default("customer"),
  locale: textSchema(parseLanguage).default("de-DE"),
  languages: z.array(textSchema(parseLanguage)).min(1).max(20).default(["de"]),
  allrisnet: z.strictObject(allrisnetShape),
} satisfies For<TenantInput>;

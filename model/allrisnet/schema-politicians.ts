import { z } from "zod";
import { parseCidr, prefixOf } from "../address.ts";
import type { For } from "../fields.ts";
import { parseLine, parseName, urlParser } from "../text.ts";
import { bad, good, type Parsed, textSchema } from "../value.ts";
import type { ConfigSecretInput, EnvironmentSecretInput, FileSecretInput } from "./allrisnet-input.ts";
import type {
  LdapAuthInput,
  OidcAuthInput,
  PoliticiansAuditInput,
  PoliticiansAuthInput,
  PoliticiansDocumentsInput,
  PoliticiansInput,
  PoliticiansModulesInput,
  PoliticiansNotifyInput,
  PoliticiansSessionInput,
  SamlAuthInput,
} from "./politicians-input.ts";
import { basePath } from "./schema-citizens.ts";

const on = z.boolean().default(true);
const line = textSchema(parseLine);
const page = textSchema(urlParser("https"));

/** A directory's address; without TLS every password would cross the network in clear. */
const directory = textSchema((text): Parsed<string> => {
  const parsed = urlParser("ldaps")(text);
  return !parsed.ok && text.startsWith("ldap://")
    ? bad(parsed.why, `write "ldaps${text.slice("ldap".length, 100)}"`)
    : parsed;
});

const network = textSchema((text) => {
  const parsed = parseCidr(text);
  const whole = parsed.ok && prefixOf(parsed.value) === 0;
  return whole ? bad("is the whole Internet; leave the list empty to let everybody in") : parsed;
});

const secret = z.discriminatedUnion("from", [
  z.strictObject({
    from: z.literal("config"),
    key: matching(/^[A-Za-z][A-Za-z0-9._-]{0,99}$/, "must be a key: letters, digits, dots, hyphens"),
  } satisfies For<ConfigSecretInput>),
  z.strictObject({
    from: z.literal("environment"),
    variable: matching(/^[A-Z][A-Z0-9_]{0,99}$/, "must be the name of a variable in capitals"),
  } satisfies For<EnvironmentSecretInput>),
  z.strictObject({
    from: z.literal("file"),
    path: matching(/^\/[^\p{Cc}]{1,400}$/u, "must be an absolute path"),
  } satisfies For<FileSecretInput>),
]);

function matching(form: RegExp, why: string) {
  return textSchema((text) => (form.test(text) ? good(text) : bad(why)));
}

/** The fields of the presentation for politicians. */
export const politiciansShape = {
  enabled: on,
  basePath: basePath.default("/ri"),
  label: textSchema(parseName).exactOptional(),
  auth: z
    .strictObject({
      method: z
        .discriminatedUnion("kind", [
          z.strictObject({ kind: z.literal("local") }),
          z.strictObject({
            kind: z.literal("ldap"),
            url: directory,
            bindDn: line,
            baseDn: line,
            bindPassword: secret,
          } satisfies For<LdapAuthInput>),
          z.strictObject({
            kind: z.literal("saml"),
            metadataUrl: page,
            key: secret,
          } satisfies For<SamlAuthInput>),
          z.strictObject({
            kind: z.literal("oidc"),
            issuerUrl: page,
            clientId: line,
            clientSecret: secret,
          } satisfies For<OidcAuthInput>),
        ])
        .default({ kind: "local" }),
      secondFactor: z.enum(["off", "totp-optional", "totp-required"]).default("totp-required"),
      passwordMinLength: z.int().min(12).max(128).default(12),
      lockoutAttempts: z.int().min(3).max(10).default(5),
      lockoutMinutes: z.int().min(5).max(60).default(15),
    } satisfies For<PoliticiansAuthInput>)
    .prefault({}),
  session: z
    .strictObject({
      idleMinutes: z.int().min(5).max(120).default(30),
      maxHours: z.int().min(1).max(24).default(12),
    } satisfies For<PoliticiansSessionInput>)
    .prefault({}),
  nonPublicDocuments: on,
  visibility: z.enum(["own-bodies", "all-non-public"]).default("own-bodies"),
  documents: z
    .strictObject({ watermark: on, download: on } satisfies For<PoliticiansDocumentsInput>)
    .prefault({}),
  modules: z
    .strictObject({
      motions: on,
      notes: on,
      attendance: on,
      onlineVoting: z.boolean().default(false),
      app: on,
    } satisfies For<PoliticiansModulesInput>)
    .prefault({}),
  notify: z
    .strictObject({
      newDocuments: z.enum(["off", "email"]).default("email"),
    } satisfies For<PoliticiansNotifyInput>)
    .prefault({}),
  ipAllowlist: z.array(network).max(100).default([]),
  audit: z
    .strictObject({
      retentionDays: z.int().min(30).max(365).default(90),
    } satisfies For<PoliticiansAuditInput>)
    .prefault({}),
} satisfies For<PoliticiansInput>;

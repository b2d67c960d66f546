import { z } from "zod";
import type { For } from "../fields.ts";
import { parseHostName } from "../host-name.ts";
import { type PlainDate, parseDate } from "../plain-date.ts";
import { parseEmail, urlParser } from "../text.ts";
import { bad, good, type Parsed, textSchema } from "../value.ts";
import type { PersonField } from "./allrisnet-input.ts";
import type {
  CitizensAccessibilityInput,
  CitizensFeedsInput,
  CitizensInput,
  CitizensModulesInput,
  CitizensOparlInput,
  CitizensPersonsInput,
  CitizensPublishInput,
  CitizensSearchInput,
} from "./citizens-input.ts";

/** What can be shown of a person, in the order in which pages show it. */
export const personFields = [
  "name",
  "party",
  "function",
  "photo",
  "address",
  "email",
  "phone",
] as const satisfies readonly PersonField[];

const on = z.boolean().default(true);
const off = z.boolean().default(false);
const email = textSchema(parseEmail);
const page = textSchema(urlParser("https"));

/** Path of a presentation below the domain. */
export const basePath = textSchema((text) => {
  if (!/^\/[a-z0-9_-]{1,40}$/.test(text)) {
    return bad('must be a slash and then lower-case letters, digits, "_" and "-", such as "/public"');
  }
  return text === "/internal" ? bad("must not be /internal, where nobody from outside comes in") : good(text);
});

const firstDay = textSchema((text): Parsed<PlainDate | "all"> => {
  if (text === "all") return good(text);
  const date = parseDate(text);
  return date.ok ? date : { ...date, why: `must be "all" or a day: it ${date.why}` };
});

/** The fields of the presentation for citizens. */
export const citizensShape = {
  enabled: on,
  basePath: basePath.default("/public"),
  modules: z
    .strictObject({
      calendar: on,
      agendas: on,
      papers: on,
      minutes: on,
      committees: on,
      factions: on,
      persons: on,
      textSearch: on,
      resolutions: on,
      map: off,
      livestream: off,
    } satisfies For<CitizensModulesInput>)
    .prefault({}),
  persons: z
    .strictObject({
      show: z
        .array(z.enum(personFields))
        .min(1)
        .max(personFields.length)
        .default(["name", "party", "function"]),
      consentDocumented: off,
    } satisfies For<CitizensPersonsInput>)
    .prefault({}),
  publish: z
    .strictObject({
      agendaDaysBefore: z.int().min(0).max(30).default(7),
      minutes: z.enum(["afterApproval", "immediately", "never"]).default("afterApproval"),
      archiveFrom: firstDay.default("all"),
    } satisfies For<CitizensPublishInput>)
    .prefault({}),
  feeds: z.strictObject({ ical: on, rss: off } satisfies For<CitizensFeedsInput>).prefault({}),
  oparl: z
    .strictObject({
      enabled: off,
      version: z.enum(["1.0", "1.1"]).default("1.1"),
      license: textSchema(urlParser("https", "http")).exactOptional(),
      contactEmail: email.exactOptional(),
    } satisfies For<CitizensOparlInput>)
    .prefault({}),
  search: z
    .strictObject({
      fullText: on,
      maxResults: z.int().min(10).max(1000).default(200),
    } satisfies For<CitizensSearchInput>)
    .prefault({}),
  indexing: z.enum(["none", "pages", "all"]).default("none"),
  accessibility: z.strictObject({
    feedbackEmail: email,
    enforcementBodyUrl: page,
    statementDate: textSchema(parseDate),
    readSpeaker: off,
    readSpeakerPrivacyNote: page.exactOptional(),
  } satisfies For<CitizensAccessibilityInput>),
  frameAncestors: z.array(textSchema(parseHostName)).max(20).default([]),
} satisfies For<CitizensInput>;

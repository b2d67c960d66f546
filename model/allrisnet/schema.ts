import { z } from "zod";
import type { For } from "../fields.ts";
import { parseLine, parseName } from "../text.ts";
import { bad, good, textSchema } from "../value.ts";
import type { AllrisnetInput, BrandingInput, Licence, LogoInput, Ring } from "./allrisnet-input.ts";
import { citizensShape } from "./schema-citizens.ts";
import { politiciansShape } from "./schema-politicians.ts";

const rings = ["pilot", "standard", "late"] as const satisfies readonly Ring[];
const licences = [
  "app",
  "onlineVoting",
  "oparl",
  "readSpeaker",
  "totp",
] as const satisfies readonly Licence[];

const version = textSchema((text) => {
  if (/^4\.\d{1,4}\.\d{1,4}$/.test(text)) return good(text);
  return bad(/^3\./.test(text) ? `is of generation 3: ${generation3}` : 'must be a version such as "4.1.7"');
});

const color = textSchema((text) =>
  /^#[0-9a-f]{6}$/i.test(text)
    ? good(text.toLowerCase())
    : bad('must be a colour as "#" and six hexadecimal digits, such as "#003366"'),
);

const logo = z.strictObject({
  file: textSchema((text) =>
    /^[a-z0-9][a-z0-9._-]{0,99}\.(png|svg)$/.test(text)
      ? good(text)
      : bad("must be the name of a .png or .svg file in assets/: lower-case letters, digits, dots, hyphens"),
  ),
  sha256: textSchema((text) =>
    /^[0-9a-f]{64}$/.test(text) ? good(text) : bad("must be 64 hexadecimal digits in lower case"),
  ),
  alt: textSchema(parseName),
} satisfies For<LogoInput>);

/** Why generation 3 is refused. */
export const generation3 =
  "ALLRIS 3 is another platform (ASP programs on IIS, with MS SQL), which this farm does not run";

/** The fields below `allrisnet` of a tenant file. */
export const allrisnetShape = {
  release: version,
  ring: z.enum(rings).default("standard"),
  emergency: textSchema(parseLine).exactOptional(),
  licensedModules: z.array(z.enum(licences)).max(licences.length).default(["app", "totp"]),
  branding: z
    .strictObject({
      logo: logo.exactOptional(),
      primaryColor: color.default("#003366"),
      textOnPrimary: color.default("#ffffff"),
    } satisfies For<BrandingInput>)
    .prefault({}),
  citizens: z.strictObject(citizensShape),
  politicians: z.strictObject(politiciansShape).prefault({}),
} satisfies For<AllrisnetInput>;

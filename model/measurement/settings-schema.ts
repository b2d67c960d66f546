import { z } from "zod";
import { parseCidr, parseIpv4 } from "../address.ts";
import type { For } from "../fields.ts";
import { hostKey, user } from "../ssh-schema.ts";
import { parseLine, parseSlug } from "../text.ts";
import { textSchema } from "../value.ts";
import type { MeasurementSettings, ProberSettings } from "./settings.ts";

const line = textSchema(parseLine);
const port = z.int().min(1).max(65535);

const prober = z.strictObject({
  name: textSchema<string>(parseSlug),
  failureDomain: line,
  view: z.enum(["edge", "outside"]).default("edge"),
  host: textSchema(parseIpv4),
  port: port.default(22),
  user: user.default("farm"),
  hostKey,
  witnessPort: port.default(9616),
  askFrom: z.array(textSchema(parseCidr)).min(1).max(20).exactOptional(),
} satisfies For<ProberSettings>);

/** The fields of `measurement` in the stack settings. */
export const measurementSchema = z.strictObject({
  probers: z.array(prober).min(1).max(8),
  tls: z.enum(["shows", "decides"]).default("shows"),
  caFile: line.exactOptional(),
} satisfies For<MeasurementSettings>);

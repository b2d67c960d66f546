import { z } from "zod";
import { parseCidr, parseIpv4 } from "../address.ts";
import type { For } from "../fields.ts";
import { sizeSchema } from "../tenant-schema.ts";
import { parseEmail, parseLine, parseSlug } from "../text.ts";
import { textSchema } from "../value.ts";
import type { MonitoringSettings } from "./settings.ts";

const gib = 2 ** 30;
const email = textSchema(parseEmail);

/** The settings of the monitoring. */
export const monitoringSchema = z.strictObject({
  pool: textSchema<string>(parseSlug),
  address: textSchema(parseIpv4),
  size: sizeSchema.default({ cpus: 2, memory: 2 * gib, disk: 40 * gib }),
  operators: z.array(textSchema(parseCidr)).min(1).max(50).exactOptional(),
  recipients: z.array(email).min(1).max(50),
  retentionDays: z.int().min(100).max(1000).default(100),
  runbooks: textSchema(parseLine).default("docs/how-to/runbooks"),
  caFile: textSchema(parseLine).exactOptional(),
} satisfies For<MonitoringSettings>);

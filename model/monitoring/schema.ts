import { z } from "zod";
import { parseCidr, parseIpv4 } from "../address.ts";
import { variableName } from "../environment.ts";
import type { For } from "../fields.ts";
import { sizeSchema } from "../tenant-schema.ts";
import { parseEmail, parseLine, parseSlug, urlParser } from "../text.ts";
import { bad, good, textSchema } from "../value.ts";
import type { Heartbeat, MonitoringSettings, StorageWatch } from "./settings.ts";

const gib = 2 ** 30;
const email = textSchema(parseEmail);

/** Prometheus asks for `/metrics` there, and by no name of a user. */
const poller = textSchema((text) => {
  const read = urlParser("https", "http")(text);
  if (!read.ok) return read;
  const { origin, pathname, search, hash } = new URL(read.value);
  return pathname === "/" && search === "" && hash === ""
    ? good(origin)
    : bad("must be an address with a port and no path, such as https://harvest.example:12990");
});

const storage = z.strictObject({
  pollers: z.array(poller).min(1).max(50),
  caFile: textSchema(parseLine).exactOptional(),
} satisfies For<StorageWatch>);

const heartbeat = z.strictObject({
  url: textSchema(urlParser("https", "http")),
  tokenVariable: variableName.exactOptional(),
} satisfies For<Heartbeat>);

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
  storage: storage.exactOptional(),
  heartbeat: heartbeat.exactOptional(),
} satisfies For<MonitoringSettings>);

import { z } from "zod";
import { parseAddress, parseCidr, parseIpv4, parseIpv6 } from "./address.ts";
import { backupSchema } from "./backup-schema.ts";
import { variableName } from "./environment.ts";
import type { For } from "./fields.ts";
import { parseHostName } from "./host-name.ts";
import { mailSchema } from "./mail-schema.ts";
import { measurementSchema } from "./measurement/settings-schema.ts";
import { monitoringSchema } from "./monitoring/schema.ts";
import { parseDate } from "./plain-date.ts";
import type {
  HighAvailability,
  Network,
  PoolSettings,
  Quarantine,
  Storage,
  XapiAccount,
} from "./pool-settings.ts";
import type {
  Access,
  Acme,
  CloudflareAccount,
  Defaults,
  Endpoints,
  Jump,
  PackageRepository,
  Provider,
  ReleaseArchives,
  Settings,
  StateSettings,
  TrafficSettings,
  Zone,
} from "./settings.ts";
import type { ShardRule } from "./shards.ts";
import { parsePublicKey } from "./ssh-key.ts";
import { host, hostKey, user } from "./ssh-schema.ts";
import { parseBackend } from "./state-backend.ts";
import { sizeSchema } from "./tenant-schema.ts";
import { parseEmail, parseLine, parseName, parseSlug, urlParser } from "./text.ts";
import { bad, good, type Parsed, textSchema } from "./value.ts";

const line = textSchema(parseLine);
const email = textSchema(parseEmail);
const jumpObject = z.strictObject({
  host,
  port: z.int().min(1).max(65535),
  user,
  hostKey,
} satisfies For<Jump>);

/** "host:port user hostkey", the form that fits into one environment variable. */
function parseJump(text: string): Parsed<Jump> {
  const match = /^\[?([^\s[\]]+)\]?:(\d{1,5}) (\S+) (\S+ \S+)$/.exec(text.trim());
  const [, name, port, account, key] = match ?? [];
  const read = jumpObject.safeParse({ host: name, port: Number(port), user: account, hostKey: key });
  return read.success
    ? good(read.data)
    : bad('must be "host:port user hostkey" or an object with these four');
}

const network = z.strictObject({
  nameLabel: line,
  subnet: textSchema(parseCidr),
  gateway: textSchema(parseIpv4),
  subnet6: textSchema(parseCidr).exactOptional(),
  gateway6: textSchema(parseIpv6).exactOptional(),
  nameservers: z.array(textSchema(parseAddress)).min(1).max(8),
} satisfies For<Network>);

const storage = z.strictObject({
  cluster: line,
  svm: line,
  volume: line.exactOptional(),
  lun: line.exactOptional(),
  protocol: z.enum(["nfs", "iscsi", "fc"]),
  location: line,
  controllers: z.tuple([line, line]),
  takeoverSeconds: z.int().min(1).max(600),
  encrypted: z.boolean(),
  mirroredBy: line.exactOptional(),
} satisfies For<Storage>);

const highAvailability = z.strictObject({
  hostFailures: z.int().min(1).max(16).default(1),
  heartbeat: z.array(line).min(2).max(8),
  timeoutSeconds: z.int().min(5).max(600).default(60),
  startDelaySeconds: z.int().min(0).max(300).default(3),
} satisfies For<HighAvailability>);

const xapi = z.strictObject({
  url: textSchema(urlParser("https", "http")),
  user,
  passwordVariable: variableName,
} satisfies For<XapiAccount>);

const pool = z.strictObject({
  nameLabel: line,
  hosts: z.array(line).min(2).max(64),
  template: line,
  network,
  bastions: z.array(textSchema(parseCidr)).min(1).max(50),
  storage: z.record(line, storage),
  defaultStorage: line,
  quarantine: z
    .strictObject({
      nameLabel: line,
      jump: z.union([textSchema(parseJump), jumpObject]),
    } satisfies For<Quarantine>)
    .exactOptional(),
  ha: highAvailability,
  migrationNetwork: line.exactOptional(),
  backupNetwork: line.exactOptional(),
  xapi,
} satisfies For<PoolSettings>);

const archives = ".farm/releases";

/** What stands in a line of apt's sources. */
const aptWord = textSchema((text) =>
  /^[A-Za-z0-9][A-Za-z0-9./_-]{0,99}$/.test(text)
    ? good(text)
    : bad("must be one word: letters, digits, dots, slashes, hyphens"),
);

/** The fields of the stack settings. */
export const settingsShape = {
  stage: z.enum(["lab", "production"]),
  provider: z.strictObject({ name: textSchema(parseName), address: line, email } satisfies For<Provider>),
  protection: z.boolean().default(true),
  endpoints: z.strictObject({
    xo: textSchema(urlParser("wss", "ws")),
    cloudflare: textSchema(urlParser("https", "http")).default("https://api.cloudflare.com/client/v4"),
  } satisfies For<Endpoints>),
  access: z.strictObject({
    user: user.default("farm"),
    authorizedKeys: z.array(textSchema(parsePublicKey)).min(1).max(50),
    jump: z.union([textSchema(parseJump), jumpObject]),
  } satisfies For<Access>),
  acme: z.strictObject({
    directory: textSchema(urlParser("https")),
    caFile: line.exactOptional(),
    email,
    caaIssuer: textSchema(parseHostName),
  } satisfies For<Acme>),
  deliveries: line,
  releases: z
    .strictObject({ folder: line.default(archives) } satisfies For<ReleaseArchives>)
    .default({ folder: archives }),
  cloudflare: z.strictObject({
    accountId: textSchema((text) =>
      /^[0-9a-f]{32}$/.test(text) ? good(text) : bad("must be 32 hexadecimal digits in lower case"),
    ),
    originPullCaFile: line.exactOptional(),
    edgeRanges: z.array(textSchema(parseCidr)).min(1).exactOptional(),
  } satisfies For<CloudflareAccount>),
  zones: z
    .record(
      textSchema(parseHostName),
      z.strictObject({ registeredUntil: textSchema(parseDate).exactOptional() } satisfies For<Zone>),
    )
    .default({}),
  pools: z.record(textSchema<string>(parseSlug), pool),
  backup: backupSchema,
  sizes: z.strictObject({ small: sizeSchema, medium: sizeSchema, large: sizeSchema }),
  defaults: z
    .strictObject({ ttl: z.int().min(60).max(86_400).default(300) } satisfies For<Defaults>)
    .default({ ttl: 300 }),
  traffic: z
    .strictObject({
      unit: z.enum(["GB", "GiB"]).default("GB"),
      direction: z.enum(["out", "both"]).default("out"),
      included: z.int().min(1).exactOptional(),
    } satisfies For<TrafficSettings>)
    .default({ unit: "GB", direction: "out" }),
  patches: z
    .strictObject({
      repository: textSchema(urlParser("https", "http")),
      keyFile: line,
      suite: aptWord.default("bookworm"),
      component: aptWord.default("main"),
    } satisfies For<PackageRepository>)
    .optional(),
  monitoring: monitoringSchema.optional(),
  mail: mailSchema.optional(),
  measurement: measurementSchema.optional(),
  state: z
    .strictObject({
      backend: textSchema(parseBackend),
      passphraseFile: line.exactOptional(),
    } satisfies For<StateSettings>)
    .optional(),
  shards: z
    .record(
      textSchema<string>(parseSlug),
      z.strictObject({
        pools: z.array(textSchema<string>(parseSlug)).exactOptional(),
        tenants: z.array(textSchema<string>(parseSlug)).exactOptional(),
      } satisfies For<ShardRule>),
    )
    .default({}),
  shard: textSchema<string>(parseSlug).optional(),
} satisfies For<Settings>;

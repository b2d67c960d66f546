import { randomBytes } from "node:crypto";
import { z } from "zod";
import { timestamp } from "./api.ts";
import type { Store } from "./store.ts";
import type { TrafficRow } from "./traffic.ts";

/** An answer of the GraphQL endpoint: it has no envelope like the rest of the API. */
export interface GraphqlReply {
  readonly status: number;
  readonly body: unknown;
}

/**
 * The one query that is understood: bytes and requests by host name, from the dataset that has a host name at
 * all on every plan. developers.cloudflare.com/analytics/graphql-api/tutorials/end-customer-analytics
 */
const query = `query BytesByHost($zoneTag: string, $filter: filter) {
  viewer {
    zones(filter: {zoneTag: $zoneTag}) {
      httpRequestsAdaptiveGroups(limit: 1000, filter: $filter) {
        count
        sum { edgeResponseBytes }
        dimensions { clientRequestHTTPHost }
      }
    }
  }
}`;

const instant = z.iso.datetime().transform((text) => Date.parse(text));
const call = z.strictObject({
  query: z.string(),
  variables: z.strictObject({
    zoneTag: z.string(),
    filter: z.strictObject({
      datetime_geq: instant,
      datetime_lt: instant,
      clientRequestHTTPHost_in: z.array(z.string()).min(1),
      requestSource: z.literal("eyeball"),
      userAgent_notlike: z.string(),
    }),
  }),
});

/** Limits of the dataset on the free plan, in milliseconds: one day a query, eight days back. */
const widest = 86_400_000;
const oldest = 8 * widest;

/** Answers a call of /client/v4/graphql. */
export function answerGraphql(store: Store, sent: unknown, now: number = Date.now()): GraphqlReply {
  const read = call.safeParse(sent);
  if (!read.success) {
    const [issue] = read.error.issues;
    return refuse("parser", `error parsing args: ${issue?.path.join(".")}: ${issue?.message}`);
  }
  const { variables } = read.data;
  if (words(read.data.query) !== words(query)) return refuse("parser", "unknown query");
  const { zoneTag, filter } = variables;
  if (store.get("zones", zoneTag) === undefined) return refuse("authz", "not authorized for that zone", 403);
  const { datetime_geq: from, datetime_lt: to } = filter;
  if (from < now - oldest) return refuse("quota", "cannot request data older than 1w1d", 400, true);
  if (to - from > widest) return refuse("quota", "cannot request a time range wider than 1d", 400, true);
  const isLeftOut = likePattern(filter.userAgent_notlike);
  const rows = store
    .all("traffic")
    .filter((row) => row.zone_id === zoneTag && row.hour >= from && row.hour < to)
    .filter((row) => filter.clientRequestHTTPHost_in.includes(row.host) && !isLeftOut.test(row.agent));
  const zones = [{ httpRequestsAdaptiveGroups: groups(rows) }];
  return { status: 200, body: { data: { viewer: { zones } }, errors: null } };
}

function groups(rows: readonly TrafficRow[]): unknown[] {
  const hosts = [...new Set(rows.map(({ host }) => host))].sort();
  return hosts.map((host) => {
    const own = rows.filter((row) => row.host === host);
    return {
      count: own.reduce((sum, { requests }) => sum + requests, 0),
      dimensions: { clientRequestHTTPHost: host },
      sum: { edgeResponseBytes: own.reduce((sum, { bytes }) => sum + bytes, 0) },
    };
  });
}

/** A pattern of SQL's LIKE: % stands for any text, _ for one character. */
function likePattern(pattern: string): RegExp {
  const parts = pattern.split(/([%_])/).map((part) => {
    if (part === "%") return "[^]*";
    return part === "_" ? "[^]" : part.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  });
  return new RegExp(`^${parts.join("")}$`);
}

function words(text: string): string {
  return text.split(/\s+/).join(" ").trim();
}

function refuse(code: string, message: string, status = 400, inDataset = false): GraphqlReply {
  const path = inDataset ? ["viewer", "zones", "0", "httpRequestsAdaptiveGroups"] : null;
  const extensions = { code, timestamp: timestamp(), ray_id: randomBytes(8).toString("hex") };
  return { status, body: { data: null, errors: [{ message, path, extensions }] } };
}

import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { probeAgent } from "../guest/traffic-units.ts";
import { FarmError } from "../lib/farm-error.ts";
import type { PlainDate } from "../model/plain-date.ts";
import { addDays, startOfDay } from "../model/traffic-calendar.ts";
import type { EdgeDay } from "../model/traffic-day.ts";

/** Cloudflare's API, with a token that may read the zones and their analytics (Zone: Analytics: Read). */
export interface EdgeApi {
  /** `https://api.cloudflare.com/client/v4`. */
  readonly url: string;
  readonly token: string;
}

/**
 * Cloudflare's dataset with host names; developers.cloudflare.com/analytics/graphql-api/tutorials/
 * end-customer-analytics. At high traffic its figures are estimates from samples.
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

/** The widest range of one query on the free plan. */
const widest = 86_400_000;

const group = z.object({ count: z.number(), sum: z.object({ edgeResponseBytes: z.number() }) });
const answer = z.object({
  data: z
    .object({
      viewer: z.object({ zones: z.array(z.object({ httpRequestsAdaptiveGroups: z.array(group) })) }),
    })
    .nullish(),
  errors: z.array(z.object({ message: z.string() })).nullish(),
});
const zoneList = z.object({ result: z.array(z.object({ id: z.string() })) });

/** Cloudflare keeps the figures of a plan for so many days and no longer. */
class TooOld extends Error {}

/**
 * What the edge sent for these names on these days, the youngest first. Days that Cloudflare has forgotten are
 * left out: they are unknown, not zero.
 * @throws FarmError with the API's own words
 */
export async function* readEdgeDays(
  api: EdgeApi,
  zone: string,
  names: readonly string[],
  days: readonly PlainDate[],
  now: Date,
): AsyncGenerator<EdgeDay> {
  const zoneTag = await findZone(api, zone);
  try {
    for (const day of days.toSorted().reverse()) yield await readDay(api, zoneTag, names, day, now);
  } catch (error) {
    // Behind the first day that is forgotten there is nothing to ask for.
    if (!(error instanceof TooOld)) throw error;
  }
}

async function readDay(
  api: EdgeApi,
  zoneTag: string,
  names: readonly string[],
  day: PlainDate,
  now: Date,
): Promise<EdgeDay> {
  const ends = startOfDay(addDays(day, 1)).getTime();
  const last = Math.min(ends, now.getTime());
  let [requests, sent] = [0, 0];
  // The day on which summer time ends has 25 hours and needs two queries.
  for (let from = startOfDay(day).getTime(); from < last; from += widest) {
    const groups = await ask(api, zoneTag, {
      datetime_geq: new Date(from).toISOString(),
      datetime_lt: new Date(Math.min(from + widest, last)).toISOString(),
      clientRequestHTTPHost_in: names,
      requestSource: "eyeball",
      userAgent_notlike: `%${probeAgent}%`,
    });
    for (const { count, sum } of groups) {
      requests += count;
      sent += sum.edgeResponseBytes;
    }
  }
  return { day, complete: now.getTime() >= ends, requests, sent };
}

async function ask(api: EdgeApi, zoneTag: string, filter: object): Promise<readonly z.infer<typeof group>[]> {
  const body = JSON.stringify({ query, variables: { zoneTag, filter } });
  const { status, value } = await call(api, "graphql", { method: "POST", body });
  const { data, errors } = answer.safeParse(value).data ?? {};
  const [error] = errors ?? [];
  if (error?.message.startsWith("cannot request data older than")) throw new TooOld(error.message);
  const groups = data?.viewer.zones[0]?.httpRequestsAdaptiveGroups;
  if (error === undefined && groups !== undefined) return groups;
  throw refusal("what the edge sent", status, error?.message ?? JSON.stringify(value).slice(0, 200));
}

async function findZone(api: EdgeApi, name: string): Promise<string> {
  const { status, value } = await call(api, `zones?name=${encodeURIComponent(name)}`);
  const [zone] = zoneList.safeParse(value).data?.result ?? [];
  if (zone !== undefined) return zone.id;
  throw refusal(`the zone ${name}`, status, JSON.stringify(value).slice(0, 200));
}

function refusal(what: string, status: number, why: string): FarmError {
  return new FarmError({
    what: `Cloudflare does not tell ${what}: ${why} (HTTP ${status})`,
    next: "the token needs Zone: Read and Zone: Analytics: Read",
  });
}

/** One call; a rate limit or a passing failure is waited for once. */
async function call(api: EdgeApi, path: string, init: RequestInit = {}) {
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(`${api.url}/${path}`, {
      ...init,
      headers: { authorization: `Bearer ${api.token}`, "content-type": "application/json" },
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    const passing = response.status === 429 || response.status >= 500;
    if (passing && attempt === 1) {
      await sleep(Math.min(Number(response.headers.get("retry-after") ?? "2"), 30) * 1000);
      continue;
    }
    return { status: response.status, value: tryJson(text) };
  }
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

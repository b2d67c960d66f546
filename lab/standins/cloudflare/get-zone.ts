import type { Properties, ProviderFunction } from "../../../providers/kit/types.ts";
import { isObject } from "../fields.ts";
import type { CloudflareApi } from "./api.ts";
import type { Wire } from "./wire.ts";
import { wireObject } from "./wire.ts";
import { zoneProperties } from "./zone.ts";

/** The query of a filter: names with a dot for what lies in an object. */
function queryOf(filter: Properties): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(filter)) {
    if (isObject(value))
      for (const [inner, one] of Object.entries(value)) query.set(`${key}.${inner}`, String(one));
    else if (Array.isArray(value)) query.set(key, value.map(String).join(","));
    else query.set(key, String(value));
  }
  return query.toString();
}

async function findOne(client: CloudflareApi, signal: AbortSignal, filter: Properties): Promise<Wire> {
  const answer = await client.call("get", `/zones?${queryOf(filter)}`, signal);
  const zones = Array.isArray(answer) ? answer : [];
  if (zones.length !== 1)
    throw new Error(
      `expected exactly one zone for the filter ${JSON.stringify(filter)}, found ${zones.length}`,
    );
  return wireObject(zones[0], "GET zones");
}

/** `cloudflare:index/getZone:getZone`: by id, or by a filter that fits one zone only. */
export const getZone: ProviderFunction<CloudflareApi> = async ({ client, signal }, args) => {
  const { zoneId, filter } = args;
  if ((zoneId === undefined) === (filter === undefined)) throw new Error("give either zoneId or filter");
  const zone = isObject(filter)
    ? await findOne(client, signal, filter)
    : wireObject(await client.call("get", `/zones/${String(zoneId)}`, signal), "GET zone");
  const id = String(zone.id);
  return { ...zoneProperties(zone), ...args, id, zoneId: id };
};

import {
  type ApiContext,
  ApiError,
  account,
  nameServers,
  newId,
  objectBody,
  paginate,
  type Route,
  timestamp,
} from "./api.ts";
import { isDelegated, zoneStatus } from "./delegation.ts";
import { tryNormaliseDomain } from "./names.ts";
import type { Change, Store, ZoneRow } from "./store.ts";

/** A zone by its id. @throws ApiError with status 404 */
export function findZone(store: Store, id: string | undefined): ZoneRow {
  const zone = id === undefined ? undefined : store.get("zones", id);
  if (zone === undefined) throw new ApiError(404, 1001, "Invalid zone identifier.");
  return zone;
}

/** Zones: create, read, list, change, delete. */
export function zoneRoutes({ store }: ApiContext): Route[] {
  return [
    {
      method: "GET",
      path: "zones",
      handle: ({ query }) => paginate(listZones(store, query), query, { usual: 20, largest: 50 }),
    },
    {
      method: "POST",
      path: "zones",
      handle: async ({ body }) => ({ result: await createZone(store, body) }),
    },
    {
      method: "GET",
      path: "zones/:zoneId",
      handle: ({ params }) => ({ result: presentZone(store, findZone(store, params.zoneId)) }),
    },
    {
      method: "PATCH",
      path: "zones/:zoneId",
      handle: async ({ params, body }) => {
        const zone = { ...findZone(store, params.zoneId), ...readOptions(body), modified_on: timestamp() };
        await store.write(["zones", zone.id, zone]);
        return { result: presentZone(store, zone) };
      },
    },
    {
      method: "DELETE",
      path: "zones/:zoneId",
      handle: async ({ params }) => {
        const { id } = findZone(store, params.zoneId);
        await store.write(...removals(store, id));
        return { result: { id } };
      },
    },
  ];
}

async function createZone(store: Store, body: unknown): Promise<unknown> {
  const sent = objectBody(body);
  const owner = objectBody(sent.account ?? {}).id;
  if (owner !== undefined && owner !== account.id) throw new ApiError(403, 10000, "Authentication error");
  const name = typeof sent.name === "string" ? tryNormaliseDomain(sent.name) : undefined;
  if (name === undefined || !name.includes("."))
    throw new ApiError(400, 1049, `${String(sent.name)} is not a registered domain`);
  if (store.all("zones").some((zone) => zone.name === name))
    throw new ApiError(400, 1061, `${name} already exists`);
  const now = timestamp();
  const zone: ZoneRow = {
    id: newId(),
    name,
    paused: false,
    vanity_name_servers: [],
    ...readOptions(body),
    activated_on: isDelegated(store, name) ? now : null,
    created_on: now,
    modified_on: now,
    serial: 1,
  };
  await store.write(["zones", zone.id, zone]);
  return presentZone(store, zone);
}

/** The part of a zone that may be changed. The free plan knows the type `full` only. */
function readOptions(body: unknown): Partial<Pick<ZoneRow, "paused" | "vanity_name_servers">> {
  const { type, paused, vanity_name_servers: vanity } = objectBody(body);
  if (type !== undefined && type !== null && type !== "full") {
    throw new ApiError(400, 1224, `The plan of this zone does not include the type ${String(type)}.`);
  }
  if (Array.isArray(vanity) && vanity.length > 0) {
    throw new ApiError(400, 1125, "The plan of this zone does not include custom name servers.");
  }
  if (paused === undefined || paused === null) return {};
  if (typeof paused !== "boolean")
    throw new ApiError(400, 9207, "Request body is invalid: paused is a boolean.");
  return { paused };
}

function listZones(store: Store, query: URLSearchParams): unknown[] {
  const [name, status, owner] = [query.get("name"), query.get("status"), query.get("account.id")];
  return store
    .all("zones")
    .map((zone) => presentZone(store, zone))
    .filter((zone) => name === null || zone.name === tryNormaliseDomain(name))
    .filter((zone) => status === null || zone.status === status)
    .filter((zone) => owner === null || zone.account.id === owner);
}

/** A zone goes with everything in it. */
function removals(store: Store, id: string): Change[] {
  const settings = store.keys("settings").filter((key) => key.startsWith(`${id}/`));
  return [
    ...store.recordsOf(id).map((record): Change => ["records", record.id, null]),
    ...settings.map((key): Change => ["settings", key, null]),
    ["originPulls", id, null],
    ["zones", id, null],
  ];
}

function presentZone(store: Store, zone: ZoneRow) {
  const { serial: _, ...fields } = zone;
  return {
    ...fields,
    status: zoneStatus(store, zone),
    type: "full",
    development_mode: 0,
    name_servers: nameServers,
    original_name_servers: null,
    original_registrar: null,
    original_dnshost: null,
    cname_suffix: null,
    verification_key: null,
    meta: {
      cdn_only: false,
      custom_certificate_quota: 0,
      dns_only: false,
      foundation_dns: false,
      page_rule_quota: 3,
      phishing_detected: false,
      step: 2,
    },
    owner: { id: null, name: null, type: "user" },
    account: { id: account.id, name: account.name },
    tenant: { id: null, name: null },
    tenant_unit: { id: null },
    permissions: [
      "#dns_records:edit",
      "#dns_records:read",
      "#ssl:edit",
      "#ssl:read",
      "#zone:edit",
      "#zone:read",
    ],
    plan: {
      id: "0feeeeeeeeeeeeeeeeeeeeeeeeeeeeee",
      name: "Free Website",
      price: 0,
      currency: "USD",
      frequency: "",
      is_subscribed: false,
      can_subscribe: false,
      legacy_id: "free",
      legacy_discount: false,
      externally_managed: false,
    },
  };
}

import { type ApiContext, ApiError, objectBody, type Route, timestamp } from "./api.ts";
import { activations, delegatedSuffixes } from "./delegation.ts";
import { tryNormaliseDomain } from "./names.ts";
import { checkConflicts, normaliseRecord } from "./record-content.ts";
import type { Change, RecordContent, Store } from "./store.ts";

/** What the lab itself may change below /lab: towns' own zones, delegations, the end of the token. */
export function labRoutes({ store, dnsFaults }: ApiContext): Route[] {
  return [
    ...dnsFaults.routes(),
    {
      method: "GET",
      path: "foreign-zones",
      handle: () => ({
        result: store.keys("foreignZones").map((name) => ({ name, ...store.get("foreignZones", name) })),
      }),
    },
    {
      method: "GET",
      path: "foreign-zones/:zone",
      handle: ({ params }) => {
        const name = zoneName(params.zone);
        const zone = store.get("foreignZones", name);
        if (zone === undefined) throw new ApiError(404, 1001, "Invalid zone identifier.");
        return { result: { name, ...zone } };
      },
    },
    {
      method: "PUT",
      path: "foreign-zones/:zone",
      handle: async ({ params, body }) => {
        const name = zoneName(params.zone);
        const records = readRecords(body, name);
        const serial = (store.get("foreignZones", name)?.serial ?? 0) + 1;
        await writeAndActivate(store, ["foreignZones", name, { serial, records }]);
        return { result: { name, serial, records } };
      },
    },
    {
      method: "DELETE",
      path: "foreign-zones/:zone",
      handle: async ({ params }) => {
        const name = zoneName(params.zone);
        await writeAndActivate(store, ["foreignZones", name, null]);
        return { result: { name } };
      },
    },
    {
      method: "PUT",
      path: "token",
      handle: async ({ body }) => {
        const { expires_on: ends } = objectBody(body);
        if (typeof ends === "string" && !Number.isNaN(Date.parse(ends)))
          await store.write(["token", "token", { expires_on: ends }]);
        else if (ends === null) await store.write(["token", "token", null]);
        else throw new ApiError(400, 9207, "Request body is invalid: expires_on is an instant or null.");
        return { result: { expires_on: ends } };
      },
    },
    { method: "GET", path: "delegations", handle: () => ({ result: delegatedSuffixes(store) }) },
    {
      method: "PUT",
      path: "delegations",
      handle: async ({ body }) => {
        if (!Array.isArray(body))
          throw new ApiError(400, 9207, "Request body is invalid: a list of domains.");
        const suffixes = body.map(zoneName);
        await writeAndActivate(store, ["delegations", "suffixes", { suffixes }]);
        return { result: suffixes };
      },
    },
  ];
}

async function writeAndActivate(store: Store, change: Change): Promise<void> {
  const written = store.write(change);
  const activated = activations(store, timestamp());
  await Promise.all([written, activated.length > 0 ? store.write(...activated) : undefined]);
}

/** The list of records, or an object with it in `records`. Nobody proxies for a town's own servers. */
function readRecords(body: unknown, zone: string): RecordContent[] {
  const list = Array.isArray(body) ? body : objectBody(body).records;
  if (!Array.isArray(list)) throw new ApiError(400, 9207, "Request body is invalid: a list of records.");
  const records: RecordContent[] = [];
  for (const sent of list) {
    const record = normaliseRecord({ ...objectBody(sent), proxied: false }, zone);
    checkConflicts(record, records, zone);
    records.push(record);
  }
  return records;
}

function zoneName(text: unknown): string {
  const name = typeof text === "string" ? tryNormaliseDomain(text) : undefined;
  if (name === undefined) throw new ApiError(400, 9000, "DNS name is invalid.");
  return name;
}

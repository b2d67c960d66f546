import { type ApiContext, ApiError, newId, objectBody, paginate, type Route, timestamp } from "./api.ts";
import { tryNormaliseRecordName } from "./names.ts";
import { checkConflicts, isProxiable, normaliseRecord, parseCaa } from "./record-content.ts";
import type { Change, RecordContent, RecordRow, Store, ZoneRow } from "./store.ts";
import { findZone } from "./zones.ts";

const path = "zones/:zoneId/dns_records";
const onePath = `${path}/:recordId`;

/** The records of a zone: create, read, list, overwrite, change, delete. */
export function recordRoutes({ store }: ApiContext): Route[] {
  const save = async (zone: ZoneRow, sent: unknown, old?: RecordRow): Promise<unknown> => {
    const content = normaliseRecord(sent, zone.name);
    const others = store.recordsOf(zone.id).filter((record) => record.id !== old?.id);
    checkConflicts(content, others, zone.name);
    const now = timestamp();
    const row = {
      ...content,
      id: old?.id ?? newId(),
      zone_id: zone.id,
      created_on: old?.created_on ?? now,
      modified_on: now,
    };
    await store.write(["records", row.id, row], nextSerial(zone));
    return presentRecord(row);
  };
  return [
    {
      method: "GET",
      path,
      handle: ({ params, query }) => {
        const zone = findZone(store, params.zoneId);
        const found = store.recordsOf(zone.id).filter(recordFilter(query, zone.name));
        return paginate(found.map(presentRecord), query, { usual: 100, largest: 50_000 });
      },
    },
    {
      method: "POST",
      path,
      handle: async ({ params, body }) => ({ result: await save(findZone(store, params.zoneId), body) }),
    },
    {
      method: "GET",
      path: onePath,
      handle: ({ params }) => ({ result: presentRecord(findRecord(store, params).record) }),
    },
    {
      method: "PUT",
      path: onePath,
      handle: async ({ params, body }) => {
        const { zone, record } = findRecord(store, params);
        return { result: await save(zone, body, record) };
      },
    },
    {
      method: "PATCH",
      path: onePath,
      handle: async ({ params, body }) => {
        const { zone, record } = findRecord(store, params);
        const changes = objectBody(body);
        const { data, ...old } = presentRecord(record);
        // Data and content say the same: the one that is sent must not be held back by the other's old text.
        const base = changes.content === undefined ? { ...old, data } : old;
        return { result: await save(zone, { ...base, ...changes }, record) };
      },
    },
    {
      method: "DELETE",
      path: onePath,
      handle: async ({ params }) => {
        const { zone, record } = findRecord(store, params);
        await store.write(["records", record.id, null], nextSerial(zone));
        return { result: { id: record.id } };
      },
    },
  ];
}

/** A record as the API returns it. */
export function presentRecord(row: RecordRow) {
  const { priority, zone_id: _, ...fields } = row;
  return {
    ...fields,
    proxiable: isProxiable(row.type),
    meta: {},
    tags: [],
    ...(row.type === "CAA" ? { data: parseCaa(row.content) } : {}),
    ...(row.type === "CNAME" ? { settings: { flatten_cname: false } } : {}),
    ...(priority === null ? {} : { priority }),
  };
}

function findRecord(
  store: Store,
  params: Readonly<Record<string, string>>,
): { zone: ZoneRow; record: RecordRow } {
  const zone = findZone(store, params.zoneId);
  const record = params.recordId === undefined ? undefined : store.get("records", params.recordId);
  if (record?.zone_id !== zone.id) throw new ApiError(404, 81044, "Record does not exist.");
  return { zone, record };
}

function nextSerial(zone: ZoneRow): Change {
  return ["zones", zone.id, { ...zone, serial: zone.serial + 1 }];
}

/** The filters of the list: `type`, `proxied`, `search`, and the text filters of name, content and comment. */
function recordFilter(query: URLSearchParams, zone: string): (record: RecordContent) => boolean {
  const tests: ((record: RecordContent) => boolean)[] = [];
  const [type, proxied, search] = [
    query.get("type"),
    query.get("proxied"),
    query.get("search")?.toLowerCase(),
  ];
  if (type !== null) tests.push((record) => record.type === type);
  if (proxied !== null) tests.push((record) => record.proxied === (proxied === "true"));
  for (const field of ["name", "content", "comment"] as const) {
    for (const [operator, compare] of Object.entries(operators)) {
      const wanted = query.get(operator === "" ? field : `${field}.${operator}`)?.toLowerCase();
      if (wanted === undefined) continue;
      const isName = field === "name" && (operator === "" || operator === "exact");
      const text = isName ? tryNormaliseRecordName(wanted, zone) : wanted;
      tests.push((record) => text !== undefined && compare((record[field] ?? "").toLowerCase(), text));
    }
  }
  if (search !== undefined) {
    tests.push((record) =>
      [record.name, record.content, record.comment].some((text) => text?.toLowerCase().includes(search)),
    );
  }
  const isAny = query.get("match") === "any" && tests.length > 0;
  return (record) => (isAny ? tests.some((test) => test(record)) : tests.every((test) => test(record)));
}

const operators: Readonly<Record<string, (text: string, wanted: string) => boolean>> = {
  "": (text, wanted) => text === wanted,
  exact: (text, wanted) => text === wanted,
  contains: (text, wanted) => text.includes(wanted),
  startswith: (text, wanted) => text.startsWith(wanted),
  endswith: (text, wanted) => text.endsWith(wanted),
};

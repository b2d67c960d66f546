import { isDeepStrictEqual } from "node:util";
import type { Json } from "../json.ts";
import { type ApiContext, ApiError, objectBody, type Route, timestamp } from "./api.ts";
import { type SecurityHeader, securityHeader, settingDefinitions } from "./setting-defaults.ts";
import type { Store } from "./store.ts";
import { findZone } from "./zones.ts";

const path = "zones/:zoneId/settings";

/** The value of a setting of a zone: what was written, else that of a new zone. */
export function settingValue(store: Store, zoneId: string, id: string): Json {
  return store.get("settings", `${zoneId}/${id}`)?.value ?? settingDefinitions[id]?.value ?? null;
}

/** Settings of a zone: list, read, write. They cannot be removed. */
export function settingRoutes({ store }: ApiContext): Route[] {
  const present = (zoneId: string, id: string) => {
    const value = settingValue(store, zoneId, id);
    const isEarlyData = id === "tls_1_3" && value === "on" && settingValue(store, zoneId, "0rtt") === "on";
    return {
      id,
      value: isEarlyData ? "zrt" : value,
      editable: findDefinition(id).editable,
      modified_on: store.get("settings", `${zoneId}/${id}`)?.modified_on ?? null,
    };
  };
  return [
    {
      method: "GET",
      path,
      handle: ({ params }) => {
        const { id } = findZone(store, params.zoneId);
        return { result: Object.keys(settingDefinitions).map((setting) => present(id, setting)) };
      },
    },
    {
      method: "GET",
      path: `${path}/:setting`,
      handle: ({ params }) => ({ result: present(findZone(store, params.zoneId).id, params.setting ?? "") }),
    },
    {
      method: "PATCH",
      path: `${path}/:setting`,
      handle: async ({ params, body }) => {
        const { id } = findZone(store, params.zoneId);
        const setting = params.setting ?? "";
        const value = checkValue(setting, objectBody(body).value as Json | undefined);
        await store.write(["settings", `${id}/${setting}`, { value, modified_on: timestamp() }]);
        return { result: present(id, setting) };
      },
    },
  ];
}

function findDefinition(id: string) {
  const definition = Object.hasOwn(settingDefinitions, id) ? settingDefinitions[id] : undefined;
  if (definition === undefined) throw new ApiError(400, 1003, `Undefined zone setting: ${id}`);
  return definition;
}

function checkValue(id: string, value: Json | undefined): Json {
  const definition = findDefinition(id);
  if (!definition.editable && !isDeepStrictEqual(value, definition.value)) {
    throw new ApiError(400, 1015, `Not allowed to edit setting for ${id}`);
  }
  if (value === undefined || value === null || !definition.accepts(value)) {
    throw new ApiError(400, 1007, `Invalid value for zone setting ${id}`);
  }
  return id === "security_header"
    ? securityHeader((value as SecurityHeader).strict_transport_security)
    : value;
}

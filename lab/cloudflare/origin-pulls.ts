import { type ApiContext, ApiError, objectBody, type Route } from "./api.ts";
import type { Store } from "./store.ts";
import { findZone } from "./zones.ts";

const path = "zones/:zoneId/origin_tls_client_auth/settings";

/** Whether the edge shows its client certificate to the origins of a zone. Off in a new zone. */
export function isOriginPullOn(store: Store, zoneId: string): boolean {
  return store.get("originPulls", zoneId)?.enabled ?? false;
}

/** Authenticated origin pulls of a whole zone with the certificate that all zones share: read, write. */
export function originPullRoutes({ store }: ApiContext): Route[] {
  return [
    {
      method: "GET",
      path,
      handle: ({ params }) => ({
        result: { enabled: isOriginPullOn(store, findZone(store, params.zoneId).id) },
      }),
    },
    {
      method: "PUT",
      path,
      handle: async ({ params, body }) => {
        const { id } = findZone(store, params.zoneId);
        const { enabled } = objectBody(body);
        if (typeof enabled !== "boolean") throw new ApiError(400, 1400, "enabled must be a boolean");
        await store.write(["originPulls", id, { enabled }]);
        return { result: { enabled } };
      },
    },
  ];
}

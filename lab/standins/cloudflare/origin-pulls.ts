import type { AuthenticatedOriginPullsSettingsArgs } from "@pulumi/cloudflare/authenticatedOriginPullsSettings.js";
import type { Field } from "../fields.ts";
import { placeField, resource, warnOfRemains } from "./resource.ts";
import { wireObject } from "./wire.ts";

const fields = {
  zoneId: placeField,
  enabled: { type: "boolean", required: true },
} satisfies Record<keyof AuthenticatedOriginPullsSettingsArgs, Field>;

const path = (zone: string): string => `/zones/${zone}/origin_tls_client_auth/settings`;

/** `cloudflare:index/authenticatedOriginPullsSettings:AuthenticatedOriginPullsSettings`; its id is the zone's. */
export const originPulls = resource(
  { fields, outputs: [] },
  {
    async create({ client, signal }, planned) {
      const zoneId = String(planned.zoneId);
      await client.call("put", path(zoneId), signal, { enabled: planned.enabled });
      return { id: zoneId, answer: {} };
    },

    async read({ client, signal }, id) {
      const answer = wireObject(await client.call("get", path(id), signal), "GET origin_tls_client_auth");
      return { zoneId: id, enabled: answer.enabled === true };
    },

    async update({ client, signal }, id, _olds, planned) {
      await client.call("put", path(id), signal, { enabled: planned.enabled });
      return {};
    },

    async delete(context) {
      warnOfRemains(context);
    },
  },
);

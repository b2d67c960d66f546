import type { ZoneArgs } from "@pulumi/cloudflare/zone.js";
import type { Properties } from "../../../providers/kit/types.ts";
import type { Field } from "../fields.ts";
import { sameValue, withoutUnknown } from "../fields.ts";
import { placeField, resource } from "./resource.ts";
import type { Wire } from "./wire.ts";
import { bodyOf, dropped, pick, wireObject } from "./wire.ts";

const fields = {
  account: { type: { object: { id: { type: "string", required: true } } }, required: true, replaces: true },
  name: placeField,
  type: { type: "string", default: "full", oneOf: ["full", "partial", "secondary", "internal"] },
  paused: { type: "boolean", default: false },
  vanityNameServers: { type: { list: { type: "string" } }, computed: true },
} satisfies Record<keyof ZoneArgs, Field>;

/** What the API says about a zone beyond its inputs. */
const zoneOutputs = [
  "status",
  "nameServers",
  "originalNameServers",
  "originalRegistrar",
  "originalDnshost",
  "activatedOn",
  "createdOn",
  "modifiedOn",
  "developmentMode",
  "cnameSuffix",
  "verificationKey",
  "permissions",
  "meta",
  "owner",
  "plan",
  "tenant",
  "tenantUnit",
] as const;

/** A zone's properties from the API's answer. */
export function zoneProperties(answer: Wire): Properties {
  const properties = pick(answer, ["name", "type", "paused", "vanityNameServers", ...zoneOutputs]);
  const account = answer.account === undefined ? {} : pick(wireObject(answer.account, "zone"), ["id"]);
  return { vanityNameServers: [], ...properties, account };
}

const changeable = ["type", "paused", "vanityNameServers"] as const;

/** `cloudflare:index/zone:Zone` as the official provider handles it. */
export const zone = resource(
  { fields, outputs: zoneOutputs, volatile: ["modifiedOn"] },
  {
    async create({ client, signal }, planned) {
      const body = bodyOf(withoutUnknown(planned), Object.keys(fields));
      const answer = wireObject(await client.call("post", "/zones", signal, body), "POST zones");
      return { id: String(answer.id ?? ""), answer: zoneProperties(answer) };
    },

    async read({ client, signal }, id) {
      return zoneProperties(wireObject(await client.call("get", `/zones/${id}`, signal), "GET zone"));
    },

    async update({ client, signal }, id, olds, planned) {
      const changed = changeable.filter((name) => !sameValue(fields[name], olds[name], planned[name]));
      const body = { ...bodyOf(planned, changed), ...dropped(olds, planned, changed) };
      return zoneProperties(
        wireObject(await client.call("patch", `/zones/${id}`, signal, body), "PATCH zone"),
      );
    },

    async delete({ client, signal }, id) {
      await client.call("delete", `/zones/${id}`, signal);
    },
  },
);

import type { ZoneSettingArgs } from "@pulumi/cloudflare/zoneSetting.js";
import type { Properties } from "../../../providers/kit/types.ts";
import type { Field } from "../fields.ts";
import { ownId, placeField, resource, warnOfRemains, zoneOf } from "./resource.ts";
import type { Wire } from "./wire.ts";
import { pick, wireObject } from "./wire.ts";

const fields = {
  zoneId: placeField,
  settingId: placeField,
  value: { type: "any", required: true },
  enabled: { type: "boolean", computed: true },
} satisfies Record<keyof ZoneSettingArgs, Field>;

const path = (zone: string, setting: string): string => `/zones/${zone}/settings/${setting}`;

function propertiesOf(answer: Wire, zoneId: string, settingId: string): Properties {
  const properties = pick(answer, ["editable", "modifiedOn", "timeRemaining", "enabled"]);
  // The value keeps the names of the wire: whoever writes others sees a difference without end.
  return { ...properties, zoneId, settingId, value: (answer.value ?? null) as Properties[string] };
}

function bodyFor(planned: Properties): Wire {
  return { value: planned.value, ...(typeof planned.enabled === "boolean" && { enabled: planned.enabled }) };
}

/** `cloudflare:index/zoneSetting:ZoneSetting` as the official provider handles it. */
export const zoneSetting = resource(
  { fields, outputs: ["editable", "modifiedOn", "timeRemaining"], volatile: ["modifiedOn"] },
  {
    async create({ client, signal }, planned) {
      const [zone, setting] = [String(planned.zoneId), String(planned.settingId)];
      const answer = await client.call("patch", path(zone, setting), signal, bodyFor(planned));
      return { id: setting, answer: propertiesOf(wireObject(answer, "PATCH setting"), zone, setting) };
    },

    async read({ client, signal }, id, olds) {
      const [zone, setting] = [zoneOf(id, olds), ownId(id)];
      return propertiesOf(
        wireObject(await client.call("get", path(zone, setting), signal), "GET setting"),
        zone,
        setting,
      );
    },

    async update({ client, signal }, id, olds, planned) {
      const [zone, setting] = [zoneOf(id, olds), ownId(id)];
      const answer = await client.call("patch", path(zone, setting), signal, bodyFor(planned));
      return propertiesOf(wireObject(answer, "PATCH setting"), zone, setting);
    },

    async delete(context) {
      warnOfRemains(context);
    },
  },
);

import type { DnsRecordArgs } from "@pulumi/cloudflare/dnsRecord.js";
import type { DnsRecordData, DnsRecordSettings } from "@pulumi/cloudflare/types/input.js";
import type { Properties } from "../../../providers/kit/types.ts";
import { Unknown } from "../../../providers/kit/types.ts";
import type { Field } from "../fields.ts";
import { isObject, sameValue, withoutUnknown } from "../fields.ts";
import { ownId, placeField, resource, zoneOf } from "./resource.ts";
import type { Wire } from "./wire.ts";
import { bodyOf, dropped, pick, wireObject } from "./wire.ts";

const text: Field = { type: "string" };
const number: Field = { type: "any" };
const flag: Field = { type: "boolean" };

const types =
  "A AAAA CAA CERT CNAME DNSKEY DS HTTPS LOC MX NAPTR NS OPENPGPKEY PTR SMIMEA SRV SSHFP SVCB TLSA TXT URI";

const dataFields = {
  algorithm: number,
  altitude: number,
  certificate: text,
  digest: text,
  digestType: number,
  fingerprint: text,
  flags: { type: "any" },
  keyTag: number,
  latDegrees: number,
  latDirection: text,
  latMinutes: number,
  latSeconds: number,
  longDegrees: number,
  longDirection: text,
  longMinutes: number,
  longSeconds: number,
  matchingType: number,
  order: number,
  port: number,
  precisionHorz: number,
  precisionVert: number,
  preference: number,
  priority: number,
  protocol: number,
  publicKey: text,
  regex: text,
  replacement: text,
  selector: number,
  service: text,
  size: number,
  tag: text,
  target: text,
  type: number,
  usage: number,
  value: text,
  weight: number,
} satisfies Record<keyof DnsRecordData, Field>;

const settingsFields = { flattenCname: flag, ipv4Only: flag, ipv6Only: flag } satisfies Record<
  keyof DnsRecordSettings,
  Field
>;

const fields = {
  zoneId: placeField,
  type: { ...placeField, oneOf: types.split(" ") },
  name: { type: "string", required: true },
  ttl: {
    type: "integer",
    required: true,
    refuse: (value) =>
      value === 1 || (Number(value) >= 30 && Number(value) <= 86_400)
        ? undefined
        : `must be 1 (automatic) or between 30 and 86400 seconds, got ${JSON.stringify(value)}`,
  },
  content: { type: "string", computed: true },
  data: { type: { object: dataFields } },
  priority: { type: "integer" },
  proxied: { type: "boolean", default: false },
  comment: text,
  tags: { type: { set: text }, computed: true },
  settings: { type: { object: settingsFields }, computed: true },
  privateRouting: flag,
  // Accepted and kept: the API does not know it yet.
  includeShadowMetadata: { type: "boolean", default: false },
} satisfies Record<keyof DnsRecordArgs, Field>;

/** What goes into a body; the zone is in the path. */
const sent = [
  "type",
  "name",
  "content",
  "data",
  "ttl",
  "proxied",
  "priority",
  "comment",
  "tags",
  "settings",
  "privateRouting",
] as const;

function propertiesOf(answer: Wire, zoneId: string, includeShadowMetadata: boolean): Properties {
  const { data, settings, ...properties } = pick(answer, [
    ...sent,
    "proxiable",
    "createdOn",
    "modifiedOn",
    "commentModifiedOn",
    "tagsModifiedOn",
  ]);
  return {
    tags: [],
    ...properties,
    zoneId,
    includeShadowMetadata,
    meta: JSON.stringify(answer.meta ?? {}),
    // Absent settings are settings that are off.
    settings: {
      flattenCname: false,
      ipv4Only: false,
      ipv6Only: false,
      ...(isObject(settings) ? settings : {}),
    },
    ...(isObject(data) && Object.keys(data).length > 0 && { data }),
  };
}

const path = (zone: string): string => `/zones/${zone}/dns_records`;
const lower = (value: unknown): string => String(value).toLowerCase();

/** `cloudflare:index/dnsRecord:DnsRecord` as the official provider handles it. */
export const dnsRecord = resource(
  {
    fields,
    outputs: ["createdOn", "modifiedOn", "commentModifiedOn", "tagsModifiedOn", "proxiable", "meta"],
    volatile: ["modifiedOn", "commentModifiedOn", "tagsModifiedOn"],
    refuse(inputs, failures) {
      const [content, data] = [inputs.content !== undefined, inputs.data !== undefined];
      if (content && data)
        failures.push({ property: "content", reason: "cannot be given together with data" });
      if (!content && !data)
        failures.push({ property: "content", reason: "is required unless data is given" });
    },
    adopt: ({ data, content }): Properties =>
      data === undefined && content !== undefined ? { content } : {},
    adjust(planned, olds, oldInputs) {
      if (
        planned.type === "CNAME" &&
        olds.content !== undefined &&
        lower(planned.content) === lower(olds.content)
      ) {
        planned.content = olds.content;
      }
      // The stored name is the full one; the program may have written it without the zone.
      const { name } = planned;
      const short = name === oldInputs.name && String(olds.name).startsWith(`${String(name)}.`);
      if (short && olds.name !== undefined) planned.name = olds.name;
      // The API writes the content of a record that is given by its data.
      if (planned.data !== undefined && !sameValue(fields.data, olds.data, planned.data))
        planned.content = Unknown.value;
    },
  },
  {
    async create({ client, signal }, planned) {
      const zone = String(planned.zoneId);
      const answer = wireObject(
        await client.call("post", path(zone), signal, bodyOf(withoutUnknown(planned), sent)),
        "POST dns_records",
      );
      return { id: String(answer.id ?? ""), answer: propertiesOf(answer, zone, false) };
    },

    async read({ client, signal }, id, olds) {
      const zone = zoneOf(id, olds);
      const answer = wireObject(
        await client.call("get", `${path(zone)}/${ownId(id)}`, signal),
        "GET dns_record",
      );
      return propertiesOf(answer, zone, olds.includeShadowMetadata === true);
    },

    async update({ client, signal }, id, olds, planned) {
      const zone = zoneOf(id, olds);
      // A content that the API wrote from the data is not sent back.
      const { content, ...rest } = withoutUnknown(planned);
      const given = rest.data === undefined && content !== undefined ? { ...rest, content } : rest;
      const body = {
        ...bodyOf(given, sent),
        ...dropped(olds, planned, ["comment", "data", "priority", "privateRouting"]),
      };
      const answer = wireObject(
        await client.call("put", `${path(zone)}/${ownId(id)}`, signal, body),
        "PUT dns_record",
      );
      return propertiesOf(answer, zone, planned.includeShadowMetadata === true);
    },

    async delete({ client, signal }, id, olds) {
      await client.call("delete", `${path(zoneOf(id, olds))}/${ownId(id)}`, signal);
    },
  },
);

import type { OriginCaCertificateArgs } from "@pulumi/cloudflare/originCaCertificate.js";
import { Unknown } from "../../../providers/kit/types.ts";
import type { Field } from "../fields.ts";
import { placeField, resource } from "./resource.ts";
import { bodyOf, pick, wireObject } from "./wire.ts";

const defaultValidity = 5475;

const fields = {
  csr: placeField,
  hostnames: { type: { list: { type: "string" } }, required: true, replaces: true },
  requestType: { ...placeField, oneOf: ["origin-rsa", "origin-ecc", "keyless-certificate"] },
  // Days. Its change replaces only when the program gives it.
  requestedValidity: {
    type: "integer",
    computed: true,
    replaces: true,
    oneOf: [7, 30, 90, 365, 730, 1095, defaultValidity],
  },
} satisfies Record<keyof OriginCaCertificateArgs, Field>;

/** `cloudflare:index/originCaCertificate:OriginCaCertificate` as the official provider handles it: never updated. */
export const originCaCertificate = resource(
  { fields, outputs: ["certificate", "expiresOn"] },
  {
    async create({ client, signal }, planned) {
      const { requestedValidity: wanted } = planned;
      const requestedValidity = wanted === undefined || wanted === Unknown.value ? defaultValidity : wanted;
      const body = bodyOf({ ...planned, requestedValidity }, Object.keys(fields));
      const answer = wireObject(
        await client.call("post", "/certificates", signal, body),
        "POST certificates",
      );
      return {
        id: String(answer.id ?? ""),
        answer: { requestedValidity, ...pick(answer, ["certificate", "expiresOn"]) },
      };
    },

    async read({ client, signal }, id, olds) {
      const answer = wireObject(await client.call("get", `/certificates/${id}`, signal), "GET certificate");
      const { csr, requestedValidity } = olds;
      return {
        ...pick(answer, ["hostnames", "requestType", "certificate", "expiresOn"]),
        // The API does not give these two back as they were sent.
        ...(csr !== undefined && { csr }),
        ...(requestedValidity !== undefined && { requestedValidity }),
      };
    },

    async delete({ client, signal }, id) {
      await client.call("delete", `/certificates/${id}`, signal);
    },
  },
);

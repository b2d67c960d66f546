import {
  differs,
  nameOf,
  numberOf,
  ofType,
  type PlannedResource,
  textOf,
  types,
  type Value,
} from "../planned-resource.ts";
import type { Finding, ResourceRule, Rule, StackRule } from "../rule.ts";

/** Days. A key that is used for years is a key that somebody has copied in the meantime. */
const longestOrigin = 1095;

/** Rules about TLS between visitors, Cloudflare's edge and the machines. */
export const certificateRules: readonly Rule[] = [
  {
    name: "site-has-certificate",
    sentence: "Every site serves a certificate: the step that brings it is there, once.",
    remedy: "choose one of the three issuers in the tenant file",
    requirements: ["APP.3.2.A11", "TLS KONF.14.1.2", "GS++ KONF.14.1.1"],
    severity: "critical",
    check(resources) {
      const steps = ofType(resources, types.command).filter(({ inputs }) =>
        / (obtain|install)$/.test(textOf(inputs["create"]) ?? ""),
      );
      return ofType(resources, types.site).flatMap(({ urn }): Finding[] => {
        const own = steps.filter(({ parent }) => parent === urn).length;
        return own === 1 ? [] : [{ urn, detail: `${nameOf(urn)} has ${own} steps that bring a certificate` }];
      });
    },
  } satisfies StackRule,
  {
    name: "zone-tls-strict",
    sentence:
      "Where Cloudflare stands before a site it speaks TLS 1.2 or newer alone, to visitors and to the site.",
    remedy: "set ssl `strict`, min_tls_version `1.2` and always_use_https `on` for that zone",
    requirements: ["APP.3.2.A11", "TLS KONF.14.1.1", "TLS KONF.14.1.2", "GS++ KONF.14.1.1"],
    severity: "critical",
    check(resources) {
      return proxiedZones(resources).flatMap((zone): Finding[] => {
        const settings = new Map<Value, Value>(
          below(resources, types.zoneSetting, zone).map(({ inputs }) => [
            inputs["settingId"],
            inputs["value"],
          ]),
        );
        return Object.entries(strict).flatMap(([id, allowed]) => {
          const value = textOf(settings.get(id));
          return value !== undefined && allowed.includes(value)
            ? []
            : [{ urn: zone, detail: `${id} is ${value ?? "not declared"}` }];
        });
      });
    },
  } satisfies StackRule,
  {
    name: "origin-pulls-authenticated",
    sentence:
      "Where Cloudflare stands before a site, the site answers Cloudflare's client certificate alone.",
    remedy: "leave authenticated origin pulls switched on for that zone",
    requirements: ["APP.3.2.A1", "GS++ ARCH.5.1"],
    severity: "high",
    check(resources) {
      return proxiedZones(resources).flatMap((zone): Finding[] => {
        const [pulls] = below(resources, types.originPulls, zone);
        const on = pulls !== undefined && !differs(pulls.inputs["enabled"], true);
        return on ? [] : [{ urn: zone, detail: "lets anybody ask the sites themselves" }];
      });
    },
  } satisfies StackRule,
  {
    name: "key-strong",
    sentence: "Keys that the farm makes are ECDSA on P-256 or P-384, or RSA of 3072 bits or more.",
    remedy: 'leave `algorithm: "ECDSA", ecdsaCurve: "P256"`',
    requirements: ["CON.1.A1", "TLS KONF.10.2", "GS++ BER.7.2"],
    severity: "high",
    types: [types.key],
    check({ inputs }) {
      const { algorithm, ecdsaCurve, rsaBits } = inputs;
      if (algorithm === "ECDSA") {
        const curve = textOf(ecdsaCurve) ?? "P224";
        return ["P256", "P384"].includes(curve) ? [] : [`is on the curve ${curve}`];
      }
      const bits = numberOf(rsaBits) ?? 2048;
      if (algorithm === "RSA") return bits < 3072 ? [`is an RSA key of ${bits} bits`] : [];
      return [`is of the kind ${textOf(algorithm) ?? "that the provider chooses"}`];
    },
  } satisfies ResourceRule,
  {
    name: "origin-certificate-renewed",
    sentence: "A certificate for Cloudflare's edge is replaced after three years at the latest.",
    remedy: "set `certificate.validityDays` to 1095 or less in the tenant file",
    requirements: ["CON.1.A4", "GS++ BER.7.10"],
    severity: "medium",
    types: [types.originCertificate],
    check({ inputs }) {
      const days = numberOf(inputs["requestedValidity"]);
      return days !== undefined && days > longestOrigin ? [`is good for ${days} days`] : [];
    },
  } satisfies ResourceRule,
];

/** Values of a zone's settings that are strict enough. */
const strict: Readonly<Record<string, readonly string[]>> = {
  ssl: ["strict"],
  min_tls_version: ["1.2", "1.3"],
  always_use_https: ["on"],
};

/**
 * URNs of the zones in which a name leads to Cloudflare's edge: by the names themselves, and by the zone's own
 * settings, where the names are in another stack than the zone.
 */
function proxiedZones(resources: readonly PlannedResource[]): readonly string[] {
  const names = ofType(resources, types.record).filter(({ inputs }) => inputs["proxied"] === true);
  const prepared = ofType(resources, types.originPulls).filter(({ inputs }) => inputs["enabled"] === true);
  const zones = [...names, ...prepared].flatMap(({ sources }) => sources["zoneId"] ?? []);
  const own = new Set(ofType(resources, types.zone).map(({ urn }) => urn));
  return [...new Set(zones)].filter((zone) => own.has(zone)).sort();
}

/** What is declared for a zone: by what its `zoneId` is made from. */
function below(
  resources: readonly PlannedResource[],
  type: string,
  zone: string,
): readonly PlannedResource[] {
  return ofType(resources, type).filter(({ sources }) => sources["zoneId"]?.includes(zone));
}

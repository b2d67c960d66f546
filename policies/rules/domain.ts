import { addressOf, fieldsOf, ofType, siteOf, textOf, types } from "../planned-resource.ts";
import type { Finding, ResourceRule, Rule, StackRule } from "../rule.ts";

/** Rules about names in the zones that we keep. */
export const domainRules: readonly Rule[] = [
  {
    name: "name-leads-to-own-machine",
    sentence: "A site's name leads to the site's own machine.",
    remedy:
      "compare `address` in the tenant file with the machine's; nobody else may get a name of this site",
    requirements: ["APP.3.6.A8", "GS++ DET.4.7"],
    severity: "critical",
    check(resources) {
      const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
      const addresses = new Map(
        ofType(resources, types.vm).map((vm) => [siteOf(vm, byUrn)?.urn, addressOf(vm)] as const),
      );
      return ofType(resources, types.record).flatMap((record): Finding[] => {
        const site = siteOf(record, byUrn)?.urn;
        const content = textOf(record.inputs["content"]);
        if (record.inputs["type"] !== "A" || site === undefined || content === undefined) return [];
        const own = addresses.get(site);
        return own === undefined || own === content
          ? []
          : [{ urn: record.urn, detail: `leads to ${content}, the machine has ${own}` }];
      });
    },
  } satisfies StackRule,
  {
    name: "authorities-named",
    sentence: "Every name of ours says which authorities may issue certificates for it (CAA).",
    remedy: "name the delivered certificate's authority in `certificate.caa` of the tenant file",
    requirements: ["APP.3.6.A8", "APP.3.2.A11", "GS++ DEV.7.2"],
    severity: "medium",
    check(resources) {
      const records = ofType(resources, types.record);
      const limited = records
        .filter(({ inputs }) => inputs["type"] === "CAA" && fieldsOf(inputs["data"])["tag"] === "issue")
        .flatMap(({ inputs }) => textOf(inputs["name"]) ?? []);
      return records.flatMap(({ urn, inputs }): Finding[] => {
        const name = textOf(inputs["name"]);
        if (inputs["type"] !== "A" || name === undefined) return [];
        // A record further up holds as well (RFC 8659 section 3).
        const held = limited.some((above) => name === above || name.endsWith(`.${above}`));
        return held ? [] : [{ urn, detail: `any authority may issue a certificate for ${name}` }];
      });
    },
  } satisfies StackRule,
  {
    name: "zone-deletion-refused",
    sentence: "A zone is protected against deletion: all names of all its administrations lie in it.",
    remedy: "set `protection: true` in the stack settings",
    requirements: ["APP.3.6.A8", "GS++ KONF.6.4"],
    severity: "critical",
    types: [types.zone],
    check({ protect }) {
      return protect ? [] : ["may be deleted by the engine"];
    },
  } satisfies ResourceRule,
];

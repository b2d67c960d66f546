import { parameterDefaults } from "../../model/allrisnet/defaults.ts";
import { type Fields, fieldsOf, numberOf, textOf, types, type Value } from "../planned-resource.ts";
import { rolledOut } from "../rolled-out.ts";
import type { ResourceRule } from "../rule.ts";

/** Days in which an abuse of papers that are not public has to be traceable. */
const fewestAuditDays = 90;

/** Rules about what ALLRIS net and its pages are told. */
export const applicationRules: readonly ResourceRule[] = [
  {
    name: "politicians-second-factor",
    sentence: "Who may read papers that are not public can sign in with a second factor, or has to.",
    remedy: 'set `politicians.auth.secondFactor` to "totp-required" in the tenant file',
    requirements: ["ORP.4.A21", "APP.3.1.A1", "GS++ BER.5.8"],
    severity: "critical",
    types: [types.command],
    check(resource) {
      const parameters = politicians(rolledOut(resource));
      if (parameters === undefined || parameters("nonPublicDocuments") !== true) return [];
      const factor = textOf(parameters("auth.secondFactor"));
      return factor !== undefined && factor !== "off" ? [] : ["has no second factor"];
    },
  },
  {
    name: "politicians-passwords",
    sentence: "Passwords have 12 characters at least, and an account is locked after 10 wrong ones at most.",
    remedy: "set `politicians.auth.passwordMinLength` and `lockoutAttempts` in the tenant file",
    requirements: ["ORP.4.A22", "ORP.4.A23", "GS++ BER.6.4"],
    severity: "high",
    types: [types.command],
    check(resource) {
      const parameters = politicians(rolledOut(resource));
      if (parameters === undefined) return [];
      const length = numberOf(parameters("auth.passwordMinLength")) ?? 0;
      const attempts = numberOf(parameters("auth.lockoutAttempts")) ?? Number.POSITIVE_INFINITY;
      return [
        ...(length < 12 ? [`takes passwords of ${length} characters`] : []),
        ...(attempts > 10 ? ["locks no account in time"] : []),
      ];
    },
  },
  {
    name: "politicians-audit-kept",
    sentence: `Who signed in and read what is kept for ${fewestAuditDays} days at least.`,
    remedy: `set \`politicians.audit.retentionDays\` to ${fewestAuditDays} or more in the tenant file`,
    requirements: ["APP.3.2.A4", "OPS.1.1.5.A8", "GS++ DET.3.1"],
    severity: "medium",
    types: [types.command],
    check(resource) {
      const days = numberOf(politicians(rolledOut(resource))?.("audit.retentionDays"));
      return days !== undefined && days < fewestAuditDays ? [`keeps it for ${days} days`] : [];
    },
  },
  {
    name: "directory-over-tls",
    sentence: "A directory that politicians sign in by is asked with TLS alone.",
    remedy: "write ldaps:// or https:// in `politicians.auth.method`",
    requirements: ["APP.3.1.A11", "GS++ KONF.14.1.1"],
    severity: "critical",
    types: [types.command],
    check(resource) {
      const parameters = politicians(rolledOut(resource));
      return ["url", "metadataUrl", "issuerUrl"].flatMap((field) => {
        const url = textOf(parameters?.(`auth.method.${field}`));
        return url !== undefined && !/^(ldaps|https):/.test(url)
          ? [`asks its directory without TLS (auth.method.${field})`]
          : [];
      });
    },
  },
  {
    name: "legal-pages-linked",
    sentence:
      "Every page leads to the imprint, the privacy statement and the statement on accessibility, by https.",
    remedy: "fill `links` in the tenant file",
    requirements: ["APP.3.2.A7"],
    severity: "medium",
    types: [types.command],
    check(resource) {
      const values = rolledOut(resource);
      if (values === undefined) return [];
      const links = fieldsOf(values["links"]);
      return ["imprint", "privacy", "accessibility"]
        .filter((name) => !textOf(links[name])?.startsWith("https://"))
        .map((name) => `has no https address for ${name}`);
    },
  },
  {
    name: "release-sealed",
    sentence: "A release is installed by its SHA-256 alone, from a file of ours or by https.",
    remedy: "write `sha256` and `source` of the maker's delivery into the release file",
    requirements: ["OPS.1.1.3.A10", "APP.3.2.A14", "GS++ DET.5.10.4", "GS++ DEV.4.4"],
    severity: "critical",
    types: [types.release],
    check({ inputs }) {
      const sum = textOf(inputs["sha256"]);
      const url = textOf(fieldsOf(inputs["source"])["url"]);
      return [
        ...(sum !== undefined && /^[0-9a-f]{64}$/.test(sum) ? [] : ["has no SHA-256"]),
        ...(url === undefined || url.startsWith("https://") ? [] : ["is fetched without TLS"]),
      ];
    },
  },
];

/**
 * What the presentation for politicians is told, by key; what the roll-out leaves out is the default of all.
 * Undefined where there is no such presentation.
 */
function politicians(values: Fields | undefined): ((key: string) => Value) | undefined {
  if (values === undefined) return undefined;
  const stated = fieldsOf(values["allrisnet"]);
  const read = (key: string): Value =>
    stated[`politicians.${key}`] ?? (parameterDefaults.get(`politicians.${key}`) as Value);
  return read("enabled") === true ? read : undefined;
}

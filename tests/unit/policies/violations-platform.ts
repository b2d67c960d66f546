import { fieldsOf, types } from "../../../policies/planned-resource.ts";
import { plan, planWith, settings, surroundings } from "./scene.ts";
import {
  changed,
  parameters,
  rolledOut,
  unprotected,
  type Violation,
  weakKey,
  withSettings,
} from "./violations.ts";

const availability = "platform-nord-ha";
const settingsOfPool = "platform-nord-settings";
const zone = "platform-seenplatte-zone";
const { nord } = settings.pools;
const { iscsi, nfs } = nord?.storage ?? {};
if (nord === undefined || iscsi === undefined || nfs === undefined)
  throw new Error("the fixture has another pool");

/** At least one for each rule about the platform, certificates, names and the application. */
export const platformViolations: readonly Violation[] = [
  {
    rule: "pool-tolerates-failure",
    resources: changed(availability, types.poolAvailability, () => ({
      hostFailuresToTolerate: 0,
      heartbeatRepositories: ["iscsi"],
    })),
    finds: [
      `${availability}: bears the loss of no host`,
      `${availability}: has less than two heartbeat repositories`,
    ],
  },
  {
    rule: "pool-availability-kept",
    resources: unprotected(availability, types.poolAvailability),
    finds: [`${availability}: may be switched off by the engine`],
  },
  {
    rule: "pool-availability-kept",
    resources: plan.filter(({ name }) => name !== availability),
    finds: [`${settingsOfPool}: belongs to a pool without high availability`],
  },
  {
    rule: "pool-networks-separate",
    resources: changed(settingsOfPool, types.poolSettings, () => ({ backupNetwork: undefined })),
    finds: [`${settingsOfPool}: has no backupNetwork`],
  },
  {
    rule: "xapi-over-tls",
    resources: changed(availability, types.poolAvailability, ({ xapi }) => ({
      xapi: { ...fieldsOf(xapi), url: "http://xcp-1.kuestenring.de" },
    })),
    finds: [`${availability}: its XAPI is reached without TLS`],
  },
  {
    rule: "xo-over-tls",
    resources: plan,
    surroundings: withSettings({
      endpoints: { xo: "ws://xo.kuestenring.de", cloudflare: "http://127.0.0.1" },
    }),
    finds: [
      "allris-farm-prod: endpoints.xo is reached without TLS",
      "allris-farm-prod: endpoints.cloudflare is reached without TLS",
    ],
  },
  {
    rule: "xo-certificate-verified",
    resources: plan,
    surroundings: { ...surroundings, insecureXo: true },
    finds: ["allris-farm-prod: the environment's XOA_INSECURE accepts any certificate"],
  },
  {
    rule: "xo-certificate-verified",
    resources: planWith("hohenbrueck-vm", types.vm, () => ({ insecureProvider: true })),
    finds: ["hohenbrueck-vm: its provider accepts any certificate"],
  },
  {
    rule: "storage-encrypted",
    resources: plan,
    surroundings: withSettings({
      pools: { nord: { ...nord, storage: { iscsi, nfs: { ...nfs, encrypted: false } } } },
    }),
    finds: ['allris-farm-prod: pools.nord.storage["nfs"] is not encrypted'],
  },
  {
    rule: "operator-keys-strong",
    resources: plan,
    surroundings: withSettings({
      access: { ...settings.access, authorizedKeys: [...settings.access.authorizedKeys, weakKey] },
    }),
    finds: ["allris-farm-prod: access.authorizedKeys[1] is an RSA key of 2048 bits"],
  },
  {
    rule: "site-has-certificate",
    resources: plan.filter(({ name }) => name !== "amt-seenplatte-certificate"),
    finds: ["amt-seenplatte: amt-seenplatte has 0 steps that bring a certificate"],
  },
  {
    rule: "zone-tls-strict",
    resources: changed("platform-seenplatte-ssl", types.zoneSetting, () => ({ value: "flexible" })),
    finds: [`${zone}: ssl is flexible`],
  },
  {
    rule: "zone-tls-strict",
    resources: plan.filter(({ name }) => name !== "platform-seenplatte-min_tls_version"),
    finds: [`${zone}: min_tls_version is not declared`],
  },
  {
    rule: "origin-pulls-authenticated",
    resources: changed("platform-seenplatte-origin-pulls", types.originPulls, () => ({ enabled: false })),
    finds: [`${zone}: lets anybody ask the sites themselves`],
  },
  {
    rule: "key-strong",
    resources: changed("amt-seenplatte-key-r1", types.key, () => ({ algorithm: "RSA", rsaBits: 2048 })),
    finds: ["amt-seenplatte-key-r1: is an RSA key of 2048 bits"],
  },
  {
    rule: "key-strong",
    resources: changed("amt-seenplatte-key-r1", types.key, () => ({ ecdsaCurve: undefined })),
    finds: ["amt-seenplatte-key-r1: is on the curve P224"],
  },
  {
    rule: "origin-certificate-renewed",
    resources: changed("amt-seenplatte-origin-r1", types.originCertificate, () => ({
      requestedValidity: 5475,
    })),
    finds: ["amt-seenplatte-origin-r1: is good for 5475 days"],
  },
  {
    rule: "name-leads-to-own-machine",
    resources: changed("hohenbrueck-a", types.record, () => ({ content: "10.20.0.12" })),
    finds: ["hohenbrueck-a: leads to 10.20.0.12, the machine has 10.20.0.11"],
  },
  {
    rule: "authorities-named",
    resources: plan.filter(({ name }) => name !== "hohenbrueck-caa"),
    finds: ["hohenbrueck-a: any authority may issue a certificate for ratsinfo.hohenbrueck.de"],
  },
  {
    rule: "zone-deletion-refused",
    resources: unprotected(zone, types.zone),
    finds: [`${zone}: may be deleted by the engine`],
  },
  {
    rule: "politicians-second-factor",
    resources: parameters({ "politicians.nonPublicDocuments": true, "politicians.auth.secondFactor": "off" }),
    finds: ["hohenbrueck-apply: has no second factor"],
  },
  {
    rule: "politicians-passwords",
    resources: parameters({
      "politicians.auth.passwordMinLength": 8,
      "politicians.auth.lockoutAttempts": 50,
    }),
    finds: [
      "hohenbrueck-apply: takes passwords of 8 characters",
      "hohenbrueck-apply: locks no account in time",
    ],
  },
  {
    rule: "politicians-audit-kept",
    resources: parameters({ "politicians.audit.retentionDays": 30 }),
    finds: ["hohenbrueck-apply: keeps it for 30 days"],
  },
  {
    rule: "directory-over-tls",
    resources: parameters({ "politicians.auth.method.url": "ldap://verzeichnis.hohenbrueck.de" }),
    finds: ["hohenbrueck-apply: asks its directory without TLS (auth.method.url)"],
  },
  {
    rule: "legal-pages-linked",
    resources: rolledOut(({ links }) => ({
      links: { ...fieldsOf(links), imprint: "http://hohenbrueck.de", privacy: "" },
    })),
    finds: ["imprint", "privacy"].map((page) => `hohenbrueck-apply: has no https address for ${page}`),
  },
  {
    rule: "release-sealed",
    resources: changed("hohenbrueck-release", types.release, () => ({
      sha256: "abc",
      source: { url: "http://cc-egov.de/4.1.7.zip" },
    })),
    finds: ["hohenbrueck-release: has no SHA-256", "hohenbrueck-release: is fetched without TLS"],
  },
];

import { applyCommand, renderBundle, secretsCommand } from "../../../guest/bundle.ts";
import { networkConfig, userData } from "../../../guest/cloud-init.ts";
import { monitoringSecretsCommand, monitoringSetUpCommand } from "../../../guest/monitoring-bundle.ts";
import { canonicalJson } from "../../../guest/site-values.ts";
import { monitoringTag } from "../../../model/plan.ts";
import type { Settings } from "../../../model/settings.ts";
import type { Tenant } from "../../../model/tenant.ts";
import {
  type Fields,
  notKnown,
  type PlannedResource,
  sealed,
  types,
} from "../../../policies/planned-resource.ts";
import type { Surroundings } from "../../../policies/rule.ts";
import { argsOf, office, town } from "../guest/samples.ts";
import { now, parse, publicKey, tenant } from "../model/fixtures.ts";

/** Settings of a farm in which every rule is kept. */
export const settings: Settings = parse([tenant()]).settings;

/** What rules know besides the resources. */
export const surroundings: Surroundings = { settings, insecureXo: false, at: now };

/** A resource of the scene, with what differs. */
export function resource(
  type: string,
  name: string,
  inputs: Fields,
  more: Partial<PlannedResource> = {},
): PlannedResource {
  const urn = `urn:pulumi:prod::allris-farm::${type}::${name}`;
  return { urn, type, name, inputs, protect: true, sources: {}, ...more };
}

const urnOf = (type: string, name: string): string => resource(type, name, {}).urn;
const { jump } = settings.access;
const proxy = { host: jump.host, port: jump.port, user: jump.user, hostKey: jump.hostKey };

/** The platform: one pool, one backup repository, one zone with Cloudflare's edge before it and one without. */
const platform: readonly PlannedResource[] = [
  resource(types.stack, "allris-farm-prod", {}),
  resource(types.poolSettings, "platform-nord-settings", {
    pool: "pool",
    migrationNetwork: "migration",
    backupNetwork: "backup",
    defaultRepository: "iscsi",
    autoPoweron: false,
  }),
  resource(types.poolAvailability, "platform-nord-ha", {
    pool: "pool",
    heartbeatRepositories: ["iscsi", "nfs"],
    hostFailuresToTolerate: 1,
    timeoutSeconds: 60,
    xapi: { url: "https://xcp-1.kuestenring.de", user: "farm", passwordVariable: sealed },
  }),
  resource(types.repository, "platform-backup-backup-rz2", {
    name: "backup-rz2",
    url: "nfs://backup.kuestenring.de:/allris",
    encryptionKey: sealed,
  }),
  ...zone("hohenbrueck", { ssl: "full", min_tls_version: "1.0", always_use_https: "off" }, false),
  ...zone("seenplatte", { ssl: "strict", min_tls_version: "1.2", always_use_https: "on" }, true),
];

function zone(name: string, values: Readonly<Record<string, string>>, proxied: boolean): PlannedResource[] {
  const urn = urnOf(types.zone, `platform-${name}-zone`);
  const below = { sources: { zoneId: [urn] } };
  return [
    resource(types.zone, `platform-${name}-zone`, { name: `${name}.de`, type: "full" }),
    ...Object.entries(values).map(([settingId, value]) =>
      resource(
        types.zoneSetting,
        `platform-${name}-${settingId}`,
        { zoneId: notKnown, settingId, value },
        below,
      ),
    ),
    resource(
      types.originPulls,
      `platform-${name}-origin-pulls`,
      { zoneId: notKnown, enabled: proxied },
      below,
    ),
    ...(proxied ? [caa(`platform-${name}-caa`, `${name}.de`, below)] : []),
  ];
}

function caa(name: string, domain: string, more: Partial<PlannedResource>): PlannedResource {
  const data = { flags: 0, tag: "issue", value: "letsencrypt.org" };
  return resource(types.record, name, { name: domain, type: "CAA", ttl: 300, data }, more);
}

/** One administration with all that it has, before anything of it is made. */
function site(given: Tenant, number: number, zoneName: string): PlannedResource[] {
  const { id, domain } = given;
  const address = `10.20.0.${10 + number}`;
  const proxied = given.certificate.issuer === "cloudflare-origin";
  const component = resource(types.site, id, {});
  const machine = resource("farm:site:VirtualMachine", id, {}, { parent: component.urn });
  const parent = component.urn;
  const vm = urnOf(types.vm, `${id}-vm`);
  const zoneId = { sources: { zoneId: [urnOf(types.zone, `platform-${zoneName}-zone`)] } };
  const connection = { host: address, user: "farm", hostKey: publicKey, proxy };
  const command = (name: string, inputs: Fields): PlannedResource =>
    resource(
      types.command,
      `${id}-${name}`,
      { connection, triggers: [notKnown], addPreviousOutputInEnv: false, ...inputs },
      { parent },
    );
  return [
    component,
    machine,
    resource(types.vm, `${id}-vm`, vmInputs(given, { number, address }), { parent: machine.urn }),
    resource(
      types.hostKey,
      `${id}-host-key`,
      { host: address, vmId: notKnown, proxy },
      { parent: machine.urn },
    ),
    resource(
      types.job,
      `${id}-backup`,
      {
        name: `allris-${id}.prod`,
        vmIds: [notKnown],
        repositories: [notKnown],
        mode: "delta",
        schedule: { cron: `${number} 22 * * *`, timezone: "Europe/Berlin" },
        retention: { last: 1, daily: 14, weekly: 8, monthly: 12 },
      },
      {
        parent,
        sources: { vmIds: [vm], repositories: [urnOf(types.repository, "platform-backup-backup-rz2")] },
      },
    ),
    resource(
      types.upload,
      `${id}-bundle`,
      { connection, source: notKnown, remotePath: "site.py" },
      { parent },
    ),
    command("secrets", { create: secretsCommand, stdin: sealed, logging: "none" }),
    command("apply", { create: applyCommand, stdin: canonicalJson(renderBundle(argsOf(given)).values) }),
    command(
      "certificate",
      proxied
        ? { create: "sudo /usr/local/lib/farm/certificate install", stdin: sealed, logging: "none" }
        : { create: "sudo /usr/local/lib/farm/certificate obtain", stdin: sealed },
    ),
    ...(proxied
      ? [
          resource(types.key, `${id}-key-r1`, { algorithm: "ECDSA", ecdsaCurve: "P256" }, { parent }),
          resource(types.originCertificate, `${id}-origin-r1`, { requestedValidity: 365 }, { parent }),
        ]
      : [caa(`${id}-caa`, domain, { parent, ...zoneId })]),
    resource(
      types.record,
      `${id}-a`,
      { zoneId: notKnown, name: domain, type: "A", content: address, proxied, ttl: 300 },
      { parent, ...zoneId },
    ),
    resource(
      types.release,
      `${id}-release`,
      {
        connection,
        domain,
        version: "4.1.7",
        sha256: "a".repeat(64),
        source: { file: "../releases/4.1.7.zip" },
      },
      { parent },
    ),
  ];
}

function vmInputs(
  { id, domain }: Tenant,
  { number, address }: { readonly number: number; readonly address: string },
): Fields {
  return {
    nameLabel: `allris-${id}.prod`,
    template: "template",
    cpus: 2,
    memoryMax: 2 ** 31,
    disks: [{ srId: "iscsi", nameLabel: `allris-${id}.prod system`, size: 2 ** 34 }],
    networks: [{ networkId: "front", expectedIpCidr: `${address}/32` }],
    affinityHost: `host-${number}`,
    highAvailability: "restart",
    autoPoweron: false,
    blockedOperations: ["destroy"],
    cloudConfig: userData({ id, domain, user: "farm", authorizedKeys: [publicKey] }),
    cloudNetworkConfig: networkConfig({
      ...{ address, prefix: 24, gateway: "10.20.0.1", nameservers: ["10.20.0.53"] },
    }),
    tags: ["farm=allris-farm/prod", `tenant=${id}`],
  };
}

/** The whole plan: the platform, a site whose machine renews its certificate, one behind Cloudflare's edge. */
export const plan: readonly PlannedResource[] = [
  ...platform,
  ...site(town, 1, "hohenbrueck"),
  ...site(office, 2, "seenplatte"),
];

/** What a monitoring adds to the plan: a machine that is no administration's. */
export const watching: readonly PlannedResource[] = (() => {
  const address = "10.20.0.200";
  const connection = { host: address, user: "farm", hostKey: publicKey, proxy };
  const name = "platform-monitoring";
  const parent = { parent: urnOf("farm:platform:Monitoring", name) };
  const command = (part: string, inputs: Fields): PlannedResource =>
    resource(
      types.command,
      `${name}-${part}`,
      { connection, triggers: [notKnown], addPreviousOutputInEnv: false, ...inputs },
      parent,
    );
  return [
    resource("farm:platform:Monitoring", name, {}),
    resource(
      types.vm,
      `${name}-vm`,
      {
        ...vmInputs(town, { number: 1, address }),
        cloudConfig: userData({
          ...{ id: "monitoring", domain: "monitoring.internal", user: "farm" },
          authorizedKeys: [publicKey],
        }),
        tags: [monitoringTag("allris-farm/prod")],
      },
      parent,
    ),
    resource(types.hostKey, `${name}-host-key`, { host: address, vmId: notKnown, proxy }, parent),
    ...["bundle", "targets"].map((part) =>
      resource(types.upload, `${name}-${part}`, { connection, source: notKnown, remotePath: part }, parent),
    ),
    command("apply", { create: monitoringSetUpCommand, stdin: '{"bundle":"0123456789abcdef"}\n' }),
    command("secrets", { create: monitoringSecretsCommand, stdin: sealed, logging: "none" }),
  ];
})();

/** The plan with other inputs of one resource, or with something else about it. */
export function planWith(
  name: string,
  type: string,
  change: (resource: PlannedResource) => Partial<PlannedResource>,
): readonly PlannedResource[] {
  const at = plan.findIndex((each) => each.name === name && each.type === type);
  const found = plan[at];
  if (found === undefined) throw new Error(`the plan has no ${type} ${name}`);
  return plan.with(at, { ...found, ...change(found) });
}

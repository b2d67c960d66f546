import { baseOf, contains, isNetworkOrBroadcast, parseAddress } from "./address.ts";
import { checkBackup, checkBackupInProduction } from "./backup-rules.ts";
import type { ReadFields } from "./fields.ts";
import { checkMail, checkMailInProduction } from "./mail-schema.ts";
import { checkMeasurement, checkMeasurementInProduction } from "./measurement/settings-rules.ts";
import { checkMonitoring, checkMonitoringInProduction } from "./monitoring/rules.ts";
import type { Network, PoolSettings } from "./pool-settings.ts";
import type { FieldPath } from "./problems.ts";
import { productionRules, type Report, reportRepeats } from "./rules.ts";
import type { settingsShape } from "./settings-schema.ts";
import { checkShards } from "./shards.ts";
import { unreadyBackend } from "./state-backend.ts";
import { didYouMean } from "./suggest.ts";

/** The settings' fields as far as they could be read. */
export type SettingsFields = ReadFields<typeof settingsShape>["fields"];

/** The rules between fields of the settings. */
export function checkSettings(fields: SettingsFields, report: Report): void {
  const pools = Object.entries(fields.pools ?? {});
  if (fields.pools !== undefined && pools.length === 0) report(["pools"], "must have at least one pool");
  for (const [key, pool] of pools) {
    checkPool(pool, ["pools", key], report);
    checkHighAvailability(pool, ["pools", key, "ha"], report);
  }
  const names = pools.map(([, pool]) => pool.nameLabel);
  reportRepeats(names, (at) => ["pools", pools[at]?.[0] ?? "", "nameLabel"], report);
  reportRepeats(fields.access?.authorizedKeys ?? [], (at) => ["access", "authorizedKeys", at], report);
  checkGrowth(fields, report);
  checkBackup(fields, report);
  checkMonitoring(fields, report);
  checkShards(fields, report);
  if (fields.mail !== undefined) checkMail(fields.mail, report);
  checkMeasurement(fields, report);
  if (fields.stage === "production") checkProduction(fields, report);
}

function checkPool(pool: PoolSettings, path: FieldPath, report: Report): void {
  reportRepeats(pool.hosts, (at) => [...path, "hosts", at], report);
  checkNetwork(pool.network, [...path, "network"], report);
  const repositories = Object.keys(pool.storage);
  if (!repositories.includes(pool.defaultStorage)) {
    const hint = didYouMean(pool.defaultStorage, repositories);
    report([...path, "defaultStorage"], `names no repository of ${path.join(".")}.storage`, hint);
  }
  if (pool.quarantine?.nameLabel === pool.network.nameLabel) {
    report([...path, "quarantine", "nameLabel"], "must be another network than the one of the sites");
  }
  for (const [name, { protocol, volume, lun, controllers }] of Object.entries(pool.storage)) {
    const at = [...path, "storage", name];
    const [wanted, other] = protocol === "nfs" ? ["volume", "lun"] : ["lun", "volume"];
    const [given, surplus] = protocol === "nfs" ? [volume, lun] : [lun, volume];
    if (given === undefined) report([...at, wanted ?? ""], `is missing; protocol "${protocol}" needs it`);
    if (surplus !== undefined) report([...at, other ?? ""], `does not go with protocol "${protocol}"`);
    if (controllers[0] === controllers[1]) {
      report(
        [...at, "controllers"],
        "must name two different controllers, for one takes over from the other",
      );
    }
  }
}

/**
 * A host that cannot write to its heartbeat repositories for `timeoutSeconds` stops itself (fencing), so a
 * controller's takeover must be over before. Which repositories are in order is checked on the pool itself.
 */
function checkHighAvailability({ ha, hosts, storage }: PoolSettings, path: FieldPath, report: Report): void {
  if (ha.hostFailures >= hosts.length) {
    report([...path, "hostFailures"], `must be fewer than the pool has hosts, ${hosts.length}`);
  }
  reportRepeats(ha.heartbeat, (at) => [...path, "heartbeat", at], report);
  const pairOf = (name: string): string | undefined =>
    Object.hasOwn(storage, name) ? storage[name]?.controllers.toSorted().join(" and ") : undefined;
  ha.heartbeat.forEach((name, at) => {
    const repository = Object.hasOwn(storage, name) ? storage[name] : undefined;
    if (repository === undefined) {
      const hint = didYouMean(name, Object.keys(storage));
      report([...path, "heartbeat", at], "names no repository of storage", hint);
    } else if (ha.timeoutSeconds <= repository.takeoverSeconds) {
      report(
        [...path, "timeoutSeconds"],
        `must be longer than the ${repository.takeoverSeconds} s that a takeover behind "${name}" takes, else healthy hosts stop themselves meanwhile`,
      );
    }
  });
  const pairs = new Set(Object.keys(storage).map(pairOf));
  const used = new Set(ha.heartbeat.map(pairOf));
  if (pairs.size > 1 && used.size === 1) {
    report(
      [...path, "heartbeat"],
      `must lie on two pairs of controllers, for the pool has ${pairs.size}; all lie on ${[...used].join()}`,
    );
  }
}

function checkNetwork(network: Network, path: FieldPath, report: Report): void {
  const { subnet, gateway, subnet6, gateway6 } = network;
  if (baseOf(subnet).includes(":")) report([...path, "subnet"], "must be an IPv4 network");
  else if (!contains(subnet, gateway)) report([...path, "gateway"], `must lie in ${subnet}`);
  else if (isNetworkOrBroadcast(subnet, gateway))
    report([...path, "gateway"], "must be the address of a host");
  if ((subnet6 === undefined) !== (gateway6 === undefined)) {
    report(
      [...path, subnet6 === undefined ? "subnet6" : "gateway6"],
      "is missing; IPv6 needs subnet6 and gateway6",
    );
  }
  if (subnet6 === undefined) return;
  if (!baseOf(subnet6).includes(":")) report([...path, "subnet6"], "must be an IPv6 network");
  else if (gateway6 !== undefined && !contains(subnet6, gateway6) && !/^fe[89ab]/.test(gateway6)) {
    report([...path, "gateway6"], `must lie in ${subnet6} or be link-local`);
  }
}

/** A class that is larger by name and smaller in fact is a slip that an order for "large" would pay for. */
function checkGrowth({ sizes }: SettingsFields, report: Report): void {
  if (sizes === undefined) return;
  const steps = [
    ["small", "medium"],
    ["medium", "large"],
  ] as const;
  for (const [less, more] of steps) {
    for (const figure of ["cpus", "memory", "disk"] as const) {
      if (sizes[more][figure] < sizes[less][figure]) {
        report(["sizes", more, figure], `must not be less than that of "${less}"`);
      }
    }
  }
}

function checkProduction(fields: SettingsFields, report: Report): void {
  const rules = productionRules(report);
  if (fields.protection === false) report(["protection"], "must be true in production");
  const { xo, cloudflare } = fields.endpoints ?? {};
  if (xo?.startsWith("wss:") === false) report(["endpoints", "xo"], "must begin with wss:// in production");
  if (cloudflare?.startsWith("https:") === false) {
    report(["endpoints", "cloudflare"], "must begin with https:// in production");
  }
  rules.page(["endpoints", "xo"], xo);
  rules.page(["endpoints", "cloudflare"], cloudflare);
  rules.name(["provider", "name"], fields.provider?.name);
  rules.name(["provider", "address"], fields.provider?.address);
  rules.email(["provider", "email"], fields.provider?.email);
  rules.email(["acme", "email"], fields.acme?.email);
  rules.page(["acme", "directory"], fields.acme?.directory);
  rules.host(["acme", "caaIssuer"], fields.acme?.caaIssuer);
  rules.host(["access", "jump", "host"], fields.access?.jump.host);
  if (/^0+$/.test(fields.cloudflare?.accountId ?? "")) {
    report(["cloudflare", "accountId"], "is a placeholder, which production refuses");
  }
  const unready = fields.state && unreadyBackend(fields.state.backend);
  if (fields.state === undefined) {
    report(["state"], "is missing; production keeps its state where others and pipelines reach it");
  } else if (unready !== undefined) report(["state", "backend"], unready);
  for (const zone of Object.keys(fields.zones ?? {})) rules.host(["zones", zone], zone);
  if (fields.backup !== undefined) checkBackupInProduction(fields.backup, rules, report);
  if (fields.monitoring !== undefined) checkMonitoringInProduction(fields.monitoring, rules, report);
  if (fields.mail !== undefined) checkMailInProduction(fields.mail, rules, report);
  checkMeasurementInProduction(fields, rules, report);
  for (const [key, { network, bastions, xapi }] of Object.entries(fields.pools ?? {})) {
    rules.page(["pools", key, "xapi", "url"], xapi.url);
    if (!xapi.url.startsWith("https:")) {
      report(["pools", key, "xapi", "url"], "must begin with https:// in production");
    }
    rules.address(["pools", key, "network", "gateway"], network.gateway);
    rules.address(["pools", key, "network", "gateway6"], network.gateway6);
    network.nameservers.forEach((server, at) => {
      rules.address(["pools", key, "network", "nameservers", at], server);
    });
    bastions.forEach((bastion, at) => {
      const base = parseAddress(baseOf(bastion));
      const path = ["pools", key, "bastions", at];
      if (base.ok) rules.address(path, base.value);
      if (bastion.endsWith("/0")) report(path, "opens ssh to the whole Internet, which production refuses");
    });
  }
}

import { contains, isNetworkOrBroadcast } from "../address.ts";
import type { ProductionRules, Report } from "../rules.ts";
import { reportRepeats } from "../rules.ts";
import type { SettingsFields } from "../settings-rules.ts";
import { didYouMean } from "../suggest.ts";
import { tryFindLunPlace } from "./netapp.ts";

/** The rules of the settings of the monitoring, alone and against the pools. */
export function checkMonitoring({ monitoring, mail, pools }: SettingsFields, report: Report): void {
  if (monitoring === undefined) return;
  const { address, recipients, operators = [] } = monitoring;
  reportRepeats(recipients, (at) => ["monitoring", "recipients", at], report);
  reportRepeats(operators, (at) => ["monitoring", "operators", at], report);
  if (mail === undefined) report(["mail"], "is missing; the monitoring sends its alerts by it");
  else if (mail.security === "tls" && mail.port !== 465) {
    // Alertmanager begins under TLS at this port and at no other.
    report(["mail", "port"], 'must be 465 with security "tls" where there is a monitoring');
  }
  reportRepeats(monitoring.storage?.pollers ?? [], (at) => ["monitoring", "storage", "pollers", at], report);
  if (pools === undefined) return;
  if (monitoring.storage !== undefined) checkLuns(pools, report);
  const pool = Object.hasOwn(pools, monitoring.pool) ? pools[monitoring.pool] : undefined;
  if (pool === undefined) {
    const hint = didYouMean(monitoring.pool, Object.keys(pools));
    report(["monitoring", "pool"], "is no pool of the stack settings", hint);
    return;
  }
  const { subnet, gateway, nameservers } = pool.network;
  const path = ["monitoring", "address"];
  if (!contains(subnet, address)) report(path, `must lie in the pool's subnet ${subnet}`);
  else if (isNetworkOrBroadcast(subnet, address)) report(path, `is no address of a host in ${subnet}`);
  else if (address === gateway) report(path, "is the router's address");
  else if (nameservers.includes(address)) report(path, "is a resolver's address");
}

/** By its path alone a LUN is found among those that Harvest tells. */
function checkLuns(pools: NonNullable<SettingsFields["pools"]>, report: Report): void {
  for (const [key, { storage }] of Object.entries(pools)) {
    for (const [name, { lun }] of Object.entries(storage)) {
      if (lun === undefined || tryFindLunPlace(lun) !== undefined) continue;
      const why = "must be a path such as /vol/volume/lun0; monitoring.storage finds the LUN by it";
      report(["pools", key, "storage", name, "lun"], why);
    }
  }
}

/** What production demands of the settings of the monitoring. */
export function checkMonitoringInProduction(
  monitoring: NonNullable<SettingsFields["monitoring"]>,
  rules: ProductionRules,
  report: Report,
): void {
  const { address, recipients, operators = [] } = monitoring;
  rules.address(["monitoring", "address"], address);
  recipients.forEach((recipient, at) => {
    rules.email(["monitoring", "recipients", at], recipient);
  });
  monitoring.storage?.pollers.forEach((poller, at) => {
    const path = ["monitoring", "storage", "pollers", at];
    rules.page(path, poller);
    if (!poller.startsWith("https:")) report(path, "must begin with https:// in production");
  });
  const { heartbeat } = monitoring;
  rules.page(["monitoring", "heartbeat", "url"], heartbeat?.url);
  if (heartbeat?.url.startsWith("http:")) {
    report(["monitoring", "heartbeat", "url"], "must begin with https:// in production");
  }
  operators.forEach((network, at) => {
    if (!network.endsWith("/0")) return;
    const why = "opens the monitoring to the whole Internet, which production refuses";
    report(["monitoring", "operators", at], why);
  });
}

import { stringify } from "yaml";
import type { Farm } from "../farm.ts";
import type { MailSettings } from "../mail-settings.ts";
import type { MeasurementSettings } from "../measurement/settings.ts";
import type { PoolSettings } from "../pool-settings.ts";
import type { Tenant } from "../tenant.ts";
import { alertRule } from "./alert.ts";
import { alertRules } from "./alert-rules.ts";
import { alertmanagerConfig } from "./alertmanager.ts";
import { monitoringAlerts } from "./alerts-monitoring.ts";
import { blackboxConfig } from "./blackbox.ts";
import { wantedRules } from "./netapp.ts";
import { monitoringPaths, prometheusConfig } from "./prometheus.ts";
import { recordingRules } from "./recording-rules.ts";
import type { RuleGroups } from "./rule-groups.ts";
import type { MonitoringSettings } from "./settings.ts";
import { nodeGroups, probeGroups } from "./targets.ts";

/** Texts by their paths on the monitoring's machine: all that does not depend on the administrations. */
export function monitoringFiles(
  settings: MonitoringSettings,
  mail: MailSettings,
  pools: Readonly<Record<string, Pick<PoolSettings, "storage">>>,
): Readonly<Record<string, string>> {
  const { runbooks, storage } = settings;
  const rules: RuleGroups = {
    groups: [
      ...recordingRules().groups,
      // Before the alerts that compare with it.
      ...(storage === undefined ? [] : [wantedRules(pools)]),
      ...alertRules({ runbooks }).groups,
      { name: "monitoring", rules: monitoringAlerts.map((draft) => alertRule(draft, runbooks)) },
    ],
  };
  return {
    [monitoringPaths.prometheus]: toYaml(prometheusConfig(storage)),
    [monitoringPaths.rules]: toYaml(rules),
    [monitoringPaths.alertmanager]: toYaml(alertmanagerConfig(settings, mail)),
  };
}

/** What follows from the administrations, as the machine takes it: one text, so that a site more is one change. */
export interface MonitoringTargets {
  /** Modules of the blackbox exporter. */
  readonly blackbox: object;
  /** The sites, for Prometheus's discovery. */
  readonly probes: readonly object[];
  /** Their machines. */
  readonly machines: readonly object[];
}

/** The sites that are watched. */
export interface WatchedFarm extends Pick<Farm, "releases"> {
  readonly tenants: readonly Tenant[];
  /** Whether the chain decides. */
  readonly tls: MeasurementSettings["tls"];
  /** Resolver that names are asked of. */
  readonly resolver: string;
  /** Versions that run, by the administration's id. @default - those of the tenant files */
  readonly versions?: ReadonlyMap<string, string>;
}

/** What the monitoring asks of all sites. */
export function monitoringTargets(watched: WatchedFarm): MonitoringTargets {
  const { tenants, releases, tls, resolver, versions } = watched;
  return {
    blackbox: blackboxConfig({ tenants, releases, tls }),
    probes: probeGroups(tenants, { tls, resolver, ...(versions && { versions }) }),
    machines: nodeGroups(tenants),
  };
}

/** YAML whose bytes depend on nothing but the value. */
function toYaml(value: object): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}

import { parse as parseYaml } from "yaml";
import type { Farm } from "../../../../model/farm.ts";
import {
  type MonitoringTargets,
  monitoringFiles,
  monitoringTargets,
} from "../../../../model/monitoring/machine.ts";
import { monitoringPaths } from "../../../../model/monitoring/prometheus.ts";
import { releases } from "../../guest/samples.ts";
import { allrisnet, neighbour, parse, settings, tenant } from "../fixtures.ts";

/** Settings of the monitoring that fit those of the tests, with what differs. */
export function monitoring(differs: object = {}) {
  return {
    pool: "nord",
    address: "10.20.0.200",
    recipients: ["betrieb@kuestenring.de"],
    ...differs,
  };
}

/** A mail server that fits, with what differs. */
export function mail(differs: object = {}) {
  return { host: "mail.kuestenring.de", from: "farm@kuestenring.de", ...differs };
}

/** A farm that is watched, with what its monitoring is made of. */
export interface WatchedSample extends Farm {
  readonly files: Readonly<Record<string, string>>;
  readonly targets: MonitoringTargets;
}

/** The settings of a farm with a monitoring, a mail server, and what differs. */
export function watchedSettings(differs: object = {}, more: object = {}): object {
  return { ...settings(), mail: mail(), monitoring: monitoring(differs), ...more };
}

/** A farm of these tenants with a monitoring; `more` are further settings. */
export function watchedFarm(tenants: readonly object[], more: object = {}): WatchedSample {
  const farm = parse(tenants, watchedSettings({}, more));
  const { monitoring: watched, mail: server, measurement } = farm.settings;
  if (watched === undefined || server === undefined) throw new Error("the sample has a monitoring");
  const tls = measurement?.tls ?? "shows";
  const scope = { tenants: farm.tenants, releases, tls, resolver: "10.20.0.53" };
  return {
    ...farm,
    files: monitoringFiles(watched, server, farm.settings.pools),
    targets: monitoringTargets(scope),
  };
}

/** One with everything, one whose Ratsinfo is closed to most, one behind Cloudflare with citizens switched off. */
export const threeTenants: readonly object[] = [
  tenant({
    allrisnet: allrisnet(
      { licensedModules: ["app", "oparl", "totp"] },
      { oparl: { enabled: true, license: "https://www.govdata.de/dl-de/by-2-0" } },
    ),
  }),
  neighbour("closed", 12, {
    allrisnet: { ...allrisnet(), politicians: { ipAllowlist: ["10.9.0.0/24"] } },
  }),
  neighbour("proxied", 13, {
    certificate: { issuer: "cloudflare-origin" },
    allrisnet: { ...allrisnet({}, { enabled: false }), release: "4.1.8" },
  }),
];

/** The texts of an alert that name no label. */
export function annotationsOf(
  given: ReturnType<typeof watchedFarm>,
  alert: string,
): Readonly<Record<string, string>> {
  const text = given.files[monitoringPaths.rules] ?? "";
  const { groups } = parseYaml(text) as {
    groups: { rules: { alert?: string; annotations?: Record<string, string> }[] }[];
  };
  const found = groups.flatMap(({ rules }) => rules).find((rule) => rule.alert === alert);
  if (found?.annotations === undefined) throw new Error(`no alert ${alert}`);
  return found.annotations;
}

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { MailSettings } from "../model/mail-settings.ts";
import { monitoringFiles } from "../model/monitoring/machine.ts";
import { monitoringPaths, monitoringPorts } from "../model/monitoring/prometheus.ts";
import type { MonitoringSettings } from "../model/monitoring/settings.ts";
import type { Settings } from "../model/settings.ts";
import { monitoringFirewall } from "./machine-files.ts";
import { nodeExporterUnit, type PackageSource, packageFiles } from "./node-exporter.ts";
import { canonicalJson } from "./site-values.ts";

/** What the monitoring's machine is rendered from. */
export interface MonitoringBundleArgs {
  readonly settings: MonitoringSettings;
  /** The server that takes the alerts' mails. */
  readonly mail: MailSettings;
  /** PEM that the mail server's certificate is verified against. @default - the public authorities */
  readonly mailAuthorities?: string | undefined;
  /** The pools whose storage is watched. */
  readonly pools: Settings["pools"];
  /** PEM that the certificates of Harvest's pollers are verified against. @default - the machine's authorities */
  readonly storageAuthorities?: string | undefined;
  /** CIDRs that may open an ssh connection. */
  readonly bastions: readonly string[];
  /** The operators' account, whose home uploads come to. */
  readonly user: string;
  /** PEM of authorities beside the public ones. @default - none */
  readonly authorities?: string | undefined;
  /** @default - the machine's own sources */
  readonly packages?: PackageSource | undefined;
}

const read = (name: string): string => readFileSync(join(import.meta.dirname, name), "utf8");

const modules: readonly (readonly [string, string])[] = [
  ["farm_apply", ""],
  ...["machine", "change", "secret_files"].map(
    (name) => [`farm_apply.${name}`, read(`farm_apply/${name}.py`)] as const,
  ),
  ["farm_monitoring", ""],
  ["farm_monitoring.main", read("farm_monitoring/main.py")],
];

const figuresPath = "/usr/local/lib/farm/figures";
/** The command that shows the farm's own figures to Prometheus; they are on its standard input. */
export const figuresCommand: string = `sudo -n ${figuresPath}`;
/** Where the bundle is uploaded to, in the operators' home. */
export const monitoringBundlePath = "monitoring.py";
/** Where the targets are uploaded to; the machine takes them from there by itself. */
export const monitoringTargetsPath = "targets.json";
/** The command that applies the bundle, whose name is on its standard input. Not `apply`: that is a site's values. */
export const monitoringSetUpCommand: string = `sudo python3 -I ${monitoringBundlePath} set-up`;
/** The command that puts the password of the mail server, which is on its standard input. It prints nothing. */
export const monitoringSecretsCommand: string = `sudo python3 -I ${monitoringBundlePath} secrets`;

const units = "/etc/systemd/system";
const hardening = `NoNewPrivileges=yes
ProtectHome=yes
ProtectSystem=strict
CapabilityBoundingSet=
`;

/** How a service of Debian's packages is started instead of as its package says. */
function dropIn(service: string, command: string, more = ""): [string, string] {
  return [`${units}/${service}.service.d/farm.conf`, `[Service]\nExecStart=\nExecStart=${command}\n${more}`];
}

/** Renders everything that stands on the monitoring's machine but the targets, and what the state keeps of it. */
export function renderMonitoring(args: MonitoringBundleArgs): {
  readonly text: string;
  readonly bundle: string;
} {
  const { settings, bastions, user, authorities, packages } = args;
  const { prometheus, alertmanager, blackbox } = monitoringPorts;
  const targets = `/home/${user}/${monitoringTargetsPath}`;
  const texts: Record<string, string> = {
    ...monitoringFiles(settings, args.mail, args.pools),
    ...certificates(authorities),
    ...(args.mailAuthorities === undefined
      ? {}
      : { [monitoringPaths.mailAuthorities]: args.mailAuthorities }),
    ...(args.storageAuthorities === undefined
      ? {}
      : { [monitoringPaths.storageAuthorities]: args.storageAuthorities }),
    ...Object.fromEntries([
      dropIn(
        "prometheus",
        `/usr/bin/prometheus --config.file=${monitoringPaths.prometheus} --storage.tsdb.path=/var/lib/prometheus/metrics2 --storage.tsdb.retention.time=${settings.retentionDays}d --web.listen-address=:${prometheus}`,
      ),
      dropIn(
        "prometheus-alertmanager",
        `/usr/bin/prometheus-alertmanager --config.file=${monitoringPaths.alertmanager} --storage.path=/var/lib/prometheus/alertmanager --web.listen-address=:${alertmanager} --cluster.listen-address=`,
        // What people read in its mails is Berlin's time, whatever zone the machine has.
        `${hardening}ReadWritePaths=/var/lib/prometheus\nEnvironment=TZ=Europe/Berlin\n`,
      ),
      dropIn(
        "prometheus-blackbox-exporter",
        `/usr/bin/prometheus-blackbox-exporter --config.file=${monitoringPaths.blackbox} --web.listen-address=127.0.0.1:${blackbox}`,
        hardening,
      ),
    ]),
    [`${units}/farm-monitoring-targets.path`]: `[Unit]
Description=Notice uploaded targets of the monitoring

[Path]
PathChanged=${targets}
Unit=farm-monitoring-targets.service

[Install]
WantedBy=paths.target
`,
    [`${units}/farm-monitoring-targets.service`]: `[Unit]
Description=Take uploaded targets of the monitoring

[Service]
Type=oneshot
ExecStart=/usr/local/lib/farm/targets ${targets}
`,
  };
  const files = [
    ...Object.entries(texts).map(([path, content]) => ({ path, mode: "0644", content })),
    {
      path: "/etc/nftables.conf",
      mode: "0755",
      content: monitoringFirewall(bastions, settings.operators ?? bastions),
    },
    { path: "/usr/local/lib/farm/targets", mode: "0755", content: read("targets.py") },
    { path: figuresPath, mode: "0755", content: read("figures.py") },
    nodeExporterUnit("127.0.0.1"),
    ...packageFiles(packages),
  ].sort((a, b) => (a.path < b.path ? -1 : 1));
  const services = [
    "prometheus-node-exporter",
    "prometheus-blackbox-exporter",
    "prometheus-alertmanager",
    "prometheus",
  ];
  const body = canonicalJson({
    files: files.map(({ path, mode, content }) => [path, mode, content]),
    modules,
    packages: services,
    ready: [prometheus, alertmanager].map((port) => `http://127.0.0.1:${port}/-/ready`),
    reloaded: ["prometheus.service", "prometheus-alertmanager.service"],
    units: [...services.map((name) => `${name}.service`), "farm-monitoring-targets.path"],
  });
  const text = `${read("monitoring.py")}\n# ${body}`;
  return { text, bundle: createHash("sha256").update(text).digest("hex").slice(0, 16) };
}

/** Authorities as the system's store wants them: one certificate a file. */
function certificates(pem: string | undefined): Readonly<Record<string, string>> {
  const found = pem?.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  return Object.fromEntries(
    found.map((text, at) => [`/usr/local/share/ca-certificates/farm-${at + 1}.crt`, `${text}\n`]),
  );
}

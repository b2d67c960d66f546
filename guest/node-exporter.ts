import { readFileSync } from "node:fs";
import { join } from "node:path";
import { monitoringPaths } from "../model/monitoring/prometheus.ts";
import { nodePort } from "../model/monitoring/targets.ts";

/** One file of a machine. */
export interface ExporterFile {
  readonly path: string;
  /** Permission bits in octal. */
  readonly mode: string;
  readonly content: string;
}

/** Where Debian packages come from, and whose signature counts. */
export interface PackageSource {
  readonly repository: string;
  readonly suite: string;
  readonly component: string;
  /** OpenPGP, armored. */
  readonly key: string;
}

const installPath = "/usr/local/lib/farm/packages";
const keyPath = "/etc/farm/packages.asc";

/** The program that installs missing packages, and the source that it takes them from. */
export function packageFiles(source: PackageSource | undefined): readonly ExporterFile[] {
  const program = readFileSync(join(import.meta.dirname, "packages.py"), "utf8");
  const files = [{ path: installPath, mode: "0755", content: program }];
  if (source === undefined) return files;
  const { repository, suite, component, key } = source;
  const lines = {
    Types: "deb",
    URIs: repository,
    Suites: suite,
    Components: component,
    "Signed-By": keyPath,
  };
  const text = Object.entries(lines).map(([name, value]) => `${name}: ${value}\n`);
  files.push({ path: "/etc/farm/packages.sources", mode: "0644", content: text.join("") });
  files.push({ path: keyPath, mode: "0644", content: key });
  return files;
}

/** What is asked of a machine: figures of processor, memory and disks, and what other programs leave in text files. */
const collectors = ["cpu", "filesystem", "loadavg", "meminfo", "textfile", "time", "uname"];

/** How the node exporter is started: it answers at this address alone. */
export function nodeExporterUnit(address: string): ExporterFile {
  const options = [
    `--web.listen-address=${address}:${nodePort}`,
    "--collector.disable-defaults",
    ...collectors.map((name) => `--collector.${name}`),
    `--collector.textfile.directory=${monitoringPaths.textfiles}`,
  ];
  return {
    path: "/etc/systemd/system/prometheus-node-exporter.service.d/farm.conf",
    mode: "0644",
    content: `[Service]
ExecStart=
ExecStart=/usr/bin/prometheus-node-exporter ${options.join(" ")}
NoNewPrivileges=yes
ProtectHome=yes
ProtectSystem=strict
CapabilityBoundingSet=
`,
  };
}

const service = `[Unit]
Description=See to it that the node exporter is installed and runs
After=network-online.target
Wants=network-online.target

[Service]
Type=oneshot
ExecStart=${installPath} prometheus-node-exporter
ExecStart=/usr/bin/systemctl enable --quiet prometheus-node-exporter.service
ExecStart=/usr/bin/systemctl restart prometheus-node-exporter.service
TimeoutStartSec=15min
`;

// Soon after a roll-out and each start of the machine, then once a day: a repository that is away must not hold up
// the site's roll-out, and is asked again.
const timer = `[Unit]
Description=See to the node exporter every day

[Timer]
OnActiveSec=1s
OnUnitInactiveSec=1d
AccuracySec=1s

[Install]
WantedBy=timers.target
`;

/** Name of the timer to switch on where a site's machine is watched. */
export const nodeExporterTimer = "farm-node-exporter.timer";

/** What makes a site's machine tell the monitoring how it is. */
export function nodeExporterFiles(
  address: string,
  source: PackageSource | undefined,
): readonly ExporterFile[] {
  return [
    ...packageFiles(source),
    nodeExporterUnit(address),
    { path: "/etc/systemd/system/farm-node-exporter.service", mode: "0644", content: service },
    { path: `/etc/systemd/system/${nodeExporterTimer}`, mode: "0644", content: timer },
  ];
}

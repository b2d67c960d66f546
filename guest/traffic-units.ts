import { readFileSync } from "node:fs";
import { join } from "node:path";

/** One file of a machine. */
interface TrafficFile {
  readonly path: string;
  /** Permission bits in octal. */
  readonly mode: string;
  readonly content: string;
}

/**
 * User agent of the farm's own checks of a site from outside. What carries it counts for no administration;
 * guest/traffic_lines.py and the query of the edge (cli/traffic-edge.ts) leave it out.
 */
export const probeAgent = "allris-farm-probe/1";

const service = `[Unit]
Description=Sum the traffic of this site and age its log
After=nginx.service

[Service]
Type=oneshot
ExecStart=/usr/local/lib/farm/traffic run
StateDirectory=farm/traffic
ReadWritePaths=-/var/log/nginx
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateNetwork=yes
PrivateDevices=yes
NoNewPrivileges=yes
CapabilityBoundingSet=CAP_DAC_OVERRIDE CAP_CHOWN CAP_FOWNER CAP_KILL
Nice=10
IOSchedulingClass=idle
`;

// Soon after midnight where the administrations are, so that a log holds the lines of one day; spread, since
// all machines share the storage. A machine that was off does it when it is back.
const timer = `[Unit]
Description=Sum the traffic of this site every day

[Timer]
OnCalendar=*-*-* 00:10:00 Europe/Berlin
RandomizedDelaySec=20min
Persistent=yes

[Install]
WantedBy=timers.target
`;

/** What counts a site's traffic on its machine. Every site has the unit `farm-traffic.timer` switched on. */
export function trafficFiles(): readonly TrafficFile[] {
  const read = (name: string): string => readFileSync(join(import.meta.dirname, name), "utf8");
  return [
    { path: "/usr/local/lib/farm/traffic", mode: "0755", content: read("traffic.py") },
    { path: "/usr/local/lib/farm/traffic_disk.py", mode: "0644", content: read("traffic_disk.py") },
    { path: "/usr/local/lib/farm/traffic_lines.py", mode: "0644", content: read("traffic_lines.py") },
    { path: "/etc/systemd/system/farm-traffic.service", mode: "0644", content: service },
    { path: "/etc/systemd/system/farm-traffic.timer", mode: "0644", content: timer },
  ];
}

import { monitoringPorts } from "../model/monitoring/prometheus.ts";
import { nodePort } from "../model/monitoring/targets.ts";

/**
 * The firewall of a site's machine that these networks may reach by ssh.
 * @param monitoring address that may ask the machine how it is. @default - none
 */
export function firewall(bastions: readonly string[], monitoring?: string): string {
  return ruleset(bastions, [
    "tcp dport { 80, 443 } accept",
    ...(monitoring === undefined ? [] : [`ip saddr ${monitoring} tcp dport ${nodePort} accept`]),
  ]);
}

/** The firewall of the monitoring's machine: its pages show all sites, so they are for the management network alone. */
export function monitoringFirewall(bastions: readonly string[], operators: readonly string[]): string {
  const { prometheus, alertmanager } = monitoringPorts;
  return ruleset(
    bastions,
    families(operators).map(
      ([family, networks]) =>
        `${family} saddr { ${networks.join(", ")} } tcp dport { ${prometheus}, ${alertmanager} } accept`,
    ),
  );
}

/** Networks by what nft calls their family; none of a family, no line. */
function families(networks: readonly string[]): readonly (readonly [string, readonly string[]])[] {
  const six = networks.filter((network) => network.includes(":"));
  const four = networks.filter((network) => !network.includes(":"));
  const all = [["ip", four] as const, ["ip6", six] as const];
  return all.filter(([, each]) => each.length > 0);
}

function ruleset(bastions: readonly string[], open: readonly string[]): string {
  return `#!/usr/sbin/nft -f
flush ruleset

# BSI OPS.1.2.5.A3: remote maintenance comes from the bastion and from nowhere else.
table inet farm {
  chain input {
    type filter hook input priority filter; policy drop;
    ct state established,related accept
    iif lo accept
    # ICMP and ICMPv6 by number: a small system has no table of protocol names.
    meta l4proto { 1, 58 } accept
${open.map((line) => `    ${line}\n`).join("")}    ip saddr { ${bastions.join(", ")} } tcp dport 22 accept
  }
}
`;
}

/** Renews the certificate when it is due. */
export const renewalService = `[Unit]
Description=Renew the TLS certificate of this site
After=network-online.target nginx.service

[Service]
Type=oneshot
ExecStart=/usr/local/lib/farm/certificate renew
PrivateTmp=yes
ProtectHome=yes
`;

/** Twice a day and spread: the lifetime of public certificates falls to 47 days (CA/B ballot SC-081v3). */
export const renewalTimer = `[Unit]
Description=Look twice a day whether the TLS certificate is due

[Timer]
OnCalendar=*-*-* 03,15:00:00
RandomizedDelaySec=2h
Persistent=yes

[Install]
WantedBy=timers.target
`;

/**
 * Debian's own, in the place of which it stands, keeps all logs for 14 days. The log of errors holds addresses
 * and queries of visitors: 7 days. That of the traffic is no matter of logrotate: the program that counts it ages
 * it, after 7 and 90 days.
 */
export const logrotate = `/var/log/nginx/error.log {
  daily
  missingok
  rotate 7
  compress
  delaycompress
  notifempty
  create 0640 www-data adm
  postrotate
    [ ! -f /run/nginx.pid ] || kill -USR1 "$(cat /run/nginx.pid)"
  endscript
}
`;

/** Debian release of the guests. */
export const suite = "bookworm";

/** What the guests' system is made of, besides what every Debian has. */
export const packages: readonly string[] = [
  "bind9-dnsutils",
  "ca-certificates",
  "cloud-init",
  "cron",
  "curl",
  "dbus",
  "iproute2",
  // The guest knows its own name without a line in /etc/hosts; sudo waits for the resolver otherwise.
  "libnss-myhostname",
  "libpostgresql-jdbc-java",
  // nginx writes a line a request.
  "logrotate",
  "lego",
  "nftables",
  "nginx-light",
  "openjdk-17-jre-headless",
  "openssh-server",
  "openssl",
  "postgresql",
  "python3",
  // Without it the set-up of cloud-init fails in a minimal system.
  "python3-cffi-backend",
  "sudo",
  "systemd",
  "systemd-resolved",
  "systemd-sysv",
  "tomcat10",
  "tzdata",
];

/** What a release of ALLRIS net may ask for as its `minimumBaseImage`; 2 brought Java, Tomcat and PostgreSQL. */
const baseImage = 2;

/** A file of the image. */
export interface ImageFile {
  readonly path: string;
  readonly text: string;
  /** Permission bits. @default 0o644 */
  readonly mode?: number;
}

/** What is written into the image; docs/reference/template.md says why the production template needs the same. */
export const files: readonly ImageFile[] = [
  {
    path: "etc/cloud/cloud.cfg.d/90-farm.cfg",
    // The schema of cloud-init wants a string for the locale; C.UTF-8 is there without the package locales.
    text: `datasource_list: [NoCloud, None]
locale: C.UTF-8
disable_root: true
ssh_pwauth: false
ssh_genkeytypes: [ed25519, ecdsa]
# There are none in the image; those of a first boot that begins again stay the guest's own.
ssh_deletekeys: false
no_ssh_fingerprints: true
ssh: {emit_keys_to_console: false}
system_info: {network: {renderers: [networkd]}}
`,
  },
  {
    path: "etc/hosts",
    text: `127.0.0.1 localhost
::1 localhost ip6-localhost ip6-loopback
`,
  },
  {
    path: "etc/ssh/sshd_config.d/10-farm.conf",
    // Debian's first choice, sntrup761x25519, takes a client 80 ms of processor a connection instead of 12: too much for
    // the thousands of a lab on two processors.
    text: `KexAlgorithms curve25519-sha256
PermitRootLogin no
PasswordAuthentication no
KbdInteractiveAuthentication no
AuthenticationMethods publickey
AllowAgentForwarding no
X11Forwarding no
`,
  },
  {
    path: "etc/ssh/sshd_config.d/50-cloud-init.conf",
    // What cloud-init would write for ssh_pwauth: where it finds it, it does not restart sshd in the middle of
    // the first boot, under the feet of whoever came as soon as it listened.
    text: "PasswordAuthentication no\n",
  },
  {
    path: "etc/systemd/system/farm-first-boot.service",
    // cloud-init marks each step as done before it is. After a power cut in its first boot it would never come
    // back to what was left out: users, addresses. So an unfinished first boot begins again.
    text: `[Unit]
Description=Begin an unfinished first boot again
DefaultDependencies=no
After=systemd-remount-fs.service
Before=cloud-init-local.service
ConditionPathExists=/var/lib/cloud/instance
ConditionPathExists=!/var/lib/cloud/instance/boot-finished

[Service]
Type=oneshot
ExecStart=/usr/bin/cloud-init clean

[Install]
WantedBy=cloud-init.target
`,
  },
  {
    path: "etc/systemd/system/farm-host-keys.service",
    text: `[Unit]
Description=Replace host keys that a power cut left half written
After=cloud-init.service
Before=ssh.service

[Service]
Type=oneshot
ExecStart=/usr/local/sbin/farm-host-keys

[Install]
WantedBy=multi-user.target
`,
  },
  {
    path: "usr/local/sbin/farm-host-keys",
    mode: 0o755,
    text: `#!/bin/sh
set -eu
for type in ed25519 ecdsa; do
  key=/etc/ssh/ssh_host_\${type}_key
  if ! ssh-keygen -y -P "" -f "$key" >/dev/null 2>&1; then
    rm -f "$key" "$key.pub"
    ssh-keygen -q -t "$type" -N "" -f "$key"
  fi
done
`,
  },
  {
    path: "etc/systemd/resolved.conf.d/10-farm.conf",
    text: `[Resolve]
LLMNR=no
MulticastDNS=no
DNSSEC=no
# A name that did not exist a moment ago may exist now: a new site must not wait for a cache.
Cache=no-negative
`,
  },
  {
    path: "etc/systemd/journald.conf.d/10-farm.conf",
    text: `[Journal]
SystemMaxUse=32M
`,
  },
  {
    path: "etc/postgresql/15/main/conf.d/10-farm.conf",
    // One small application on the same machine. What it has stored must outlive a power cut: fsync stays on.
    text: `listen_addresses = '127.0.0.1'
ssl = off
max_connections = 40
shared_buffers = 32MB
dynamic_shared_memory_type = posix
min_wal_size = 32MB
max_wal_size = 128MB
fsync = on
full_page_writes = on
synchronous_commit = on
jit = off
timezone = 'Europe/Berlin'
log_timezone = 'Europe/Berlin'
`,
  },
  { path: "usr/share/farm/base-image", text: `${baseImage}\n` },
  // Only the lab has it: what cuts the power in the middle of an update asks for it.
  { path: "usr/share/farm/lab", text: "lab\n" },
];

/** Units that must not run in a guest. */
export const maskedUnits: readonly string[] = [
  // Waits 13 s for a link that is configured already; cloud-init itself orders what needs the network.
  "systemd-networkd-wait-online.service",
  // The lab cannot reach a mirror; in production updates are a matter of maintenance windows.
  "apt-daily.timer",
  "apt-daily-upgrade.timer",
  "dpkg-db-backup.timer",
  "e2scrub_all.timer",
  "fstrim.timer",
  // Each release of ALLRIS net brings its own unit: Debian's would start an empty Tomcat.
  "tomcat10.service",
];

/** Units that must run. */
export const enabledUnits: readonly string[] = [
  "systemd-networkd.service",
  "systemd-resolved.service",
  "farm-first-boot.service",
  "farm-host-keys.service",
  "ssh.service",
  "nginx.service",
  "postgresql.service",
];

/** What the packages left behind that must differ from guest to guest, or must not be there. */
export const removedPaths: readonly RegExp[] = [
  /^etc\/ssh\/ssh_host_.*$/,
  /^etc\/nginx\/sites-enabled\/default$/,
  // The package ssl-cert makes a key; one of the template would be every guest's.
  /^etc\/ssl\/private\/ssl-cert-snakeoil\.key$/,
  /^etc\/ssl\/certs\/ssl-cert-snakeoil\.pem$/,
  /^var\/lib\/dbus\/machine-id$/,
  /^var\/cache\/apt\/archives\/.*\.deb$/,
  /^var\/lib\/apt\/lists\/.*$/,
];

/** A unit of systemd by its name. */
export type Units = Readonly<Record<string, string>>;

// PrivateTmp, since Tomcat and the JSPs write there; no MemoryDenyWriteExecute, since Java compiles at run time.
const instance = `[Unit]
Description=ALLRIS net, generation %i
After=network.target postgresql.service
Wants=postgresql.service
AssertPathExists=/srv/allrisnet/generations/%i/generation.json

[Service]
User=tomcat
Group=tomcat
EnvironmentFile=/srv/allrisnet/generations/%i/environment
ExecStart=/usr/share/tomcat10/bin/catalina.sh run
# Java ends a shutdown that it was asked for with this code.
SuccessExitStatus=143
TimeoutStopSec=40
Restart=on-failure
RestartSec=3
UMask=0027
CapabilityBoundingSet=
LockPersonality=yes
NoNewPrivileges=yes
PrivateDevices=yes
PrivateTmp=yes
ProtectControlGroups=yes
ProtectHome=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectSystem=strict
ReadWritePaths=/srv/allrisnet/generations/%i/files /srv/allrisnet/generations/%i/base
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
`;

// One step after the other: what a power cut left half made goes before anything is started.
const boot = `[Unit]
Description=Start the installed generation of ALLRIS net
After=network.target postgresql.service
Wants=postgresql.service
ConditionPathExists=/srv/allrisnet
ConditionPathExists=/usr/local/lib/farm/release

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=-/usr/local/lib/farm/release recover
ExecStart=/usr/local/lib/farm/release start

[Install]
WantedBy=multi-user.target
`;

const cleaning = `[Unit]
Description=Remove generations of ALLRIS net that nobody goes back to any more
ConditionPathExists=/srv/allrisnet

[Service]
Type=oneshot
ExecStart=/usr/local/lib/farm/release clean
PrivateTmp=yes
ProtectHome=yes
`;

const cleaningTimer = `[Unit]
Description=Look every day for generations of ALLRIS net that are too old

[Timer]
OnCalendar=*-*-* 04:00:00
RandomizedDelaySec=1h
Persistent=yes

[Install]
WantedBy=timers.target
`;

/** The units of the application. None of them starts anything while no release is installed. */
export const units: Units = {
  "allrisnet@.service": instance,
  "allrisnet.service": boot,
  "farm-release-clean.service": cleaning,
  "farm-release-clean.timer": cleaningTimer,
};

/** Those that are switched on. `allrisnet.service` runs at boot; in between, releases start their instances. */
export const enabledUnits: readonly string[] = ["allrisnet.service", "farm-release-clean.timer"];

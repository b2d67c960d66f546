import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { MeasurementSettings, ProberSettings } from "../model/measurement/settings.ts";
import type { ProbedSite } from "../model/measurement/targets.ts";
import type { ProgramFile } from "./release-program.ts";
import { canonicalJson } from "./site-values.ts";

/** Where a prober keeps its log: a file a day, whole lines alone. */
export const proberLogFolder = "/var/lib/farm-prober";

const program = "/usr/local/lib/farm-prober";
const etc = "/etc/farm-prober";

// It opens connections, reads two files and writes to one folder; nothing else is left to it.
const unit = `[Unit]
Description=Ask the farm's sites whether they answer
Wants=network-online.target time-sync.target
After=network-online.target time-sync.target
StartLimitIntervalSec=0

[Service]
User=farm-prober
ExecStart=${program}/prober.py run --state /run/farm-prober/state.json
ExecReload=/bin/kill -HUP $MAINPID
Restart=always
RestartSec=5
StateDirectory=farm-prober
RuntimeDirectory=farm-prober
UMask=0022
LimitNOFILE=65536
CapabilityBoundingSet=
LockPersonality=yes
NoNewPrivileges=yes
PrivateDevices=yes
PrivateTmp=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectSystem=strict
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service

[Install]
WantedBy=multi-user.target
`;

/** What one prober is made of. */
export interface ProberBundleArgs {
  readonly prober: ProberSettings;
  /** All of the farm: they show each other the ends of their logs. */
  readonly measurement: MeasurementSettings;
  readonly sites: readonly ProbedSite[];
  /** PEM of the authorities that visitors trust. @default - those of the host */
  readonly authorities?: string | undefined;
}

/** One text that brings its own installer, and what it is told by. */
export interface ProberBundle {
  readonly text: string;
  readonly hash: string;
}

/** Renders all that is on a prober's host. Pure but for the programs beside this file. */
export function renderProber(args: ProberBundleArgs): ProberBundle {
  const read = (name: string): string => readFileSync(join(import.meta.dirname, name), "utf8");
  const modules = readdirSync(join(import.meta.dirname, "farm_prober"))
    .filter((name) => name.endsWith(".py"))
    .sort();
  const file = (path: string, content: string, mode = "0644"): ProgramFile => ({ path, mode, content });
  const files = [
    file(`${program}/prober.py`, read("prober.py"), "0755"),
    ...modules.map((name) => file(`${program}/farm_prober/${name}`, read(join("farm_prober", name)))),
    file("/etc/systemd/system/farm-prober.service", unit),
    file(`${etc}/settings.json`, canonicalJson(proberSettings(args))),
    file(`${etc}/targets.json`, canonicalJson({ sites: args.sites })),
    ...(args.authorities === undefined ? [] : [file(`${etc}/authorities.pem`, args.authorities)]),
  ];
  const names = args.measurement.probers.map(({ name }) => name);
  const turn = { own: names.indexOf(args.prober.name), of: names.length };
  const text = `${read("prober-setup.py")}\n# ${canonicalJson({ files, turn })}`;
  return { text, hash: createHash("sha256").update(text).digest("hex").slice(0, 16) };
}

function proberSettings({ prober, measurement, authorities }: ProberBundleArgs): object {
  const address = ({ host, witnessPort }: ProberSettings): string => `${host}:${witnessPort}`;
  return {
    prober: prober.name,
    intervalSec: 15,
    timeoutSec: 10,
    listen: address(prober),
    peers: measurement.probers
      .filter(({ name }) => name !== prober.name)
      .map((other) => ({ prober: other.name, address: address(other) })),
    ...(authorities !== undefined && { caFile: `${etc}/authorities.pem` }),
  };
}

/** Where the roll-out leaves the bundle, in the operators' home. */
export const proberBundlePath = "prober.py";

/** The command that applies it. Its standard input names the bundle, so that a new one runs it again. */
export const proberCommand: string = `sudo -n python3 -I ${proberBundlePath}`;

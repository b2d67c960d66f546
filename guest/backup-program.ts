import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ProgramFile } from "./release-program.ts";

const folder = "/usr/local/lib/farm";

/** The command that writes, checks, hands out and puts back what a backup holds; its verbs are in guest/backup.py. */
export const backupCommand: string = `${folder}/backup`;

// It reads what belongs to others and asks the database as two users, so it keeps root's rights; what it may write
// to is listed. The application's own files are not in that list, but for what imports have put aside beside them.
const service = `[Unit]
Description=Write the state of this site that its backup takes along
After=postgresql.service allrisnet.service
ConditionPathExists=/srv/allrisnet/current

[Service]
Type=oneshot
ExecStart=${backupCommand} state
TimeoutStartSec=3h
Nice=10
IOSchedulingClass=idle
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
ReadWritePaths=/var/backups /var/lib/farm /run -/srv/allrisnet/imports
RestrictAddressFamilies=AF_INET AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
SystemCallArchitectures=native
UMask=0077
`;

/** The program and its service: the same on every machine. */
export function backupProgram(): readonly ProgramFile[] {
  const read = (name: string): string => readFileSync(join(import.meta.dirname, name), "utf8");
  const modules = readdirSync(join(import.meta.dirname, "farm_backup"))
    .filter((name) => name.endsWith(".py"))
    .sort();
  return [
    { path: backupCommand, mode: "0755", content: read("backup.py") },
    ...modules.map((name) => ({
      path: `${folder}/farm_backup/${name}`,
      mode: "0644",
      content: read(join("farm_backup", name)),
    })),
    { path: "/etc/systemd/system/farm-backup.service", mode: "0644", content: service },
  ];
}

/**
 * The timer of one machine, half an hour before its backup: the state is whole when the disk is copied.
 *
 * What was missed is not made up for: a restored copy that boots must not write over the state that it is to be
 * compared with. Slots keep away from the hour that the change of the clock leaves out: systemd would leave out the
 * state with it (measured with systemd 252).
 * @param at `HH:MM` in Berlin
 */
export function stateTimer(at: string): string {
  return `[Unit]
Description=Write the state of this site half an hour before its backup

[Timer]
OnCalendar=*-*-* ${at}:00 Europe/Berlin
AccuracySec=1s

[Install]
WantedBy=timers.target
`;
}

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SshServer } from "../../providers/ssh/connect.ts";
import { runInForeground } from "../../toolchain/foreground.ts";
import type { GuestWay } from "../guest-backup.ts";

/**
 * OpenSSH's settings for one machine: its pinned host key and that of the jump host, and no other key, no password,
 * no file of the user's own. The agent stays here: it is not lent to the machine.
 */
export function sshSettings({ machine, jump }: GuestWay, folder: string): Readonly<Record<string, string>> {
  const known = join(folder, "known_hosts");
  const host = (name: string, { host, port = 22, user }: SshServer, more: string): string =>
    `Host ${name}\n  HostName ${host}\n  Port ${port}\n  User ${user}\n${more}`;
  const hostKeys = [machine, jump].map(
    ({ host, port = 22, hostKey }) => `${port === 22 ? host : `[${host}]:${port}`} ${hostKey ?? ""}`,
  );
  return {
    known_hosts: `${hostKeys.join("\n")}\n`,
    config: [
      host("site", machine, "  ProxyJump jump\n"),
      host("jump", jump, ""),
      `Host *
  UserKnownHostsFile "${known}"
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  UpdateHostKeys no
  PasswordAuthentication no
  KbdInteractiveAuthentication no
  ForwardAgent no
  ControlMaster no
  ServerAliveInterval 15
  LogLevel ERROR
`,
    ].join("\n"),
  };
}

/**
 * Runs OpenSSH to the machine in the caller's terminal.
 * @param command run instead of a shell. @default - a shell
 * @returns its exit code: that of the command, 255 when there was no way
 */
export async function runSsh(
  way: GuestWay,
  command: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "farm-ssh-"));
  try {
    for (const [name, text] of Object.entries(sshSettings(way, folder)))
      writeFileSync(join(folder, name), text, { mode: 0o600 });
    return await runInForeground("ssh", ["-F", join(folder, "config"), "site", ...command], { environment });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

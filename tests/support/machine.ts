import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type LabFile, labPlaces, readLab } from "../../lab/lab-file.ts";
import { checkout } from "../../lib/paths.ts";
import { type RunResult, tryRun } from "../../lib/run.ts";
import { parseState } from "../../model/stack-state.ts";
import { pinnedKeysOf } from "../../model/tenant-state.ts";
import { engine } from "./project.ts";

/** Runs a command inside the lab's network, with the lab's DNS. */
export async function inLab(...command: string[]): Promise<RunResult> {
  return tryRun(process.execPath, [join(checkout, "cli", "main.ts"), "lab", "exec", "--", ...command], {
    timeout: 120_000,
  });
}

/**
 * Runs a command on a machine as an operator would: through the jump host, keys from the agent, host keys
 * checked against the given one.
 * @param hostKey `ssh-ed25519 AAAA…`
 */
export function onMachine(address: string, hostKey: string, ...command: string[]): Promise<RunResult> {
  return byWayOf(readLab().jump, address, hostKey, command);
}

/** The same on a machine behind another jump host: that of the quarantine, where copies are. */
export function byWayOf(
  jump: LabFile["jump"],
  address: string,
  hostKey: string,
  command: readonly string[],
): Promise<RunResult> {
  const places = labPlaces();
  const known = join(places.farm, `known-hosts-${address}-${jump.port}`);
  writeFileSync(known, `${address} ${hostKey}\n[${jump.host}]:${jump.port} ${jump.hostKey}\n`);
  const options = [
    `UserKnownHostsFile=${known}`,
    "StrictHostKeyChecking=yes",
    "BatchMode=yes",
    "ConnectTimeout=10",
  ];
  const flags = options.flatMap((option) => ["-o", option]);
  const proxy = `ssh ${flags.join(" ")} -W %h:%p -p ${jump.port} ${jump.user}@${jump.host}`;
  const env = { SSH_AUTH_SOCK: join(places.run, "agent.sock") };
  return tryRun("ssh", [...flags, "-o", `ProxyCommand=${proxy}`, `farm@${address}`, ...command], {
    env,
    timeout: 60_000,
  });
}

/** The host keys that the stack's state pins, by administration. */
export async function pinnedKeys(): Promise<ReadonlyMap<string, string>> {
  return pinnedKeysOf(parseState((await engine(["stack", "export"])).stdout));
}

/**
 * What tells one run of a machine from the next: when its first process began. Undefined while nobody gets in
 * with the pinned key.
 */
export async function tryBootOf(address: string, hostKey: string): Promise<string | undefined> {
  const shown = await onMachine(address, hostKey, "cut -d' ' -f22 /proc/1/stat");
  return shown.code === 0 ? shown.stdout.trim() : undefined;
}

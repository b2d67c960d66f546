import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { labPlaces, readLab } from "../../lab/lab-file.ts";
import { checkout } from "../../lib/paths.ts";
import { type RunResult, tryRun } from "../../lib/run.ts";
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
  const places = labPlaces();
  const { jump } = readLab();
  const known = join(places.farm, `known-hosts-${address}`);
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
  const exported = await engine(["stack", "export"]);
  const { deployment } = JSON.parse(exported.stdout) as {
    deployment: { resources: { type: string; urn: string; outputs?: { publicKey?: string } }[] };
  };
  const keys = deployment.resources
    .filter(({ type }) => type === "xenops:index:SshHostKey")
    .map(
      ({ urn, outputs }) =>
        [urn.slice(urn.lastIndexOf("::") + 2).replace(/-host-key$/, ""), outputs?.publicKey ?? ""] as const,
    );
  return new Map(keys);
}

/**
 * What tells one run of a machine from the next: when its first process began. Undefined while nobody gets in
 * with the pinned key.
 */
export async function tryBootOf(address: string, hostKey: string): Promise<string | undefined> {
  const shown = await onMachine(address, hostKey, "cut -d' ' -f22 /proc/1/stat");
  return shown.code === 0 ? shown.stdout.trim() : undefined;
}

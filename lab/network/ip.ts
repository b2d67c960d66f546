import { existsSync, readdirSync } from "node:fs";
import { FarmError } from "../../lib/farm-error.ts";
import { run, tryRun } from "../../lib/run.ts";

/** Where iproute2 keeps named namespaces. */
export const namespacesFolder = "/run/netns";

/** The file that stands for a named namespace. */
export function namespaceFile(name: string): string {
  return `${namespacesFolder}/${name}`;
}

/** Runs several `ip` commands inside a namespace, stopping at the first that fails. */
export async function ipBatch(namespace: string, commands: readonly string[]): Promise<void> {
  if (commands.length === 0) return;
  await run("ip", ["-n", namespace, "-batch", "-"], { input: `${commands.join("\n")}\n` });
}

/** Runs an `ip` or `bridge` command whose failure means that there was nothing to do. */
export async function tryIp(
  namespace: string,
  args: readonly string[],
  tool: "ip" | "bridge" = "ip",
): Promise<boolean> {
  return (await tryRun(tool, ["-n", namespace, ...args])).code === 0;
}

/** A link as `ip -json link` shows it. */
export interface Link {
  readonly name: string;
  /** Name of the bridge it belongs to. */
  readonly master: string | undefined;
}

/** The links of a namespace. */
export async function links(namespace: string): Promise<Link[]> {
  const text = await run("ip", ["-n", namespace, "-json", "link", "show"]);
  const parsed = JSON.parse(text) as { ifname: string; master?: string }[];
  return parsed.map((link) => ({ name: link.ifname, master: link.master }));
}

/** The names of all namespaces that begin with this text. */
export function namespacesOf(prefix: string): string[] {
  if (!existsSync(namespacesFolder)) return [];
  return readdirSync(namespacesFolder).filter((name) => name === prefix || name.startsWith(`${prefix}-`));
}

/** Makes a named namespace unless it is there. */
export async function addNamespace(name: string): Promise<void> {
  const first = await tryRun("ip", ["netns", "add", name]);
  if (first.code === 0) return;
  // A file without a namespace behind it is what a crash of the machine leaves where /run is on disk.
  if (await isNamespace(name)) return;
  await tryRun("ip", ["netns", "del", name]);
  const second = await tryRun("ip", ["netns", "add", name]);
  if (second.code === 0) return;
  throw new FarmError({
    what: "The lab's network namespace cannot be made",
    where: name,
    why: second.stderr.trim(),
    next: "run as root on a Linux machine or in a container that may make namespaces (privileged)",
  });
}

/** Whether a namespace with this name can be entered. */
export async function isNamespace(name: string): Promise<boolean> {
  return (
    existsSync(namespaceFile(name)) && (await tryRun("ip", ["-n", name, "link", "show", "lo"])).code === 0
  );
}

/** Removes a named namespace with every link in it; nothing happens when it is not there. */
export async function deleteNamespace(name: string): Promise<void> {
  if (existsSync(namespaceFile(name))) await tryRun("ip", ["netns", "del", name]);
}

/** The processes that live in a namespace. */
export async function processesIn(name: string): Promise<number[]> {
  if (!existsSync(namespaceFile(name))) return [];
  const listed = await tryRun("ip", ["netns", "pids", name]);
  return listed.stdout.split(/\s+/).filter(Boolean).map(Number);
}

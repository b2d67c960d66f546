import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../lib/atomic-file.ts";
import { FarmError } from "../lib/farm-error.ts";
import { farmFolder } from "../lib/paths.ts";
import { tryRun } from "../lib/run.ts";

/** Commands of the engine that read a stack's settings, hence take `--config-file`. */
const configured = new Set(["config", "destroy", "import", "preview", "refresh", "up", "update", "pre"]);

const saltLine = /^encryptionsalt:\s*(\S+)\s*$/m;

/** The own copy of the settings of the lab's stack, or of one of its shards. */
export function labConfigFile(stack: string): string {
  return join(farmFolder, `Pulumi.${stack}.yaml`);
}

/**
 * The engine keeps the salt of a stack's passphrase in the settings file. The lab's passphrase belongs to one
 * checkout, its settings to all of them: so the lab's engine works on a copy, and the committed file stays as
 * it is.
 */
export function withLabConfig(stack: string, args: readonly string[], project: string): string[] {
  const [command = "", ...rest] = args;
  if (!configured.has(command)) return [...args];
  const file = labConfigFile(stack);
  const salt = tryReadSalt(file);
  const source = join(project, `Pulumi.${stack}.yaml`);
  if (!existsSync(source)) {
    throw new FarmError({
      what: `The stack ${stack} has no settings`,
      where: source,
      next: "write them there; a shard's hold one line: docs/how-to/shards.md",
    });
  }
  const settings = readFileSync(source, "utf8").replace(saltLine, "").trimEnd();
  writeFileAtomic(file, `${settings}\n${salt === undefined ? "" : `encryptionsalt: ${salt}\n`}`);
  return [command, "--config-file", file, ...rest];
}

function tryReadSalt(file: string): string | undefined {
  return existsSync(file) ? saltLine.exec(readFileSync(file, "utf8"))?.[1] : undefined;
}

/** Makes a stack of the lab at its first use, without touching the project's files. */
export async function ensureLabStack(
  stack: string,
  pulumi: string,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const state = join(farmFolder, "state", ".pulumi", "stacks", "allris-farm", `${stack}.json`);
  if (existsSync(state) && tryReadSalt(labConfigFile(stack)) !== undefined) return;
  if (existsSync(state)) {
    throw new FarmError({
      what: "The salt of the lab's passphrase is gone, so its state cannot be read any more",
      where: labConfigFile(stack),
      next: "put the file back, or give lab and state up together: ./farm lab reset",
    });
  }
  // `stack init` has no --config-file: it runs in a folder of its own, where it leaves the salt.
  const folder = join(farmFolder, `stack-init-${stack}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileAtomic(join(folder, "Pulumi.yaml"), "name: allris-farm\nruntime: nodejs\n");
  const args = ["stack", "init", stack, "--secrets-provider", "passphrase", "--non-interactive"];
  const made = await tryRun(pulumi, args, { cwd: folder, environment });
  const salt = tryReadSalt(join(folder, `Pulumi.${stack}.yaml`));
  rmSync(folder, { recursive: true, force: true });
  if (made.code !== 0 || salt === undefined) {
    throw new FarmError({
      what: "The engine could not make the lab's stack",
      where: `pulumi ${args.join(" ")}`,
      why: made.stderr.trim(),
    });
  }
  writeFileAtomic(labConfigFile(stack), `encryptionsalt: ${salt}\n`);
}

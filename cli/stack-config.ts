import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../lib/atomic-file.ts";
import { FarmError } from "../lib/farm-error.ts";
import { farmFolder } from "../lib/paths.ts";
import { tryRun } from "../lib/run.ts";
import { labStack } from "./environment.ts";

/** Commands of the engine that read a stack's settings, hence take `--config-file`. */
const configured = new Set(["config", "destroy", "import", "preview", "refresh", "up", "update", "pre"]);

const saltLine = /^encryptionsalt:\s*(\S+)\s*$/m;

/** The lab's own copy of its settings. */
export function labConfigFile(): string {
  return join(farmFolder, `Pulumi.${labStack}.yaml`);
}

/**
 * The engine keeps the salt of a stack's passphrase in the settings file. The lab's passphrase belongs to one
 * checkout, its settings to all of them: so the lab's engine works on a copy, and the committed file stays as
 * it is.
 */
export function withLabConfig(args: readonly string[], project: string): string[] {
  const [command = "", ...rest] = args;
  if (!configured.has(command)) return [...args];
  const file = labConfigFile();
  const salt = tryReadSalt(file);
  const settings = readFileSync(join(project, `Pulumi.${labStack}.yaml`), "utf8")
    .replace(saltLine, "")
    .trimEnd();
  writeFileAtomic(file, `${settings}\n${salt === undefined ? "" : `encryptionsalt: ${salt}\n`}`);
  return [command, "--config-file", file, ...rest];
}

function tryReadSalt(file: string): string | undefined {
  return existsSync(file) ? saltLine.exec(readFileSync(file, "utf8"))?.[1] : undefined;
}

/** Makes the lab's stack at its first use, without touching the project's files. */
export async function ensureLabStack(pulumi: string, environment: NodeJS.ProcessEnv): Promise<void> {
  const state = join(farmFolder, "state", ".pulumi", "stacks", "allris-farm", `${labStack}.json`);
  if (existsSync(state) && tryReadSalt(labConfigFile()) !== undefined) return;
  if (existsSync(state)) {
    throw new FarmError({
      what: "The salt of the lab's passphrase is gone, so its state cannot be read any more",
      where: labConfigFile(),
      next: "put the file back, or give lab and state up together: ./farm lab reset",
    });
  }
  // `stack init` has no --config-file: it runs in a folder of its own, where it leaves the salt.
  const folder = join(farmFolder, "stack-init");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileAtomic(join(folder, "Pulumi.yaml"), "name: allris-farm\nruntime: nodejs\n");
  const args = ["stack", "init", labStack, "--secrets-provider", "passphrase", "--non-interactive"];
  const made = await tryRun(pulumi, args, { cwd: folder, environment });
  const salt = tryReadSalt(join(folder, `Pulumi.${labStack}.yaml`));
  rmSync(folder, { recursive: true, force: true });
  if (made.code !== 0 || salt === undefined) {
    throw new FarmError({
      what: "The engine could not make the lab's stack",
      where: `pulumi ${args.join(" ")}`,
      why: made.stderr.trim(),
    });
  }
  writeFileAtomic(labConfigFile(), `encryptionsalt: ${salt}\n`);
}

import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { capturePulumi } from "../../cli/pulumi.ts";
import { checkout, farmFolder } from "../../lib/paths.ts";
import type { RunResult } from "../../lib/run.ts";

const project = join(farmFolder, "noop");

/** Makes the project of resources that do nothing, as many as these, and its stack. */
export async function makeNoop(counts: {
  readonly custom: number;
  readonly components: number;
}): Promise<RunResult> {
  const provider = join(project, "provider");
  mkdirSync(provider, { recursive: true });
  writeFileSync(
    join(project, "Pulumi.yaml"),
    `name: noop
runtime: {name: nodejs, options: {typescript: false, packagemanager: npm}}
plugins:
  providers:
    - {name: noop, path: ./provider}
`,
  );
  writeFileSync(join(project, "counts.json"), JSON.stringify(counts));
  symlinkSync(join(checkout, "package.json"), join(project, "package.json"));
  symlinkSync(join(checkout, "node_modules"), join(project, "node_modules"));
  symlinkSync(join(checkout, "tests", "bench", "noop-program-main.ts"), join(project, "index.ts"));
  const main = join(checkout, "tests", "bench", "noop-provider-main.ts");
  const executable = join(provider, "pulumi-resource-noop");
  writeFileSync(executable, `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`);
  chmodSync(executable, 0o755);
  await runNoop(["stack", "init", "noop", "--secrets-provider", "passphrase"]);
  return runNoop(["up", "-s", "noop", "--yes", "--skip-preview"]);
}

/** Runs the engine on that project. @param turn changes the first of the resources @default 0 */
export function runNoop(args: readonly string[], turn = 0): Promise<RunResult> {
  return capturePulumi([...args, "--non-interactive"], { project, env: { FARM_BENCH_TURN: String(turn) } });
}

/** `up` with one resource of all changed: what the engine takes at least for any change. */
export async function changeOneNoop(turn: number): Promise<void> {
  const { code, stdout, stderr } = await runNoop(["up", "-s", "noop", "--yes", "--skip-preview"], turn);
  if (code !== 0 || !/1 updated/.test(stdout))
    throw new Error(`the noop stack failed:\n${stdout}\n${stderr}`);
}

import type { Command } from "commander";
import { drillFolder, signerOf } from "./drill-record.ts";
import { drillRestore } from "./drill-restore.ts";
import { labStack } from "./environment.ts";
import { interruptible } from "./interruptible.ts";
import { exitCodes, type Output, outputOf, table } from "./output.ts";
import { inTurn } from "./restore.ts";
import { withTenant } from "./restore-scope.ts";

interface Options {
  readonly stack: string;
  readonly by?: string;
  readonly records: string;
}

/** Registers `./farm drill restore`. */
export function register(drill: Command): void {
  drill
    .command("restore")
    .description("restore the newest backup as an isolated copy, boot it, compare it with what it promised")
    .argument("<tenant>", "the administration, the name of its file")
    .option("--by <name>", "who does it and signs the record")
    .option("--records <folder>", "where the record is written", drillFolder)
    .option("-s, --stack <stack>", "which stack", labStack)
    .option("--json", "the record as JSON")
    .action(async (tenant: string, options: Options, command: Command) => {
      process.exitCode = await run(tenant, options, outputOf(command));
    });
}

async function run(id: string, options: Options, output: Output): Promise<number> {
  const { stack, records: folder } = options;
  const by = signerOf(options.by);
  const { record, jsonFile, pageFile } = await inTurn(
    id,
    stack,
    `drills a restore of ${id}`,
    output.progress,
    () =>
      interruptible(output.progress, (signal) =>
        withTenant(id, { stack, output, signal }, (scope) => drillRestore(scope, { by, folder })),
      ),
  );
  const [site] = record.sites;
  const checks =
    site?.checks.map(({ check, good, detail }) => [check, good ? "good" : "FAILED", detail]) ?? [];
  const durations = site?.durations.map(({ name, seconds }) => [name, seconds.toFixed(1)]) ?? [];
  output.result(
    record,
    [
      `Restore of ${id}: ${record.outcome}`,
      table([["part", "seconds"], ...durations]),
      "",
      table([["check", "", "detail"], ...checks]),
      "",
      `Signed off by ${record.signedOff.by}: ${pageFile} (${jsonFile})`,
    ].join("\n"),
  );
  return record.outcome === "passed" ? exitCodes.done : exitCodes.failed;
}

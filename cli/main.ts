import { Command } from "commander";
import manifest from "../package.json" with { type: "json" };
import * as backup from "./backup.ts";
import * as demo from "./demo.ts";
import * as doctor from "./doctor.ts";
import * as drill from "./drill.ts";
import * as env from "./env.ts";
import * as exec from "./exec.ts";
import * as forge from "./forge/command.ts";
import * as heal from "./heal.ts";
import { afterwards, firstSteps } from "./help.ts";
import * as host from "./host.ts";
import * as incident from "./incident/command.ts";
import * as lab from "./lab.ts";
import * as measurements from "./measurements/measurements.ts";
import * as metrics from "./metrics/metrics.ts";
import { reportFailure, wantsJson } from "./output.ts";
import * as patch from "./patch.ts";
import * as pool from "./pool.ts";
import * as pulumi from "./pulumi.ts";
import * as release from "./release.ts";
import * as report from "./report/report.ts";
import * as restore from "./restore.ts";
import * as site from "./site.ts";
import * as sla from "./sla/sla.ts";
import * as snapshots from "./snapshots.ts";
import * as preview from "./stacks/preview.ts";
import * as refresh from "./stacks/refresh.ts";
import * as stack from "./stacks/stack.ts";
import * as up from "./stacks/up.ts";
import * as state from "./state/command.ts";
import * as tenant from "./tenant.ts";
import * as traffic from "./traffic.ts";
import * as unlock from "./unlock.ts";
import * as window from "./window.ts";

/** One file a command; the heading is where the help lists it. */
const groups = {
  "The farm on this machine:": [demo, lab],
  "Stacks:": [preview, up, refresh, report, stack, pulumi, env, doctor, heal, unlock, state, forge],
  "Administrations:": [tenant, site, release, patch, backup, restore, snapshots, traffic],
  "The service level:": [measurements, sla, incident, window, metrics],
  "Hosts:": [host, pool, drill],
  "Working on the farm:": [exec],
} as const;

const program = new Command("farm")
  .description(
    `Hosted ALLRIS net for public administrations: one small typed file each, run by Pulumi.\n\n${firstSteps}`,
  )
  .version(manifest.version, "-V, --version", "show the farm's version")
  .option("--json", "one JSON document on standard output instead of text")
  .showHelpAfterError("(./farm --help lists the commands)")
  // Options after a command belong to it: `./farm pulumi preview --json` is Pulumi's own --json.
  .enablePositionalOptions()
  .exitOverride()
  .addHelpText("after", afterwards);

for (const [heading, commands] of Object.entries(groups)) {
  program.commandsGroup(heading);
  for (const command of commands) command.register(program);
}

const json = wantsJson(process.argv.slice(2));
// A reader that has seen enough (`./farm env | head -1`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});
process.on("uncaughtException", (error) => process.exit(reportFailure(error, json)));
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportFailure(error, json);
}

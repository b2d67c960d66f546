import { Command } from "commander";
import manifest from "../package.json" with { type: "json" };
import { afterwards, firstSteps } from "./help.ts";
import { reportFailure, wantsJson } from "./output.ts";

/** What the module of a command offers. */
interface CommandModule {
  register(program: Command): void;
}

/**
 * One module a command, loaded when its command is called: all of them are a thousand files. The heading is
 * where the help lists it.
 */
const groups: Readonly<Record<string, Readonly<Record<string, () => Promise<CommandModule>>>>> = {
  "The farm on this machine:": {
    demo: () => import("./demo.ts"),
    lab: () => import("./lab.ts"),
  },
  "Stacks:": {
    preview: () => import("./stacks/preview.ts"),
    up: () => import("./stacks/up.ts"),
    refresh: () => import("./stacks/refresh.ts"),
    report: () => import("./report/report.ts"),
    stack: () => import("./stacks/stack.ts"),
    pulumi: () => import("./pulumi.ts"),
    env: () => import("./env.ts"),
    doctor: () => import("./doctor.ts"),
    heal: () => import("./heal.ts"),
    unlock: () => import("./unlock.ts"),
    state: () => import("./state/command.ts"),
    forge: () => import("./forge/command.ts"),
  },
  "Administrations:": {
    tenant: () => import("./tenant.ts"),
    site: () => import("./site.ts"),
    release: () => import("./release.ts"),
    patch: () => import("./patch.ts"),
    backup: () => import("./backup.ts"),
    restore: () => import("./restore.ts"),
    snapshots: () => import("./snapshots.ts"),
    traffic: () => import("./traffic.ts"),
  },
  "The service level:": {
    measurements: () => import("./measurements/measurements.ts"),
    sla: () => import("./sla/sla.ts"),
    incident: () => import("./incident/command.ts"),
    window: () => import("./window.ts"),
    metrics: () => import("./metrics/metrics.ts"),
  },
  "Hosts:": {
    host: () => import("./host.ts"),
    pool: () => import("./pool.ts"),
    drill: () => import("./drill.ts"),
  },
  "Working on the farm:": {
    exec: () => import("./exec.ts"),
  },
};

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

// Without a command that exists, all of them are needed: for the help, and to say which one was meant.
const called = process.argv.slice(2).find((arg) => !arg.startsWith("-"));
const isCommand = Object.values(groups).some(
  (commands) => called !== undefined && Object.hasOwn(commands, called),
);

const json = wantsJson(process.argv.slice(2));
// A reader that has seen enough (`./farm env | head -1`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});
process.on("uncaughtException", (error) => process.exit(reportFailure(error, json)));
try {
  for (const [heading, commands] of Object.entries(groups)) {
    program.commandsGroup(heading);
    for (const [name, load] of Object.entries(commands))
      if (!isCommand || name === called) (await load()).register(program);
  }
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportFailure(error, json);
}

import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { labPlaces } from "../lab/lab-file.ts";
import { labDown } from "../lab/lifecycle/down.ts";
import { labExec } from "../lab/lifecycle/exec.ts";
import { labReset } from "../lab/lifecycle/reset.ts";
import { type LabStatus, labStatus } from "../lab/lifecycle/status.ts";
import { labUp } from "../lab/lifecycle/up.ts";
import { FarmError } from "../lib/farm-error.ts";
import * as fault from "./lab-fault.ts";
import { withLabXo } from "./lab-fault-pool.ts";
import * as mail from "./lab-mail.ts";
import { outputOf, table } from "./output.ts";

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError("a whole number from 1 is wanted");
  return value;
}

async function up(
  options: { certificateSeconds?: number; edgeHosts?: boolean; mail?: boolean; monitoring?: boolean },
  command: Command,
): Promise<void> {
  const output = outputOf(command);
  const { lab, started, seconds: took } = await labUp({ progress: output.progress, ...options });
  const head = started.length === 0 ? "The lab is already up." : `The lab is up after ${took.toFixed(1)} s.`;
  output.result(
    { started, seconds: took, lab },
    [
      head,
      `  status page  ${lab.xo.statusPage}`,
      `  HTTP proxy   ${lab.proxy}   (names of the lab for a browser or curl -x)`,
      "  inside       ./farm lab exec -- <command>",
      "  stop         ./farm lab down",
    ].join("\n"),
  );
}

async function down(_options: unknown, command: Command): Promise<void> {
  const output = outputOf(command);
  const wasUp = await labDown({ progress: output.progress });
  const text = "The lab is down; disks, simulators' data and state are kept for the next ./farm lab up.";
  output.result({ wasUp }, wasUp ? text : "The lab was not running.");
}

async function reset(_options: unknown, command: Command): Promise<void> {
  const output = outputOf(command);
  await labReset({ progress: output.progress });
  output.result({ reset: true }, "The lab's data and the state of the stack lab are deleted.");
}

async function status(_options: unknown, command: Command): Promise<void> {
  const found = await labStatus();
  outputOf(command).result(found, statusText(found));
}

function statusText(found: LabStatus): string {
  const words = {
    up: "The lab is up",
    partly: "Parts of the lab run: ./farm lab up starts the rest",
    down: "The lab is down",
  };
  const services = found.services.map(({ name, running, pid, address }) => [
    name,
    running ? "running" : "stopped",
    pid === undefined ? "" : String(pid),
    address,
  ]);
  const guests = found.guests.map(({ name, host, state, agent, addresses }) => [
    name,
    host,
    agent || state !== "Running" ? state : "Booting",
    addresses.join(" "),
  ]);
  const parts = [words[found.state], table([["service", "state", "process", "address"], ...services])];
  if (guests.length > 0) parts.push(table([["guest", "host", "state", "addresses"], ...guests]));
  return parts.join("\n\n");
}

async function logs(names: string[], options: { follow?: boolean; lines: number }): Promise<void> {
  const { log } = labPlaces();
  const all = existsSync(log) ? readdirSync(log).filter((name) => name.endsWith(".log")) : [];
  const files =
    names.length === 0
      ? all
      : all.filter((file) =>
          names.some((name) => file === `${name}.log` || file.startsWith(`guest-${name}`)),
        );
  if (files.length === 0) {
    const known = all.map((file) => file.replace(/\.log$/, "")).join(", ");
    throw new FarmError({
      what: "There is no such log",
      where: log,
      next: known ? `name one of: ${known}` : "./farm lab up",
    });
  }
  const args = [
    "-n",
    String(options.lines),
    ...(options.follow ? ["-F"] : []),
    ...files.map((file) => join(log, file)),
  ];
  process.exitCode = await new Promise<number>((resolve, reject) => {
    const child = spawn("tail", args, { stdio: "inherit" });
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
}

async function addPool(_options: unknown, command: Command): Promise<void> {
  const pool = await withLabXo((xo) => xo.call("lab.addPool", {}, { timeout: 60_000 }));
  outputOf(command).result(
    { pool },
    'The lab has a second pool, "süd": three hosts, NetApp storage and the network 198.18.11.0/24.',
  );
}

/** Registers `./farm lab`. */
export function register(program: Command): void {
  const lab = program
    .command("lab")
    .description("the embedded farm on this machine: simulators, DNS, ACME, guests");
  const json = ["--json", "one JSON document on standard output instead of text"] as const;
  lab
    .command("up")
    .description("start it, or what of it does not run; VMs that ran before boot again")
    .option(
      "--certificate-seconds <n>",
      "lifetime of certificates of the ACME server, set when that is started",
      positive,
    )
    .option(
      "--edge-hosts",
      "also the two hosts at the data centre's edge, for probers; they stay part of it until a reset",
    )
    .option(
      "--mail",
      "also a mail server, which keeps what it is given (./farm lab mail); it stays part of it",
    )
    .option("--monitoring", "its repository also has what a monitoring's machine needs; it stays part of it")
    .option(...json)
    .action(up);
  lab
    .command("down")
    .description("stop it; all data is kept")
    .option(...json)
    .action(down);
  lab
    .command("status")
    .description("what runs, and where")
    .option(...json)
    .action(status);
  lab
    .command("reset")
    .description("stop it and delete its data together with the state of the stack lab")
    .option(...json)
    .action(reset);
  lab
    .command("add-pool")
    .description("give it a second pool, with hosts, storage and a network of its own")
    .option(...json)
    .action(addPool);
  lab
    .command("exec")
    .description(
      "run a command inside the lab's network: ./farm lab exec -- dig ratsinfo.hohenbrueck.example",
    )
    .argument("<command>")
    .argument("[args...]")
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (name: string, args: string[]) => {
      process.exitCode = await labExec([name, ...args]);
    });
  lab
    .command("logs")
    .description("the end of the lab's logs")
    .argument("[names...]", "services or guests; all when none is named")
    .option("-f, --follow", "go on showing what is written")
    .option("-n, --lines <n>", "how many lines of each", positive, 20)
    .action(logs);
  mail.register(lab);
  fault.register(lab);
}

import type { Command } from "commander";
import { tryReadLab } from "../lab/lab-file.ts";
import { messageOf } from "../lib/farm-error.ts";
import { farmTag, tenantsOfTags } from "../model/plan.ts";
import { isExpired, ownSnapshots, snapshotHours } from "../providers/xenops/snapshots.ts";
import { XoClient } from "../providers/xenops/xo-client.ts";
import { engineVersion, ensureEngine } from "../toolchain/engine.ts";
import { labStack, stackEnvironment } from "./environment.ts";
import { exitCodes, type Output, outputOf } from "./output.ts";
import { capturePulumi } from "./pulumi.ts";

/** One thing that was looked at. */
interface Finding {
  readonly check: string;
  readonly good: boolean;
  readonly detail: string;
  /** What to do when it is not good. */
  readonly next?: string;
}

/** Registers `./farm doctor`. */
export function register(program: Command): void {
  program
    .command("doctor")
    .description("look for what would make the next run fail: engine, lab, XO against the state")
    .option("-s, --stack <stack>", "which stack", labStack)
    .option("--json", "the findings as JSON")
    .action(async (options: { stack: string }, command: Command) => {
      const output = outputOf(command);
      const findings = await examine(options.stack, output);
      output.result(findings, findings.map(lineOf).join("\n"));
      process.exitCode = findings.every((finding) => finding.good) ? exitCodes.done : exitCodes.failed;
    });
}

function lineOf({ check, good, detail, next }: Finding): string {
  return `${good ? "✓" : "✗"} ${check}: ${detail}${next === undefined ? "" : `\n    next: ${next}`}`;
}

async function examine(stack: string, output: Output): Promise<Finding[]> {
  const engine = await ensureEngine(output.progress);
  const findings: Finding[] = [
    { check: "engine", good: true, detail: `${engineVersion}, ${engine.origin}, ${engine.pulumi}` },
  ];
  if (stack === labStack && tryReadLab() === undefined) {
    return [...findings, { check: "lab", good: false, detail: "never started here", next: "./farm lab up" }];
  }
  const { variables } = stackEnvironment(stack, engine.binFolder);
  const url = variables["XOA_URL"] ?? process.env["XOA_URL"];
  const token = variables["XOA_TOKEN"] ?? process.env["XOA_TOKEN"];
  if (url === undefined || token === undefined) {
    return [
      ...findings,
      { check: "XO", good: false, detail: "XOA_URL or XOA_TOKEN is not set", next: "set both" },
    ];
  }
  const xo = new XoClient({ url, token });
  try {
    const found = await xo.objects({ type: "VM" });
    findings.push({ check: "XO", good: true, detail: `${url} answers` });
    const scope = farmTag(`allris-farm/${stack}`);
    const vms = found.filter((vm) => Array.isArray(vm["tags"]) && vm["tags"].includes(scope));
    findings.push(...compare(await machinesInState(stack), vms));
    findings.push(
      await lookAtSnapshots(
        xo,
        vms.map((vm) => String(vm["id"])),
        stack,
      ),
    );
  } catch (error) {
    findings.push({
      check: "XO",
      good: false,
      detail: messageOf(error),
      next: stack === labStack ? "./farm lab up" : "check URL, token and network",
    });
  } finally {
    xo.close();
  }
  return findings;
}

async function lookAtSnapshots(xo: XoClient, vms: readonly string[], stack: string): Promise<Finding> {
  const own = await ownSnapshots(xo, vms, new AbortController().signal);
  const expired = own.filter((snapshot) => isExpired(snapshot, new Date()));
  const check = "snapshots";
  if (expired.length === 0)
    return { check, good: true, detail: `${own.length}, none older than ${snapshotHours} hours` };
  const detail = `${expired.length} of ${own.length} are older than ${snapshotHours} hours`;
  return { check, good: false, detail, next: `./farm snapshots expire -s ${stack}` };
}

interface MachineInState {
  readonly id: string;
  readonly name: string;
}

async function machinesInState(stack: string): Promise<MachineInState[]> {
  const exported = await capturePulumi(["stack", "export", "-s", stack]);
  if (exported.code !== 0) throw new Error(exported.stderr.trim());
  const { deployment } = JSON.parse(exported.stdout) as {
    deployment: {
      resources?: { type: string; id?: string; urn: string }[];
      pending_operations?: { resource: { urn: string } }[];
    };
  };
  return (deployment.resources ?? [])
    .filter((resource) => resource.type === "xenorchestra:index/vm:Vm")
    .map((resource) => ({
      id: resource.id ?? "",
      name: resource.urn.slice(resource.urn.lastIndexOf("::") + 2),
    }));
}

function compare(state: readonly MachineInState[], vms: readonly Record<string, unknown>[]): Finding[] {
  const inXo = new Set(vms.map((vm) => vm["id"]));
  const inState = new Set(state.map((machine) => machine.id));
  const gone = state.filter((machine) => !inXo.has(machine.id));
  const unknown = vms.filter((vm) => !inState.has(String(vm["id"])));
  const check = "XO against the state";
  if (gone.length + unknown.length === 0)
    return [{ check, good: true, detail: `${state.length} VMs, the same on both sides` }];
  return [
    ...gone.map((machine) => ({
      check,
      good: false,
      detail: `${machine.name} (${machine.id}) is in the state and not in XO, or lost its tags there`,
      next: "./farm pulumi refresh shows what is left of it; up then makes it anew",
    })),
    ...unknown.map((vm) => {
      const [tenant = "unknown"] = tenantsOfTags((vm["tags"] as string[] | undefined) ?? []);
      return {
        check,
        good: false,
        detail: `VM ${String(vm["name_label"])} (${String(vm["id"])}) of ${tenant} is in XO and not in the state`,
        next: "run up: it names the command that takes the VM over",
      };
    }),
  ];
}

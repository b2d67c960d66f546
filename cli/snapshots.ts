import type { Command } from "commander";
import { FarmError } from "../lib/farm-error.ts";
import { farmTag, tenantsOfTags } from "../model/plan.ts";
import {
  expireSnapshots,
  isExpired,
  ownSnapshots,
  type Snapshot,
  snapshotHours,
} from "../providers/xenops/snapshots.ts";
import { XoClient } from "../providers/xenops/xo-client.ts";
import { ensureEngine } from "../toolchain/engine.ts";
import { labStack, stackEnvironment } from "./environment.ts";
import { type Output, outputOf, table } from "./output.ts";

/** One of the farm's own snapshots. */
interface SnapshotRow {
  readonly tenant: string;
  readonly name: string;
  readonly id: string;
  readonly takenAt: string;
  /** Whether it is older than it may be. */
  readonly expired: boolean;
}

interface Options {
  readonly stack: string;
}

/** Registers `./farm snapshots`. */
export function register(program: Command): void {
  const snapshots = program
    .command("snapshots")
    .description(
      `snapshots that updates and patches took; they are no backups and go after ${snapshotHours} hours`,
    );
  snapshots
    .command("list")
    .description("which there are, and which are older than they may be")
    .option("-s, --stack <stack>", "which stack", labStack)
    .option("--json", "the list as JSON")
    .action(async ({ stack }: Options, command: Command) => {
      const output = outputOf(command);
      const rows = await withMachines(stack, output, async (xo, tenants, signal) =>
        (await ownSnapshots(xo, [...tenants.keys()], signal)).map((snapshot) => rowOf(snapshot, tenants)),
      );
      output.result(rows, rows.length === 0 ? "There is none." : tableOf(rows));
    });
  snapshots
    .command("expire")
    .description(`remove those that are older than ${snapshotHours} hours; meant to run once a day`)
    .option("-s, --stack <stack>", "which stack", labStack)
    .option("--json", "what was removed as JSON")
    .action(async ({ stack }: Options, command: Command) => {
      const output = outputOf(command);
      const rows = await withMachines(stack, output, async (xo, tenants, signal) =>
        (await expireSnapshots(xo, [...tenants.keys()], signal)).map((snapshot) => rowOf(snapshot, tenants)),
      );
      output.result(rows, rows.length === 0 ? "None is older than it may be." : `Removed:\n${tableOf(rows)}`);
    });
}

/** Works with the stack's VMs: administrations by the ids of their VMs. */
async function withMachines<Result>(
  stack: string,
  output: Output,
  work: (xo: XoClient, tenants: ReadonlyMap<string, string>, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const engine = await ensureEngine(output.progress);
  const environment = { ...process.env, ...stackEnvironment(stack, engine.binFolder).variables };
  const { XOA_URL: url, XOA_TOKEN: token } = environment;
  if (url === undefined || token === undefined) {
    throw new FarmError({ what: "XOA_URL or XOA_TOKEN is not set", next: "set both and try again" });
  }
  const xo = new XoClient({ url, token });
  try {
    const vms = await xo.objects({ type: "VM", tags: [farmTag(`allris-farm/${stack}`)] });
    const tenants = vms.map((vm): [string, string] => {
      const [tenant = "unknown"] = tenantsOfTags((vm["tags"] as string[] | undefined) ?? []);
      return [String(vm["id"]), tenant];
    });
    return await work(xo, new Map(tenants), new AbortController().signal);
  } finally {
    xo.close();
  }
}

function rowOf(snapshot: Snapshot, tenants: ReadonlyMap<string, string>): SnapshotRow {
  return {
    tenant: tenants.get(snapshot.vmId) ?? "unknown",
    name: snapshot.name,
    id: snapshot.id,
    takenAt: new Date(snapshot.takenAt * 1000).toISOString(),
    expired: isExpired(snapshot, new Date()),
  };
}

function tableOf(rows: readonly SnapshotRow[]): string {
  const cells = rows.map(({ tenant, name, takenAt, expired }) => [
    tenant,
    name,
    takenAt.slice(0, 16).replace("T", " "),
    expired ? "expired" : "",
  ]);
  return table([["administration", "snapshot", "taken (UTC)", ""], ...cells]);
}

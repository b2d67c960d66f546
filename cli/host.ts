import { join } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { checkout } from "../lib/paths.ts";
import { labStack } from "./environment.ts";
import { type DrainResult, type DrainScope, drainHost, undrainHost } from "./host-drain.ts";
import type { MoveRow } from "./host-move.ts";
import { exitCodes, type Output, outputOf, table } from "./output.ts";
import { findHostPool } from "./pool-view.ts";
import { readShortOutages } from "./sla/short-outages.ts";
import { openFarm } from "./tenant/open-farm.ts";
import { withXoAccess } from "./xo-access.ts";

interface Options {
  readonly stack: string;
  readonly parallel: number;
  readonly force?: true;
  readonly stay?: true;
}

/** Registers `./farm host`. */
export function register(program: Command): void {
  const host = program
    .command("host")
    .description("hosts that leave service and come back, without a pause for any site");
  host
    .command("drain")
    .description(
      "move every VM to other hosts while it runs, and take no further ones; run it again to go on",
    )
    .argument("<host>", "its name in Xen Orchestra")
    .option("--parallel <n>", "VMs at a time", positive, 1)
    .option("--force", "also below N+1, and when a VM finds no room and has to stay")
    .option("-s, --stack <stack>", "which stack", labStack)
    .option("--json", "what became of each VM as JSON")
    .action(async (name: string, options: Options, command: Command) => {
      process.exitCode = await work(name, options, outputOf(command), drainHost);
    });
  host
    .command("undrain")
    .description("take VMs again, and bring those back that prefer this host")
    .argument("<host>", "its name in Xen Orchestra")
    .option("--parallel <n>", "VMs at a time", positive, 1)
    .option("--stay", "leave the VMs where they are")
    .option("-s, --stack <stack>", "which stack", labStack)
    .option("--json", "what became of each VM as JSON")
    .action(async (name: string, options: Options, command: Command) => {
      const stay = options.stay === true;
      process.exitCode = await work(name, options, outputOf(command), (pool, host, scope) =>
        undrainHost(pool, host, { ...scope, stay }),
      );
    });
}

/** A number of VMs on the command line. */
export function positive(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError("a whole number from 1 is wanted");
}

async function work(
  name: string,
  { stack, parallel, force }: Options,
  output: Output,
  run: (
    pool: Awaited<ReturnType<typeof findHostPool>>["pool"],
    name: string,
    scope: DrainScope,
  ) => Promise<DrainResult>,
): Promise<number> {
  const result = await withXoAccess(stack, output, async ({ xo, admin }) => {
    const { pool } = await findHostPool(xo, name);
    if (admin === undefined) {
      output.progress(
        "XOA_ADMIN_TOKEN is not set: of backups only those are seen that work on a VM right now",
      );
    }
    return run(pool, name, {
      ...{ xo, admin, parallel, force: force === true, say: output.progress },
      shortOutages: (tenants) => {
        const folder = join(checkout, "tenants");
        const load = async () => (await openFarm(stack, folder, output)).load();
        return readShortOutages({ stack, farm: load, at: new Date(), folder, tenants });
      },
    });
  });
  output.result(result, resultText(result));
  return result.complete ? exitCodes.done : exitCodes.failed;
}

/** What became of a host's VMs, for people. */
export function resultText({ host, enabled, rows, complete }: DrainResult): string {
  const state = `${host} ${enabled ? "takes VMs" : "takes no VMs"}`;
  if (rows.length === 0) return enabled ? `${state}.` : `${state}, and none runs on it.`;
  const end = complete
    ? `${state}${enabled ? "" : ", and none runs on it"}.`
    : `${state}; not every VM is where it should be. Run the same command again once the reasons are gone.`;
  return `${table([["VM", "from", "to", "seconds", ""], ...rows.map(cells)])}\n\n${end}`;
}

function cells({ vm, from, to, seconds, result, why }: MoveRow): string[] {
  return [vm, from, to ?? "", seconds.toFixed(1), why === undefined ? result : `${result}: ${why}`];
}

import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { FarmError } from "../lib/farm-error.ts";
import { farmFolder } from "../lib/paths.ts";
import { loadFarm } from "../loading/farm.ts";
import { loadSettings } from "../loading/settings.ts";
import type { Farm } from "../model/farm.ts";
import { didYouMean } from "../model/suggest.ts";
import type { XoClient } from "../providers/xenops/xo-client.ts";
import { labStack } from "./environment.ts";
import { positive } from "./host.ts";
import { exitCodes, type Output, outputOf, table } from "./output.ts";
import { type HostRow, type PoolUpdateResult, updatePool } from "./pool-update.ts";
import { UpdateNote } from "./pool-update-state.ts";
import { withXoAccess } from "./xo-access.ts";

interface Options {
  readonly stack: string;
  readonly window: string;
  readonly pool?: string;
  readonly minutes: number;
  readonly parallel: number;
  readonly all?: true;
  readonly force?: true;
}

/** Registers `./farm pool`. */
export function register(program: Command): void {
  const pool = program.command("pool").description("pools of hosts as a whole");
  pool
    .command("update")
    .description(
      "patch and restart the hosts one by one, their VMs moved away meanwhile; run it again to go on",
    )
    .requiredOption("-w, --window <id>", "the announced window it happens in")
    .option("-p, --pool <key>", "which pool of the settings, when there are more than one")
    .option("--minutes <n>", "what one host takes, as long as none has been measured", positive, 30)
    .option("--parallel <n>", "VMs that move at a time", positive, 1)
    .option("--all", "restart also hosts that lack nothing")
    .option("--force", "also below N+1")
    .option("-s, --stack <stack>", "which stack", labStack)
    .option("--json", "what became of each host as JSON")
    .action(async (options: Options, command: Command) => {
      process.exitCode = await update(options, outputOf(command));
    });
}

async function update(options: Options, output: Output): Promise<number> {
  const { stack, window, minutes, parallel } = options;
  const { file, value } = await loadSettings(stack);
  const result = await withXoAccess(stack, output, async ({ xo, admin }, environment) => {
    const farm = await loadFarm({ settings: value, settingsFile: file, environment });
    const key = choosePool(farm, options.pool);
    const timeout = farm.settings.pools[key]?.ha.timeoutSeconds;
    return updatePool(await findPoolId(xo, farm, key), {
      xo,
      admin,
      window,
      minutes,
      parallel,
      windows: farm.windows,
      tenants: farm.tenants.filter((tenant) => tenant.pool === key),
      all: options.all === true,
      force: options.force === true,
      note: new UpdateNote(stack, key),
      ...(timeout !== undefined && { haTimeout: timeout }),
      record: (row) => record(stack, key, window, row),
      say: output.progress,
    });
  });
  output.result(result, resultText(result));
  return result.complete ? exitCodes.done : exitCodes.failed;
}

function choosePool({ settings }: Farm, wanted: string | undefined): string {
  const keys = Object.keys(settings.pools).sort();
  const [only, other] = keys;
  const key = wanted ?? (other === undefined ? only : undefined);
  if (key !== undefined && keys.includes(key)) return key;
  throw new FarmError({
    what: wanted === undefined ? "There is more than one pool" : `The settings have no pool ${wanted}`,
    where: `--pool; there are ${keys.join(", ")}`,
    next: (wanted === undefined ? undefined : didYouMean(wanted, keys)) ?? "name one of these",
  });
}

async function findPoolId(xo: XoClient, { settings }: Farm, key: string): Promise<string> {
  const label = settings.pools[key]?.nameLabel;
  const pools = await xo.objects({ type: "pool" });
  const found = pools.filter((pool) => pool["name_label"] === label);
  const [pool] = found;
  if (pool !== undefined && found.length === 1) return String(pool["id"]);
  throw new FarmError({
    what: `Xen Orchestra has ${found.length} pools called ${label}`,
    where: `pools.${key}.nameLabel; XO has ${pools.map((each) => String(each["name_label"])).join(", ") || "none"}`,
  });
}

/** One line for each host that was worked on, for whoever has to prove later what was done when. */
function record(stack: string, pool: string, window: string, row: HostRow): void {
  const file = join(farmFolder, "audit", `hosts-${stack}.jsonl`);
  mkdirSync(join(farmFolder, "audit"), { recursive: true });
  appendFileSync(file, `${JSON.stringify({ at: new Date().toISOString(), stack, pool, window, ...row })}\n`);
}

function resultText({ pool, rows, highAvailability, complete }: PoolUpdateResult): string {
  const heading = ["host", "result", "minutes", "patches", ""];
  const cells = rows.map(({ host, result, seconds, patches, why }) => [
    host,
    result,
    (seconds / 60).toFixed(1),
    patches.join(", "),
    why ?? "",
  ]);
  const off = highAvailability === "still off" ? "\nHIGH AVAILABILITY IS STILL OFF." : "";
  const end = complete ? `The pool ${pool} is up to date.` : "Run the same command again to go on.";
  return `${table([heading, ...cells])}\n\n${end}${off}`;
}

import type { Command } from "commander";
import { loadFarm } from "../loading/farm.ts";
import { loadSettings } from "../loading/settings.ts";
import { findTenant } from "../model/find-tenant.ts";
import { ensureEngine } from "../toolchain/engine.ts";
import { labStack, stackEnvironment } from "./environment.ts";
import { readBegunMonth } from "./month-option.ts";
import { exitCodes, type Output, outputOf } from "./output.ts";
import { farmHostKeys } from "./pinned-keys.ts";
import { countTraffic } from "./traffic-count.ts";
import { trafficText } from "./traffic-table.ts";

interface Options {
  readonly stack: string;
  readonly month?: string;
  readonly paths?: boolean;
}

/** Registers `./farm traffic`. */
export function register(program: Command): void {
  program
    .command("traffic")
    .description("the month's traffic of the administrations against what is included")
    .argument("[id]", "one administration, the name of its file (default: all)")
    .option("-m, --month <YYYY-MM>", "which month (default: the present one)")
    .option("--paths", "also the ten paths with the most bytes of each")
    .option("-s, --stack <stack>", "which stack", labStack)
    .option("--json", "the figures as JSON")
    .action(async (id: string | undefined, options: Options, command: Command) => {
      process.exitCode = await report(id, options, outputOf(command));
    });
}

async function report(id: string | undefined, options: Options, output: Output): Promise<number> {
  const now = new Date();
  const month = readBegunMonth(options.month, now);
  const { file, value } = await loadSettings(options.stack);
  const engine = await ensureEngine(output.progress);
  const { variables } = stackEnvironment(options.stack, engine.binFolder);
  const environment = { ...process.env, ...variables };
  const farm = await loadFarm({ settings: value, settingsFile: file, environment });
  const tenants = id === undefined ? farm.tenants : [findTenant(farm.tenants, id)];
  const { settings } = farm;
  const rows = await countTraffic(tenants, {
    stack: options.stack,
    settings,
    month,
    now,
    hostKeys: await farmHostKeys(options.stack, tenants, settings),
    agentSocket: environment.SSH_AUTH_SOCK,
    cloudflareToken: environment.CLOUDFLARE_API_TOKEN,
  });
  const withoutPaths = rows.map(({ traffic, ...row }) => {
    if (traffic === null) return { ...row, traffic };
    const { topPaths, publicPaths, ...rest } = traffic;
    return { ...row, traffic: options.paths === true ? { ...rest, topPaths, publicPaths } : rest };
  });
  output.result(
    { month, ...settings.traffic, administrations: withoutPaths },
    trafficText(rows, settings.traffic, month, options.paths === true),
  );
  return rows.some(({ failures }) => failures.length > 0) ? exitCodes.failed : exitCodes.done;
}

import type { Command } from "commander";
import { FarmError } from "../lib/farm-error.ts";
import { loadFarm } from "../loading/farm.ts";
import { loadSettings } from "../loading/settings.ts";
import { dnsRequestText } from "../model/dns-request.ts";
import type { Farm } from "../model/farm.ts";
import { nearest } from "../model/suggest.ts";
import type { Tenant } from "../model/tenant.ts";
import { ensureEngine } from "../toolchain/engine.ts";
import { labStack, stackEnvironment } from "./environment.ts";
import { type Output, outputOf } from "./output.ts";

/** Registers `./farm tenant`. */
export function register(program: Command): void {
  const tenant = program.command("tenant").description("one administration");
  tenant
    .command("dns")
    .description("the German text that asks an administration for the records it has to make itself")
    .argument("<id>", "the administration's id, the name of its file")
    .option("-s, --stack <stack>", "whose settings", labStack)
    .option("--json", "the text in a JSON document")
    .action(async (id: string, options: { stack: string }, command: Command) => {
      const output = outputOf(command);
      const farm = await farmOf(options.stack, output);
      const text = dnsRequestText(findTenant(farm, id), farm.settings);
      output.result({ tenant: id, text }, text.trimEnd());
    });
}

async function farmOf(stack: string, output: Output): Promise<Farm> {
  const { file, value } = await loadSettings(stack);
  const engine = await ensureEngine(output.progress);
  const { variables } = stackEnvironment(stack, engine.binFolder);
  return loadFarm({ settings: value, settingsFile: file, environment: { ...process.env, ...variables } });
}

function findTenant(farm: Farm, id: string): Tenant {
  const tenant = farm.tenants.find((candidate) => candidate.id === id);
  if (tenant !== undefined) return tenant;
  const ids = farm.tenants.map((candidate) => candidate.id);
  const hint = nearest(id, ids);
  throw new FarmError({
    what: `There is no administration "${id}"`,
    where: "tenants/",
    next: hint === undefined ? `choose one of ${ids.join(", ")}` : `did you mean ${hint}?`,
  });
}

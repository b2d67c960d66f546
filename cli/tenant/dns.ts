import { join } from "node:path";
import type { Command } from "commander";
import { checkout } from "../../lib/paths.ts";
import { dnsRequestText } from "../../model/dns-request.ts";
import { findTenant } from "../../model/find-tenant.ts";
import { labStack } from "../environment.ts";
import { outputOf } from "../output.ts";
import { openFarm } from "./open-farm.ts";

/** Registers `./farm tenant dns`. */
export function register(tenant: Command): void {
  tenant
    .command("dns")
    .description("the German text that asks an administration for the records it has to make itself")
    .argument("<id>", "the administration's id, the name of its file")
    .option("-s, --stack <stack>", "whose settings", labStack)
    .option("--json", "the text in a JSON document")
    .action(async (id: string, { stack }: { stack: string }, command: Command) => {
      const output = outputOf(command);
      const farm = await (await openFarm(stack, join(checkout, "tenants"), output)).load();
      const text = dnsRequestText(findTenant(farm.tenants, id), farm.settings);
      output.result({ tenant: id, text }, text.trimEnd());
    });
}

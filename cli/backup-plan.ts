import { loadFarm } from "../loading/farm.ts";
import { loadSettings } from "../loading/settings.ts";
import { backupPlan } from "../model/backup-plan.ts";
import { findTenant } from "../model/find-tenant.ts";
import { ensureEngine } from "../toolchain/engine.ts";
import { stackEnvironment } from "./environment.ts";
import type { Output } from "./output.ts";

/** Writes an administration's Datensicherungsplan to standard output, from the files alone: nobody is asked. */
export async function writePlan(id: string, stack: string, output: Output): Promise<void> {
  const { file, value } = await loadSettings(stack);
  const engine = await ensureEngine(output.progress);
  const environment = { ...process.env, ...stackEnvironment(stack, engine.binFolder).variables };
  const farm = await loadFarm({ settings: value, settingsFile: file, environment });
  const tenant = findTenant(farm.tenants, id);
  const markdown = backupPlan({ tenant, farm, stack });
  output.result({ tenant: id, stack, markdown }, markdown.trimEnd());
}

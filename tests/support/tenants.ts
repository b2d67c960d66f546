import { join } from "node:path";
import { stackEnvironment } from "../../cli/environment.ts";
import { loadFarm } from "../../loading/farm.ts";
import { loadSettings } from "../../loading/settings.ts";
import type { Tenant } from "../../model/tenant.ts";
import { ensureEngine } from "../../toolchain/engine.ts";
import { project } from "./project.ts";

/**
 * The tenants of a project with a lab's stack, as its program sees them.
 * @param folder @default - the tests' project
 */
export async function labTenants(folder: string = project): Promise<readonly Tenant[]> {
  const engine = await ensureEngine(() => {});
  const { file, value } = await loadSettings("lab", folder);
  const { variables } = stackEnvironment("lab", engine.binFolder);
  const farm = await loadFarm({
    settings: value,
    settingsFile: file,
    environment: { ...process.env, ...variables },
    folder: join(folder, "tenants"),
  });
  return farm.tenants;
}

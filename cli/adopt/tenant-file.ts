import { closeSync, openSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FarmError } from "../../lib/farm-error.ts";
import { newTenantText } from "../../loading/tenant-text.ts";
import { FarmProblems } from "../../model/problems.ts";
import type { TenantInput } from "../../model/tenant-input.ts";
import type { TenantDraft } from "./draft.ts";
import type { AdoptScope } from "./scope.ts";

/**
 * Writes a tenant file that does not exist yet, and keeps it only when the farm is right with it.
 * @throws FarmProblems with every field that is missing or wrong
 */
export async function writeNewTenant(
  { tenants, loadFarm }: Pick<AdoptScope, "tenants" | "loadFarm">,
  id: string,
  draft: TenantDraft,
): Promise<void> {
  const path = join(tenants, `${id}.ts`);
  // Whether it is one is what loading the farm with it says.
  const text = newTenantText(draft as unknown as TenantInput);
  const file = openSync(path, "wx");
  try {
    writeFileSync(file, text);
  } finally {
    closeSync(file);
  }
  try {
    await loadFarm();
  } catch (error) {
    rmSync(path);
    if (!(error instanceof FarmProblems)) throw error;
    throw new FarmError(
      {
        what: error.parts.what,
        why: "the VM, its records and its backup job do not say everything that a tenant file does",
        next: "give what is missing by --set <field>=<value>, such as --set contract.number=R-2026-014; nothing has been changed",
      },
      { cause: error },
    );
  }
}

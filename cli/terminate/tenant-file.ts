import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import { checkout } from "../../lib/paths.ts";
import { editTenantText, type TenantEdit } from "../../loading/tenant-text.ts";

/** The file of an administration. */
export function tenantFile(id: string): string {
  return join(checkout, "tenants", `${id}.ts`);
}

/**
 * Changes an administration's file, and puts it back when the farm is not right with it.
 * @param check loads the farm anew
 * @throws FarmProblems with what would be wrong
 */
export async function editTenantFile(
  id: string,
  edits: readonly TenantEdit[],
  check: () => Promise<unknown>,
): Promise<void> {
  const file = tenantFile(id);
  const before = readFileSync(file, "utf8");
  writeFileAtomic(file, editTenantText(before, edits, `tenants/${id}.ts`));
  try {
    await check();
  } catch (error) {
    writeFileAtomic(file, before);
    throw error;
  }
}

import { type ChosenBackup, chooseBackup, type RestoreWish } from "../model/restore-choice.ts";
import { findTenantState } from "../model/tenant-state.ts";
import { findTenantBackups, readFarmBackups } from "./backup-facts.ts";
import type { CopyWish } from "./isolated-copy.ts";
import type { RestoreScope } from "./restore-scope.ts";
import { findRepository, lookBack } from "./restore-whole.ts";
import { readState } from "./stack-state.ts";

/** The backup of an administration for a copy beside its machine. @throws FarmError when there is none that fits */
export async function chooseForCopy(
  scope: RestoreScope,
  wish: RestoreWish,
): Promise<CopyWish & ChosenBackup> {
  const { stack, tenant, xo, admin, pool, signal } = scope;
  const { vm: known, hostKey } = findTenantState(await readState(stack), tenant.id, stack);
  const backups = await readFarmBackups(admin, new Date(Date.now() - lookBack), signal);
  const mine = await findTenantBackups(xo, backups, { stack, tenant: tenant.id, known: [known.id] }, signal);
  const chosen = chooseBackup(tenant.id, mine.vm, backups.facts, wish);
  if (!chosen.vouched) scope.say("no run vouches for this archive: it may not be whole");
  return {
    ...chosen,
    hostKey,
    repository: await findRepository(scope, known.disks[0]?.srId ?? "", pool.defaultStorage),
  };
}

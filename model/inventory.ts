import { FarmError } from "../lib/farm-error.ts";
import { farmTag, tenantsOfTags, tenantTag } from "./plan.ts";
import type { Tenant } from "./tenant.ts";
import { parseSlug } from "./text.ts";

/** A VM as Xen Orchestra lists it. */
export interface ListedVm {
  readonly id: string;
  readonly nameLabel: string;
  readonly tags: readonly string[];
  /** Id of its pool. */
  readonly pool: string;
}

/** What the VMs are compared with beside the tenants. */
export interface InventoryScope {
  /** Project and stack, "allris-farm/lab". */
  readonly stack: string;
  /** The pools of the settings by key, with their ids in Xen Orchestra. */
  readonly pools: ReadonlyMap<string, { readonly id: string }>;
}

/** VMs of a stack that the tenant files do not account for. */
export interface Strays {
  /** VMs of tenants that have no file (any more). */
  readonly vanished: readonly { readonly tenantId: string; readonly vm: ListedVm }[];
  /** Tenants with more than one VM. */
  readonly duplicates: readonly { readonly tenantId: string; readonly vms: readonly ListedVm[] }[];
  /** VMs with the stack's tag whose tags name no tenant, several, or something that is no id. */
  readonly unclear: readonly ListedVm[];
  /** VMs that lie in another pool than their tenant's file says. */
  readonly misplaced: readonly { readonly tenantId: string; readonly pool: string; readonly vm: ListedVm }[];
}

/**
 * Ends a run whose tenant files do not account for the VMs in Xen Orchestra.
 * @throws FarmError that names every such VM and the ways out
 */
export function checkInventory(
  tenants: readonly Pick<Tenant, "id" | "pool">[],
  vms: readonly ListedVm[],
  scope: InventoryScope,
): void {
  const error = vanishedError(findVanished(tenants, vms, scope), scope.stack);
  if (error !== undefined) throw error;
}

/**
 * Compares the VMs in Xen Orchestra with the tenant files. VMs without the tag of this stack are other
 * people's and are passed over.
 */
export function findVanished(
  tenants: readonly Pick<Tenant, "id" | "pool">[],
  vms: readonly ListedVm[],
  { stack, pools }: InventoryScope,
): Strays {
  const known = new Map<string, string>(tenants.map((tenant) => [tenant.id, tenant.pool]));
  const ours = vms.filter((vm) => vm.tags.includes(farmTag(stack))).sort(byNameAndId);
  const byTenant = new Map<string, ListedVm[]>();
  const unclear: ListedVm[] = [];
  for (const vm of ours) {
    const [tenantId, ...more] = tenantsOfTags(vm.tags);
    if (tenantId === undefined || more.length > 0 || !parseSlug(tenantId).ok) unclear.push(vm);
    else byTenant.set(tenantId, [...(byTenant.get(tenantId) ?? []), vm]);
  }
  const groups = [...byTenant].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    vanished: groups.flatMap(([tenantId, group]) =>
      known.has(tenantId) ? [] : group.map((vm) => ({ tenantId, vm })),
    ),
    duplicates: groups.flatMap(([tenantId, group]) =>
      known.has(tenantId) && group.length > 1 ? [{ tenantId, vms: group }] : [],
    ),
    unclear,
    misplaced: groups.flatMap(([tenantId, group]) => {
      const pool = known.get(tenantId);
      const id = pool === undefined ? undefined : pools.get(pool)?.id;
      if (pool === undefined || id === undefined || group.length > 1) return [];
      return group.filter((vm) => vm.pool !== id).map((vm) => ({ tenantId, pool, vm }));
    }),
  };
}

/** The error that ends a run with strays, or undefined when there are none. It names every way out. */
function vanishedError(strays: Strays, stack: string): FarmError | undefined {
  const { vanished, duplicates, unclear, misplaced } = strays;
  const found = [
    ...vanished.map(
      ({ tenantId, vm }) => `${fileOf(tenantId)} is missing, but its VM ${describe(vm)} is there`,
    ),
    ...duplicates.map(
      ({ tenantId, vms }) => `"${tenantId}" has ${vms.length} VMs: ${vms.map(describe).join(", ")}`,
    ),
    ...unclear.map(
      (vm) => `the VM ${describe(vm)} has the tag ${farmTag(stack)} but not one tag tenant=<id>`,
    ),
    ...misplaced.map(
      ({ tenantId, pool, vm }) =>
        `${fileOf(tenantId)} says pool "${pool}", but its VM ${describe(vm)} lies in another one`,
    ),
  ];
  if (found.length === 0) return undefined;
  const next: string[] = [];
  const files = [...new Set(vanished.map(({ tenantId }) => tenantId))];
  for (const tenantId of files) next.push(`bring the file back: ${bringBack(fileOf(tenantId))}`);
  if (files.length > 0) {
    next.push(
      `to end a site, keep its file: ./farm tenant terminate ${files.length === 1 ? files[0] : "<id>"} --ordered-by "…" --delete-after YYYY-MM-DD`,
    );
  }
  for (const { tenantId } of duplicates) {
    next.push(
      `find out which VM of "${tenantId}" is the copy and take the tag ${tenantTag(tenantId)} and the tag ${farmTag(stack)} off it in Xen Orchestra`,
    );
  }
  for (const { tenantId, pool } of misplaced) {
    next.push(
      `write the VM's own pool and address into ${fileOf(tenantId)}; to move the VM: ./farm tenant move-pool ${tenantId} ${pool}`,
    );
  }
  if (unclear.length > 0) next.push("correct the tags of the VM in Xen Orchestra");
  return new FarmError({
    what: `The VMs in Xen Orchestra and the tenant files do not match; nothing has been changed\n${found.map((line) => `  ${line}`).join("\n")}`,
    why: "a site ends by what its file says, never by a file that is gone, and a tenant has one VM",
    next: next.join("\n         "),
  });
}

/** Brings a deleted file back: the last commit has it still, or the commit before the one that deleted it. */
function bringBack(file: string): string {
  return `git checkout HEAD -- ${file} || git checkout "$(git rev-list -n 1 HEAD -- ${file})^" -- ${file}`;
}

function fileOf(tenantId: string): string {
  return `tenants/${tenantId}.ts`;
}

function describe(vm: ListedVm): string {
  return `"${vm.nameLabel}" (${vm.id})`;
}

function byNameAndId(a: ListedVm, b: ListedVm): number {
  const [left, right] = [`${a.nameLabel}\n${a.id}`, `${b.nameLabel}\n${b.id}`];
  return left === right ? 0 : left < right ? -1 : 1;
}

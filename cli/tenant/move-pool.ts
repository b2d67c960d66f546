import { join } from "node:path";
import type { Command } from "commander";
import { FarmError } from "../../lib/farm-error.ts";
import { checkout } from "../../lib/paths.ts";
import type { TenantEdit } from "../../loading/tenant-text.ts";
import { contains, parseIpv4 } from "../../model/address.ts";
import type { Farm } from "../../model/farm.ts";
import { findTenant } from "../../model/find-tenant.ts";
import { farmTag, tenantTag } from "../../model/plan.ts";
import type { PoolSettings } from "../../model/pool-settings.ts";
import { didYouMean } from "../../model/suggest.ts";
import type { Tenant } from "../../model/tenant.ts";
import { proposeAddress } from "../../model/tenant-proposals.ts";
import { planStop } from "../../model/window-stop.ts";
import { labStack } from "../environment.ts";
import { outputOf } from "../output.ts";
import { withXoAccess } from "../xo-access.ts";
import { type Edited, editedJson, editedText, editTenant } from "./edit.ts";
import { type InstructionOptions, instructionOf, withInstruction } from "./instruction.ts";
import { type OpenFarm, openFarm } from "./open-farm.ts";

interface Options extends InstructionOptions {
  readonly stack: string;
  readonly address?: string;
  readonly dryRun?: true;
}

/** What has to be known of Xen Orchestra: name labels of the pools that an administration's VMs lie in. */
export type FindPools = (id: string) => Promise<readonly string[]>;

/** Registers `./farm tenant move-pool`. */
export function register(tenant: Command): void {
  const command = tenant
    .command("move-pool")
    .description(
      "write another pool and an address of it, for a VM that is not made yet or lies there already",
    )
    .argument("<id>", "the administration's id, the name of its file")
    .argument("<pool>", "key of the pool in the settings")
    .option(
      "--address <address>",
      "IPv4 address there (default: the old one where it fits, else the next free one)",
    )
    .option("--dry-run", "show what would change and write nothing")
    .option("-s, --stack <stack>", "whose settings and Xen Orchestra", labStack)
    .option("--json", "fields and effects as JSON");
  withInstruction(command).action(async (id: string, pool: string, options: Options, self: Command) => {
    const output = outputOf(self);
    const open = await openFarm(options.stack, join(checkout, "tenants"), output);
    const edited = await withXoAccess(options.stack, output, ({ xo }) =>
      movePool(open, { ...options, id, pool }, async (tenantId) => {
        const [vms, pools] = await Promise.all([xo.objects({ type: "VM" }), xo.objects({ type: "pool" })]);
        const wanted = [farmTag(`allris-farm/${options.stack}`), tenantTag(tenantId)];
        const own = vms.filter(
          ({ tags }) => Array.isArray(tags) && wanted.every((tag) => tags.includes(tag)),
        );
        return own.map((vm) => String(pools.find(({ id: each }) => each === vm["$pool"])?.["name_label"]));
      }),
    );
    output.result(editedJson(edited), editedText(edited, options.stack));
  });
}

/**
 * Writes another pool. A file that names a pool in which its VM does not lie would end every run, so the VM goes first.
 * @throws FarmError with the steps in their order for a VM that lies in another pool
 */
export async function movePool(
  open: OpenFarm,
  order: InstructionOptions & {
    readonly id: string;
    readonly pool: string;
    readonly address?: string;
    readonly dryRun?: boolean | undefined;
  },
  findPools: FindPools,
): Promise<Edited> {
  const farm = await open.load();
  const tenant = findTenant(farm.tenants, order.id);
  const { pools } = farm.settings;
  const target = Object.hasOwn(pools, order.pool) ? pools[order.pool] : undefined;
  if (target === undefined) {
    const keys = Object.keys(pools);
    throw new FarmError({
      what: `The settings have no pool "${order.pool}"`,
      where: `pools of the stack ${open.stack}: ${keys.join(", ")}`,
      next:
        didYouMean(order.pool, keys) ??
        (keys.length === 1 ? "add the other pool to the settings first" : "name one"),
    });
  }
  const address = addressIn(target, tenant, farm, order);
  const elsewhere = (await findPools(order.id)).filter((label) => label !== target.nameLabel);
  if (elsewhere.length > 0)
    throw moveFirst(tenant, farm, { ...order, target, address, from: elsewhere.join(", ") });
  const edits: readonly TenantEdit[] = [
    { path: ["pool"], value: order.pool },
    { path: ["address"], value: address },
  ];
  return editTenant(open, {
    ...{ id: order.id, edits: () => edits, instruction: instructionOf(order), dryRun: order.dryRun },
  });
}

/** The asked address, else the one it has where the pool's network holds it, else the next free one. */
function addressIn(
  target: PoolSettings,
  tenant: Tenant,
  { tenants }: Farm,
  { address, pool }: { readonly address?: string; readonly pool: string },
): string {
  if (address !== undefined) {
    const parsed = parseIpv4(address);
    if (parsed.ok) return parsed.value;
    throw new FarmError({ what: `--address ${parsed.why}`, where: address.slice(0, 60) });
  }
  const { subnet } = target.network;
  if (contains(subnet, tenant.address)) return tenant.address;
  const free = proposeAddress(target, tenants);
  if (free !== undefined) return free;
  throw new FarmError({
    what: `The pool "${pool}" has no free address left in ${subnet}`,
    next: "widen the subnet in the settings, or choose another pool",
  });
}

interface Move {
  readonly id: string;
  readonly pool: string;
  readonly target: PoolSettings;
  readonly address: string;
  readonly from: string;
}

function moveFirst(tenant: Tenant, farm: Farm, { id, pool, target, address, from }: Move): FarmError {
  const steps = [
    `take a backup: ./farm backup run ${id}`,
    `in a window (${planStop(tenant, farm, false).text}), migrate the VM in Xen Orchestra to the pool "${target.nameLabel}": ` +
      `storage "${target.defaultStorage}", network "${target.network.nameLabel}"`,
    ...(address === tenant.address
      ? []
      : [`give the guest its address ${address}: docs/how-to/move-pool.md`]),
    `./farm tenant move-pool ${id} ${pool} --address ${address}, then ./farm preview: nothing of the VM may be replaced`,
  ];
  return new FarmError({
    what: `The VM of "${id}" lies in the pool ${from}; nothing was written`,
    where: `${tenant.file}: pool`,
    why: `a file that says "${pool}" before the VM lies there ends every run, for all administrations`,
    next: steps.map((step, at) => `${at + 1}. ${step}`).join("\n         "),
  });
}

import type { Command } from "commander";
import { FarmError } from "../../lib/farm-error.ts";
import { contains, parseIpv4 } from "../../model/address.ts";
import type { Farm } from "../../model/farm.ts";
import { findTenant } from "../../model/find-tenant.ts";
import { farmTag, tenantTag } from "../../model/plan.ts";
import type { PoolSettings } from "../../model/pool-settings.ts";
import { didYouMean } from "../../model/suggest.ts";
import type { Tenant } from "../../model/tenant.ts";
import { proposeAddress } from "../../model/tenant-proposals.ts";
import type { XoClient } from "../../providers/xenops/xo-client.ts";
import { confirm } from "../confirm.ts";
import { labStack } from "../environment.ts";
import { interruptible } from "../interruptible.ts";
import { type Output, outputOf } from "../output.ts";
import { type MoveJournal, moveSteps, tryLoadMove } from "../pool-move/journal.ts";
import { type MoveResult, performMove } from "../pool-move/move.ts";
import { editsOf, type MoveScope, type PlannedMove, planMove, withFiles } from "../pool-move/plan.ts";
import { requireUndoable, undoMove } from "../pool-move/undo.ts";
import { inTurn } from "../restore.ts";
import { settleEngine } from "../restore-resume.ts";
import { withTenant } from "../restore-scope.ts";
import { type Edited, editedJson, editedText, editTenant } from "./edit.ts";
import { type InstructionOptions, instructionOf, withInstruction } from "./instruction.ts";
import type { OpenFarm } from "./open-farm.ts";

interface Options extends InstructionOptions {
  readonly stack: string;
  readonly address?: string;
  readonly dryRun?: true;
  readonly undo?: true;
  readonly yes?: true;
}

/** What has to be known of Xen Orchestra: name labels of the pools that an administration's VMs lie in. */
export type FindPools = (id: string) => Promise<readonly string[]>;

/** Registers `./farm tenant move-pool`. */
export function register(tenant: Command): void {
  const command = tenant
    .command("move-pool")
    .description("move a site to another pool: its VM with its disks while it runs, then its file")
    .argument("<id>", "the administration's id, the name of its file")
    .argument("<pool>", "key of the pool in the settings")
    .option(
      "--address <address>",
      "IPv4 address there (default: the old one where it fits, else the next free one)",
    )
    .option("--dry-run", "look whether it can be done, and touch nothing")
    .option("--undo", "take an unfinished move back")
    .option("-y, --yes", "do not ask")
    .option("-s, --stack <stack>", "whose settings and Xen Orchestra", labStack)
    .option("--json", "what was done as JSON");
  withInstruction(command).action(async (id: string, pool: string, options: Options, self: Command) => {
    const output = outputOf(self);
    if (options.undo && options.dryRun) {
      throw new FarmError({
        what: "These do not go together",
        where: "--undo --dry-run",
        why: "a way back has nothing to look at beforehand: the machine goes to where it was",
        next: "without --undo, --dry-run says how far the move has come",
      });
    }
    await inTurn(id, options.stack, `moves ${id} to another pool`, output.progress, () =>
      interruptible(output.progress, (signal) =>
        withTenant(id, { stack: options.stack, output, signal }, async (restore) => {
          const scope = await withFiles(restore, output);
          await (options.undo ? undo(scope, options, output) : move(scope, pool, options, output));
        }),
      ),
    );
  });
}

/** Takes an unfinished move back, once somebody has agreed. */
export async function undo(scope: MoveScope, options: Pick<Options, "yes">, output: Output): Promise<void> {
  const { id } = scope.tenant;
  const begun = requireUndoable(scope);
  const { from, to } = begun;
  await confirm(
    `"${id}" goes back from ${to.label} to ${from.label} (${from.address}); ${progressOf(begun)}. Go on?`,
    options.yes === true,
    scope.signal,
  );
  const journal = await undoMove(scope, begun);
  output.result({ tenant: id, undone: true, journal }, `The move of ${id} is taken back.`);
}

/** Moves a site, or goes on with a move that was begun. */
export async function move(scope: MoveScope, pool: string, options: Options, output: Output): Promise<void> {
  const { stack, tenant, open, xo, say, signal } = scope;
  const unfinished = tryLoadMove(stack, tenant.id);
  if (unfinished !== undefined) {
    requireSame(unfinished, pool, options);
    const { from, to, startedAt } = unfinished;
    const story = `The move of "${tenant.id}" from ${from.label} to ${to.label} (${to.address}) was begun ${startedAt}; ${progressOf(unfinished)}`;
    if (options.dryRun)
      return output.result({ ...unfinished, moved: false }, `${story}. Nothing was touched.`);
    await confirm(`${story}. Go on with it?`, options.yes === true, signal);
    say(`going on with the move of ${startedAt}`);
    if (unfinished.done["write the tenant file"] !== undefined) await settleEngine(stack, say, signal);
    return finish(await performMove(scope, unfinished), output);
  }
  const found = await movePool(open, { ...options, id: tenant.id, pool }, (id) => poolsOf(xo, stack, id));
  if ("file" in found) return output.result(editedJson(found), editedText(found, stack));
  const instruction = instructionOf(options);
  const planned = await planMove(scope, { pool, address: found.address, instruction });
  const story = describeMove(planned);
  if (options.dryRun) {
    const { journal, stop, ttl } = planned;
    return output.result({ ...journal, stop, ttl, moved: false }, `${story}. Nothing was touched.`);
  }
  if (!planned.stop.allowed) {
    throw new FarmError({
      what: `The move of "${tenant.id}" interrupts the site and needs a window; nothing was touched`,
      where: story,
      why: planned.stop.text,
      next: "announce one (docs/how-to/move-pool.md), then run the same command in it",
    });
  }
  await confirm(`${story}. Go on?`, options.yes === true, signal);
  finish(await performMove(scope, planned.journal), output);
}

function requireSame(
  { to, tenant, stack, undoing }: MoveJournal,
  pool: string,
  { address }: Pick<Options, "address">,
): void {
  if (undoing) {
    throw new FarmError({
      what: `The move of "${tenant}" is being taken back, and is not yet back wholly`,
      where: `to the pool ${to.pool}, address ${to.address}`,
      why: "what its book says is done is partly undone",
      next: `./farm tenant move-pool ${tenant} ${to.pool} -s ${stack} --undo; move it anew afterwards`,
    });
  }
  if (to.pool === pool && (address === undefined || address === to.address)) return;
  throw new FarmError({
    what: `Another move of "${tenant}" is not finished`,
    where: `to the pool ${to.pool}, address ${to.address}`,
    next: `go on with it: ./farm tenant move-pool ${tenant} ${to.pool}; or take it back: the same with --undo`,
  });
}

function finish(result: MoveResult, output: Output): void {
  const { tenant, pool, address, migrationSeconds, seconds, untold } = result;
  const attention = untold === undefined ? "" : `\n${untold}`;
  output.result(
    result,
    `${tenant} runs in the pool "${pool}" at ${address}, after ${seconds} s; its migration took ${migrationSeconds} s.${attention}\n` +
      `next: commit tenants/${tenant}.ts, then ./farm backup run ${tenant}: archives of before have the old address`,
  );
}

/** How far a move has come. */
function progressOf({ done }: MoveJournal): string {
  const steps = moveSteps.filter((step) => done[step] !== undefined);
  return steps.length === 0 ? "no step is written down as done" : `done: ${steps.join(", ")}`;
}

/** One line for whoever has to decide. */
function describeMove({ journal, stop, ttl }: PlannedMove): string {
  const { tenant, from, to } = journal;
  const moves = `"${tenant}" moves from ${from.label} (${from.address}) to ${to.host.name} in ${to.label} (${to.address})`;
  const visitors =
    from.address === to.address
      ? "its address stays"
      : `for ${ttl} s after that resolvers may still name the old address`;
  return `${moves}; ${visitors}; ${stop.text}`;
}

/** Name labels of the pools in which an administration's VMs lie. */
async function poolsOf(xo: XoClient, stack: string, id: string): Promise<readonly string[]> {
  const [vms, pools] = await Promise.all([xo.objects({ type: "VM" }), xo.objects({ type: "pool" })]);
  const wanted = [farmTag(`allris-farm/${stack}`), tenantTag(id)];
  const own = vms.filter(({ tags }) => Array.isArray(tags) && wanted.every((tag) => tags.includes(tag)));
  return own.map((vm) => String(pools.find((pool) => pool["id"] === vm["$pool"])?.["name_label"]));
}

/** A VM that has to move before its file may say so. */
export interface Elsewhere {
  /** Name labels of the pools in which it lies. */
  readonly from: readonly string[];
  /** The address that it gets. */
  readonly address: string;
}

/**
 * Writes another pool for a VM that is not made yet or lies there already. A file that names a pool in which its VM
 * does not lie would end every run, so any other VM moves first.
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
): Promise<Edited | Elsewhere> {
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
  const from = (await findPools(order.id)).filter((label) => label !== target.nameLabel);
  if (from.length > 0) return { from, address };
  return editTenant(open, {
    ...editsOf(order.id, { pool: order.pool, address, instruction: instructionOf(order) }),
    dryRun: order.dryRun,
  });
}

/** The asked address, else the one it has where the pool's network holds it, else the next free one. */
function addressIn(
  target: PoolSettings,
  tenant: Tenant,
  { tenants, settings }: Farm,
  { address, pool }: { readonly address?: string; readonly pool: string },
): string {
  if (address !== undefined) {
    const parsed = parseIpv4(address);
    if (parsed.ok) return parsed.value;
    throw new FarmError({ what: `--address ${parsed.why}`, where: address.slice(0, 60) });
  }
  const { subnet } = target.network;
  if (contains(subnet, tenant.address)) return tenant.address;
  const free = proposeAddress(target, tenants, settings.monitoring);
  if (free !== undefined) return free;
  throw new FarmError({
    what: `The pool "${pool}" has no free address left in ${subnet}`,
    next: "widen the subnet in the settings, or choose another pool",
  });
}

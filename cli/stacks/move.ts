import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import { FarmError } from "../../lib/farm-error.ts";
import { checkout } from "../../lib/paths.ts";
import { findTenant } from "../../model/find-tenant.ts";
import { assignInText } from "../../model/shard-text.ts";
import { parseStackName, platformShard, shardOf, stacksOf } from "../../model/shards.ts";
import type { StackState } from "../../model/stack-state.ts";
import { ensureEngine } from "../../toolchain/engine.ts";
import { stackEnvironment } from "../environment.ts";
import { capturePulumi, type EngineRun } from "../pulumi.ts";
import { describeOwner, locksOf } from "../stack-lock.ts";
import { keepState, readState } from "../stack-state.ts";
import { loadShardedFarm } from "./select.ts";

/** What is moved, and where to. */
export interface MoveRequest {
  /** Ids of administrations; none is what all share. */
  readonly tenants: readonly string[];
  readonly to: string;
  /** @default - the stack of the farm whose state has it */
  readonly from?: string | undefined;
  readonly run?: EngineRun;
}

/** What has to be done. */
export interface Move {
  readonly farm: string;
  readonly to: string;
  /** Components that lie in another stack still, by the stack that has them. */
  readonly urns: ReadonlyMap<string, readonly string[]>;
  /** The settings as they will be, and where. @default - they are right already */
  readonly settings?: { readonly file: string; readonly text: string };
  /** The states of all stacks of the farm as they are. */
  readonly states: ReadonlyMap<string, StackState>;
}

/** Types of the components that move as a whole. */
const types = { site: "farm:site:TenantSite", platform: "farm:platform:Platform" } as const;

/**
 * What a move comes to; changes nothing.
 * @throws FarmError for what is unknown or nowhere, and for a stack that somebody works on or that needs a cure
 */
export async function planMove({ tenants, to, from, run = {} }: MoveRequest): Promise<Move> {
  const { farm, shard = "" } = parseStackName(to);
  const { settings, tenants: known } = await loadShardedFarm(to, run);
  const stacks = stacksOf(farm, settings);
  const shared = tenants.length === 0;
  if (!stacks.includes(to) || (shard === platformShard) !== shared) {
    const fit = stacks.filter((stack) => stack.endsWith(`-${platformShard}`) === shared);
    throw new FarmError({
      what: `${shared ? "What all share" : "An administration"} cannot be moved to the stack ${to}`,
      where: `shards in Pulumi.${farm}.yaml`,
      next: `move it to ${fit.join(" or ")}`,
    });
  }
  const moving = tenants.map((id) => findTenant(known, id));
  // A farm that is only now split lies in the stack of its own name.
  const looked = from === undefined ? [farm, ...stacks] : [from, to];
  const states = await readStates(looked, to, run);
  const wanted = shared
    ? [{ type: types.platform, name: "platform" }]
    : moving.map(({ id }) => ({ type: types.site, name: id }));
  const urns = new Map<string, string[]>();
  for (const { type, name } of wanted) {
    const [stack, urn] = findComponent(states, type, name);
    if (stack !== to) urns.set(stack, [...(urns.get(stack) ?? []), urn]);
  }
  await requireQuiet([...new Set([...urns.keys(), to])], states);
  const file = join(run.project ?? checkout, `Pulumi.${farm}.yaml`);
  const before = readFileSync(file, "utf8");
  const text = moving
    .filter((tenant) => shardOf(tenant, settings) !== shard)
    .reduce((all, tenant) => assignInText(all, file, { tenant, shard }), before);
  return { farm, to, urns, states, ...(text === before ? {} : { settings: { file, text } }) };
}

/**
 * Moves, in an order that may be interrupted anywhere: the settings first, since both stacks refuse to run as long as
 * their state is not what the settings give them; then the state. The machine, its names and its backups stay as they are.
 * @returns files with the states as they were
 * @throws FarmError with the engine's own words
 */
export async function carryOut(
  { to, urns, settings, states }: Move,
  run: EngineRun = {},
): Promise<readonly string[]> {
  if (settings !== undefined) writeFileAtomic(settings.file, settings.text);
  const kept: string[] = [];
  for (const [from, list] of urns) {
    for (const stack of [from, to]) {
      const state = states.get(stack);
      if (state !== undefined) kept.push(keepState(stack, state));
    }
    const args = ["state", "move", "--source", from, "--dest", to, "--yes", "--non-interactive", ...list];
    const { code, stdout, stderr } = await capturePulumi(args, run);
    if (code === 0) continue;
    throw new FarmError({
      what: `The state could not be moved from ${from} to ${to}`,
      where: list.map((urn) => urn.slice(urn.lastIndexOf("::") + 2)).join(", "),
      why: `${stdout}\n${stderr}`.trim().split("\n").slice(-8).join("\n         "),
      next: `correct what the engine says, then run the same command again; the states as they were: ${kept.join(", ")}`,
    });
  }
  return [...new Set(kept)];
}

async function readStates(
  stacks: readonly string[],
  to: string,
  run: EngineRun,
): Promise<ReadonlyMap<string, StackState>> {
  const states = new Map<string, StackState>();
  for (const stack of new Set(stacks)) {
    try {
      states.set(stack, await readState(stack, run));
    } catch (error) {
      // Of the others some may not have been made yet; a state that is there and unreadable has no site in it either.
      if (stack !== to || !(error instanceof FarmError)) continue;
      throw new FarmError(
        {
          what: `The stack ${to} cannot be read`,
          ...(error.parts.why === undefined ? {} : { why: error.parts.why }),
          next: `make it first: ./farm pulumi stack init ${to}, with the secrets provider of the farm; docs/how-to/shards.md`,
        },
        { cause: error },
      );
    }
  }
  return states;
}

function findComponent(
  states: ReadonlyMap<string, StackState>,
  type: string,
  name: string,
): readonly [stack: string, urn: string] {
  for (const [stack, { resources }] of states) {
    const found = resources.find(({ type: own, urn }) => own === type && urn.endsWith(`::${name}`));
    if (found !== undefined) return [stack, found.urn];
  }
  throw new FarmError({
    what: `No state has ${name}`,
    where: [...states.keys()].join(", "),
    next: "name the stack that has it: --from <stack>",
  });
}

/** @throws FarmError for a stack that somebody works on, or whose last run was interrupted */
async function requireQuiet(
  stacks: readonly string[],
  states: ReadonlyMap<string, StackState>,
): Promise<void> {
  const engine = await ensureEngine(() => {});
  for (const stack of stacks) {
    const backend = stackEnvironment(stack, engine.binFolder).variables["PULUMI_BACKEND_URL"] ?? "";
    const [lock] = locksOf(backend, stack);
    if (lock !== undefined) {
      throw new FarmError({
        what: `The stack ${stack} is locked by ${describeOwner(lock)}`,
        next: `wait until that run has ended; one that was killed: ./farm unlock -s ${stack}`,
      });
    }
    const pending = states.get(stack)?.pending ?? [];
    if (pending.length > 0) {
      throw new FarmError({
        what: `An earlier run of ${stack} was interrupted and left operations whose end nobody knows`,
        where: pending.map(({ resource }) => resource.urn.split("::").at(-1)).join(", "),
        next: `./farm heal -s ${stack}`,
      });
    }
  }
}

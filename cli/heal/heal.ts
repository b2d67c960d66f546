import { join } from "node:path";
import { FarmError } from "../../lib/farm-error.ts";
import { withLock } from "../../lib/lock.ts";
import { farmFolder } from "../../lib/paths.ts";
import { farmTag } from "../../model/plan.ts";
import type { StackState } from "../../model/stack-state.ts";
import { isFolder } from "../stack-lock.ts";
import { keepState, readState } from "../stack-state.ts";
import { unlock } from "../unlock.ts";
import { type Cure, planCures } from "./cure.ts";
import { execute, removeVm, type Scene } from "./execute.ts";
import { awaitQuiet, gatherFacts } from "./outside.ts";
import { awaitRemains } from "./remains.ts";
import { requireUnlocked } from "./remote-lock.ts";
import { mendTorn } from "./state-files.ts";

/** What to heal, and how. */
export interface HealRequest extends Scene {
  /** The backend's URL: where locks lie. */
  readonly backend: string;
  /** PULUMI_HOME of this farm. */
  readonly home: string;
  /** Ids of VMs that the operator gave up, with whatever is on them. */
  readonly removeVms: readonly string[];
  readonly progress: (line: string) => void;
}

/** What was done. */
export interface Healed {
  /** One sentence for each step. */
  readonly did: readonly string[];
  /** What is left for a person to decide. */
  readonly open: readonly { readonly text: string; readonly next: string }[];
  /** The state as it was before. @default - it was not touched */
  readonly keptState: string | undefined;
}

/** More rounds than any cure needs: the second finds nothing to do. */
const rounds = 4;

/**
 * Brings a stack whose run was interrupted back to where the next run can go on. It may be interrupted itself
 * at any moment and run again.
 * @throws FarmError while an engine works on the stack, or when a cure fails
 */
export async function heal(request: HealRequest): Promise<Healed> {
  const path = join(farmFolder, `heal-${request.stack}.lock`);
  const doing = `heals the stack ${request.stack}`;
  return withLock(path, { onWait: request.progress, doing, timeout: 30 * 60_000 }, () => cureAll(request));
}

async function cureAll(request: HealRequest): Promise<Healed> {
  const { stack, run, outside, progress } = request;
  const did: string[] = [];
  if (isFolder(request.backend))
    did.push(...unlock(request.backend, stack).map((owner) => `lock of ${owner}: taken off`));
  else await requireUnlocked(stack, run);
  await awaitRemains(request.home, progress);
  did.push(...mendTorn(request.backend, stack));
  let keptState: string | undefined;
  for (let round = 0; ; round++) {
    const state = await readState(stack, run);
    await awaitQuiet(stack, state, outside.xo, progress);
    const cures = planCures(state, await gatherFacts(stack, state, outside));
    const todo = cures.filter(({ kind }) => kind !== "ask");
    if (todo.length === 0) {
      const given = await removeGiven(request, state);
      did.push(...given);
      // What is to be asked is another question when one of the machines that it was about is gone.
      if (given.length > 0) continue;
      return { did, open: cures.filter((cure) => cure.kind === "ask"), keptState };
    }
    if (round === rounds) throw endless(todo);
    keptState ??= keepState(stack, state);
    progress(`${todo.length} steps`);
    await execute(cures, state, request);
    did.push(...todo.map(({ text }) => text));
  }
}

/** Removes the VMs that the operator named, after a look at each. */
async function removeGiven({ stack, outside, removeVms }: HealRequest, state: StackState): Promise<string[]> {
  const said: string[] = [];
  for (const id of removeVms) {
    const [vm] = await outside.xo.objects({ type: "VM", id });
    if (vm === undefined) continue;
    const label = `VM ${String(vm["name_label"])} (${id})`;
    const refuse = (why: string, next: string): FarmError =>
      new FarmError({ what: `${label} is not removed`, why, next });
    const tags = Array.isArray(vm["tags"]) ? vm["tags"] : [];
    if (!tags.includes(farmTag(`allris-farm/${stack}`)))
      throw refuse("it does not belong to this stack", "look at its tags in XO");
    if (state.resources.some((resource) => resource.id === id))
      throw refuse("it is the one in the state", "name the other VM of the administration");
    if (vm["power_state"] !== "Halted") throw refuse("it runs", "shut it down in XO, look, and try again");
    await outside.xo.call("vm.set", { id, blockedOperations: { destroy: null } });
    await removeVm(outside, id);
    said.push(`${label}: removed, as you said`);
  }
  return said;
}

function endless(todo: readonly Cure[]): FarmError {
  return new FarmError({
    what: "The cure does not hold",
    where: todo.map(({ text }) => text).join("; "),
    why: "after it was carried out the same is still to be done",
    next: "look at XO and Cloudflare: something else changes what the farm made",
  });
}

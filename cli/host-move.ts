import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../lib/farm-error.ts";
import type { Move } from "../model/drain-plan.ts";
import type { XoClient } from "../providers/xenops/xo-client.ts";
import { XoCallError, XoUnreachable, xoCodes } from "../providers/xenops/xo-errors.ts";
import { atMost } from "./patch-fleet.ts";

/** What became of one VM. */
export interface MoveRow {
  readonly vm: string;
  readonly from: string;
  /** @default - it stayed */
  readonly to?: string;
  /** "gone": somebody shut it down or moved it meanwhile. */
  readonly result: "moved" | "gone" | "failed" | "stayed";
  /** What its migration took. */
  readonly seconds: number;
  /** Why it failed or stayed. @default - it moved */
  readonly why?: string;
}

/** How VMs are moved. */
export interface MoveOptions {
  /** VMs at a time. */
  readonly parallel: number;
  readonly say: (line: string) => void;
  /** Milliseconds between two looks at a migration whose answer was lost. @default 2000 */
  readonly pause?: number;
}

/** Milliseconds that XO may take for one migration: a busy VM with much memory is copied more than once. */
const limit = 60 * 60_000;

/** Moves VMs while they run, so many at a time and in this order; one that fails does not stop the others. */
export function moveAll(
  xo: XoClient,
  moves: readonly Move[],
  options: MoveOptions,
): Promise<readonly MoveRow[]> {
  let done = 0;
  return atMost(options.parallel, moves, async (move) => {
    const { vm, from, to } = move;
    const started = performance.now();
    const result = await moveOne(xo, move, options.pause ?? 2000);
    const seconds = Math.round((performance.now() - started) / 100) / 10;
    const place = `${++done} of ${moves.length}`;
    options.say(`${vm.name} → ${to.name}: ${result.why ?? result.result}, ${seconds} s (${place})`);
    return { vm: vm.name, from: from.name, to: to.name, seconds, ...result };
  });
}

async function moveOne(xo: XoClient, move: Move, pause: number): Promise<Pick<MoveRow, "result" | "why">> {
  const { vm, from, to } = move;
  try {
    await xo.call("vm.migrate", { vm: vm.id, targetHost: to.id }, { timeout: limit });
    return { result: "moved" };
  } catch (error) {
    const lost = error instanceof XoUnreachable;
    if (!lost && !(error instanceof XoCallError)) throw error;
    // XO may have gone on without us, and a VM that was shut down meanwhile is no failure.
    const place = await settle(xo, vm.id, { patient: lost, pause }).catch(() => undefined);
    if (place === to.id) return { result: "moved" };
    if (place !== undefined && place !== from.id) return { result: "gone" };
    return { result: "failed", why: explain(error) };
  }
}

/** How long, and how often, a VM is looked at. Milliseconds. */
interface SettleOptions {
  /** Whether a migration may only be about to begin. */
  readonly patient: boolean;
  readonly pause: number;
  /** That it may take. @default - an hour for a migration that may be about to begin, else none */
  readonly most?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Where a VM is once nothing moves it any more: the id of its host, of its pool when it does not run, "" when it is gone.
 * @throws the signal's reason when it is aborted
 */
export async function settle(
  xo: XoClient,
  id: string,
  { patient, pause, most = patient ? limit : 0, signal }: SettleOptions,
): Promise<string> {
  const end = performance.now() + most;
  // What was sent last may only be about to begin.
  if (patient) await rest(pause, signal);
  for (;;) {
    const [vm] = await xo.objects({ type: "VM", id }, { ...(signal && { signal }) });
    if (vm === undefined) return "";
    const operations = Object.values((vm["current_operations"] ?? {}) as Record<string, unknown>);
    const moving = operations.some((name) => name === "pool_migrate" || name === "migrate_send");
    if (!moving || performance.now() > end) return String(vm["$container"]);
    await rest(pause, signal);
  }
}

async function rest(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { ...(signal && { signal }) });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/** What XO says, in the words of the field. */
export function explain(error: unknown): string {
  if (!(error instanceof XoCallError)) return messageOf(error).split("\n", 1).join("");
  const { what, next } = error.parts;
  const data = error.data as { code?: string; feature?: string } | null | undefined;
  if (error.code === 19) return `its migration is blocked: ${data?.code ?? "nobody wrote down why"}`;
  if (error.code === 14 || error.code === 11) return "its guest drivers do not answer";
  const hidden =
    error.code === xoCodes.xapiFailure && data?.code === undefined
      ? "XO tells only administrators why: look at its log (XO: Settings, Logs)"
      : undefined;
  return [what, hidden ?? next].filter((part) => part !== undefined).join("; ");
}

import { FarmError } from "../lib/farm-error.ts";
import {
  hostsToUpdate,
  mayUpdate,
  minutesForNext,
  type UpdateHost,
  type UpdateScope,
} from "../model/pool-update.ts";
import type { Tenant } from "../model/tenant.ts";
import { type DrainScope, drainHost, undrainHost } from "./host-drain.ts";
import { type RestartPatience, restartHost } from "./host-restart.ts";
import { HaPause } from "./pool-ha-pause.ts";
import type { HostProgress, UpdateNote } from "./pool-update-state.ts";
import { type HostNow, type PoolNow, readPool } from "./pool-view.ts";
import { requireNoBackup } from "./running-backups.ts";

/** With what a pool is updated. */
export interface PoolUpdateScope extends DrainScope, Omit<UpdateScope, "at"> {
  readonly tenants: readonly Tenant[];
  /** Id of the announced window. */
  readonly window: string;
  /** Minutes that a host takes as long as none has been measured. */
  readonly minutes: number;
  /** Whether hosts are restarted that lack nothing. */
  readonly all: boolean;
  readonly note: UpdateNote;
  /** Seconds without heartbeat after which HA gives up a host. @default - XAPI's own */
  readonly haTimeout?: number;
  readonly patience?: RestartPatience;
  /** Told what was done with a host, for the record. */
  readonly record: (row: HostRow) => void;
  /** @default - the clock */
  readonly now?: () => Date;
}

/** What became of one host. */
export interface HostRow {
  readonly host: string;
  /** "held": the rest of the window does not hold it; "waiting": it comes after one that failed. */
  readonly result: "current" | "updated" | "held" | "waiting" | "failed";
  readonly patches: readonly string[];
  readonly seconds: number;
  /** @default - nothing is to be said */
  readonly why?: string;
}

/** What became of a pool. */
export interface PoolUpdateResult {
  readonly pool: string;
  readonly rows: readonly HostRow[];
  readonly highAvailability: "as before" | "still off";
  readonly complete: boolean;
}

interface Candidate extends UpdateHost {
  readonly host: HostNow;
}

/**
 * Updates a pool host by host, the master first: drain, patch, restart, wait, bring the VMs back. Where it was
 * interrupted, the same call goes on. High availability is off meanwhile and on again at the end, whatever happens,
 * since XO installs nothing while it is on.
 *
 * @throws FarmError before anything is touched: outside the window, while a backup runs
 */
export async function updatePool(poolId: string, scope: PoolUpdateScope): Promise<PoolUpdateResult> {
  const { xo, note } = scope;
  const pool = await readPool(xo, poolId);
  const ha = new HaPause(xo, poolId, scope);
  const first = minutesLeft(scope);
  if (!first.allowed) {
    // What an interrupted update has left off is put right at any time.
    await ha.end();
    throw refused(pool, scope, first);
  }
  await requireNoBackup(`update the pool ${pool.name}`, pool, scope.admin);
  const begun = note.read(scope.window).hosts;
  const candidates = await survey(pool, scope);
  const due = hostsToUpdate(candidates, scope.all).filter(({ name }) => begun[name]?.step !== "done");
  const open = candidates.filter(({ name }) => begun[name] !== undefined && begun[name].step !== "done");
  const names = new Set([...open, ...due].map(({ name }) => name));
  const order = hostsToUpdate(candidates, true).filter(({ name }) => names.has(name));
  const rows: HostRow[] = candidates
    .filter(({ name }) => !names.has(name))
    .map(({ name }) => rowOf(name, begun[name]));
  let protectedAgain = false;
  try {
    if (order.length > 0) await ha.begin();
    for (const candidate of order) rows.push(await next(candidate, rows, scope, poolId));
  } finally {
    protectedAgain = await ha.end();
  }
  const done = rows.every(({ result }) => result === "current" || result === "updated");
  if (done && protectedAgain) note.clear();
  return {
    pool: pool.name,
    rows,
    highAvailability: protectedAgain ? "as before" : "still off",
    complete: done && protectedAgain,
  };
}

function rowOf(host: string, progress: HostProgress | undefined): HostRow {
  if (progress === undefined) return { host, result: "current", patches: [], seconds: 0 };
  return { host, result: "updated", patches: progress.patches, seconds: progress.seconds ?? 0 };
}

async function next(
  candidate: Candidate,
  rows: readonly HostRow[],
  scope: PoolUpdateScope,
  poolId: string,
): Promise<HostRow> {
  const { name: host } = candidate;
  const row = { host, patches: [], seconds: 0 };
  const before = rows.find(({ result }) => result === "failed" || result === "held");
  if (before !== undefined) {
    return {
      ...row,
      result: before.result === "held" ? "held" : "waiting",
      why: `${before.host} comes first`,
    };
  }
  const permission = minutesLeft(scope);
  if (!permission.allowed) return { ...row, result: "held", why: permission.why };
  const started = performance.now();
  try {
    const done = await updateHost(candidate, scope, poolId);
    const finished: HostRow = { ...row, ...done, result: "updated" };
    scope.record(finished);
    return finished;
  } catch (error) {
    if (!(error instanceof FarmError)) throw error;
    const { what, where, why: reason, next: todo } = error.parts;
    const why = [what, where, reason, todo].filter((part) => part !== undefined).join("; ");
    const failed: HostRow = { ...row, result: "failed", why, seconds: secondsSince(started) };
    scope.say(`${host}: ${why}`);
    scope.record(failed);
    return failed;
  }
}

/** Takes a host through its steps, from where it is on. */
async function updateHost(
  { name, missing, host }: Candidate,
  scope: PoolUpdateScope,
  poolId: string,
): Promise<Pick<HostRow, "patches" | "seconds">> {
  const { xo, note, say } = scope;
  const put = (progress: HostProgress): HostProgress => {
    const state = note.read(scope.window);
    note.write({ ...state, hosts: { ...state.hosts, [name]: progress } });
    return progress;
  };
  const started = performance.now();
  let at = note.read(scope.window).hosts[name];
  const whole = at === undefined;
  if (at === undefined) {
    const begun = (scope.now?.() ?? new Date()).toISOString();
    const drained = await drainHost(await readPool(xo, poolId), name, scope);
    if (!drained.complete)
      throw incomplete(
        name,
        drained.rows.flatMap(({ vm, why }) => (why === undefined ? [] : [`${vm}: ${why}`])),
      );
    at = put({ step: "drained", startedBefore: host.startTime, begun, patches: missing });
  }
  if (at.step === "drained") {
    await install({ name, missing, host }, scope, poolId);
    at = put({ ...at, step: "patched" });
  }
  if (at.step === "patched") {
    await restartHost(xo, await readPool(xo, poolId), host, at.startedBefore, { ...scope.patience, say });
    at = put({ ...at, step: "restarted" });
  }
  if (at.step === "restarted") {
    const back = await undrainHost(await readPool(xo, poolId), name, { ...scope, stay: false });
    if (!back.complete)
      say(`${name}: not every VM that prefers it came back; ./farm host undrain ${name} tries again`);
    // Only what was measured from end to end says how long the next one takes.
    at = put({ ...at, step: "done", ...(whole && { seconds: secondsSince(started) }) });
  }
  return { patches: at.patches, seconds: secondsSince(started) };
}

/** XCP-ng's hosts are patched one by one; XO knows only whole pools of XenServer, so there the master's turn does it. */
async function install(
  { name, missing, host }: Pick<Candidate, "name" | "missing" | "host">,
  { xo, say }: PoolUpdateScope,
  poolId: string,
): Promise<void> {
  const alone = host.brand === "XCP-ng";
  if (missing.length === 0 || !(alone || host.master)) return;
  say(`${name}: installing ${missing.length} patches`);
  const what = alone ? { hosts: [host.id] } : { pool: poolId };
  await xo.call("pool.installPatches", what, { timeout: 60 * 60_000 });
}

async function survey(pool: PoolNow, { xo, say }: PoolUpdateScope): Promise<readonly Candidate[]> {
  const asleep = pool.hosts.filter(({ alive }) => !alive);
  if (asleep.length > 0) say(`${asleep.map(({ name }) => name).join(", ")}: not running`);
  return Promise.all(
    pool.hosts.map(async (host) => {
      const query = { host: host.id };
      const listed = (await xo.call("pool.listMissingPatches", query, { reads: true })) as readonly {
        readonly name: string;
        readonly version?: string;
      }[];
      const missing = listed.map(({ name, version }) =>
        version === undefined ? name : `${name} ${version}`,
      );
      return { name: host.name, master: host.master, missing, rebootRequired: host.rebootRequired, host };
    }),
  );
}

function minutesLeft(scope: PoolUpdateScope): ReturnType<typeof mayUpdate> {
  const hosts = Object.values(scope.note.read(scope.window).hosts);
  const minutes = minutesForNext(
    hosts.flatMap(({ seconds }) => seconds ?? []),
    scope.minutes,
  );
  return mayUpdate(scope.window, minutes, { ...scope, at: scope.now?.() ?? new Date() });
}

function refused(
  pool: PoolNow,
  { window }: PoolUpdateScope,
  { why, next: todo }: { why: string; next: string },
): FarmError {
  return new FarmError({
    what: `The pool ${pool.name} may not be updated now`,
    where: `--window ${window}`,
    why,
    next: todo,
  });
}

function incomplete(name: string, why: readonly string[]): FarmError {
  return new FarmError({
    what: `${name} still has VMs, so it is not restarted`,
    why: why.join("; "),
    next: "see to these VMs, then run the same command again; ./farm host undrain brings the others back",
  });
}

function secondsSince(started: number): number {
  return Math.round((performance.now() - started) / 100) / 10;
}

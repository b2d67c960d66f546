import { stripVTControlCharacters } from "node:util";
import { FarmError } from "../lib/farm-error.ts";
import type { RunResult } from "../lib/run.ts";
import { loadFarm } from "../loading/farm.ts";
import { loadSettings } from "../loading/settings.ts";
import type { Farm } from "../model/farm.ts";
import { findTenant } from "../model/find-tenant.ts";
import type { PoolSettings } from "../model/pool-settings.ts";
import { findPool } from "../model/settings.ts";
import type { Tenant } from "../model/tenant.ts";
import type { SshServer } from "../providers/ssh/connect.ts";
import type { XoClient } from "../providers/xenops/xo-client.ts";
import { requireAdmin } from "./backup-facts.ts";
import type { GuestWay } from "./guest-backup.ts";
import type { Output } from "./output.ts";
import { capturePulumi } from "./pulumi.ts";
import { withXoAccess } from "./xo-access.ts";

/** What a command about one administration's machine and its backups works with. */
export interface RestoreScope {
  /** "lab" */
  readonly stack: string;
  readonly farm: Farm;
  readonly tenant: Tenant;
  readonly pool: PoolSettings;
  /** The user of the pools, for everything about VMs. */
  readonly xo: XoClient;
  /** The administrator, for backups alone. */
  readonly admin: XoClient;
  readonly agentSocket: string | undefined;
  /** Told how it is going. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** How a command is called. */
export interface ScopeOptions {
  readonly stack: string;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** Loads a stack's farm with the clients for its Xen Orchestra. @throws FarmError when anything of it is not right */
export function withFarm<Result>(
  { stack, output }: ScopeOptions,
  work: (scope: {
    readonly farm: Farm;
    readonly xo: XoClient;
    readonly admin: XoClient;
    readonly agentSocket: string | undefined;
  }) => Promise<Result>,
): Promise<Result> {
  return withXoAccess(stack, output, async ({ xo, admin }, environment) => {
    const { file, value } = await loadSettings(stack);
    const farm = await loadFarm({ settings: value, settingsFile: file, environment });
    return work({ farm, xo, admin: requireAdmin(admin), agentSocket: environment["SSH_AUTH_SOCK"] });
  });
}

/** The same for one administration. @throws FarmError when there is none of this id */
export function withTenant<Result>(
  id: string,
  options: ScopeOptions,
  work: (scope: RestoreScope) => Promise<Result>,
): Promise<Result> {
  const { stack, output, signal } = options;
  return withFarm(options, (parts) => {
    const tenant = findTenant(parts.farm.tenants, id);
    const pool = findPool(parts.farm.settings, tenant.pool);
    return work({ ...parts, stack, tenant, pool, say: output.progress, signal });
  });
}

/** Runs the engine on the scope's stack. @throws FarmError with the engine's last words when it fails */
export async function engineOf(stack: string, ...args: readonly string[]): Promise<RunResult> {
  const result = await capturePulumi([...args, "-s", stack, "--non-interactive"]);
  if (result.code === 0) return result;
  const words = engineReason(`${result.stdout}\n${result.stderr}`);
  throw new FarmError({ what: `The engine failed: pulumi ${args[0] ?? ""} ${args[1] ?? ""}`, why: words });
}

/** What the engine says went wrong: its diagnostics, or its last lines when it has none. */
export function engineReason(output: string): string {
  const plain = stripVTControlCharacters(output);
  const [, diagnostics] = /^Diagnostics:\n([\s\S]*?)(?:\n\n[A-Z]\w+:|$(?![\s\S]))/m.exec(plain) ?? [];
  return (diagnostics ?? plain.trim().split("\n").slice(-12).join("\n")).trim().slice(0, 2000);
}

/** The way to the running machine of an administration. */
export function liveWay(
  scope: Pick<RestoreScope, "farm" | "tenant" | "agentSocket">,
  hostKey: string,
): GuestWay {
  return {
    machine: machineOf(scope, hostKey),
    jump: { ...scope.farm.settings.access.jump, agentSocket: scope.agentSocket },
  };
}

/**
 * The way to a copy of it in quarantine, which has the same address and the same host key.
 * @throws FarmError when the pool has no quarantine
 */
export function copyWay(scope: RestoreScope, hostKey: string): GuestWay {
  const { quarantine } = scope.pool;
  if (quarantine === undefined) {
    throw new FarmError({
      what: `The pool ${scope.pool.nameLabel} has no quarantine, so a restored copy cannot be reached`,
      where: `pools.${scope.tenant.pool}.quarantine in the stack settings`,
      why: "the copy has the address of the machine that runs: on the front network it would answer in its place",
      next: "make the network and its jump host as docs/how-to/restore.md says, and write both there",
    });
  }
  return { machine: machineOf(scope, hostKey), jump: { ...quarantine.jump, agentSocket: scope.agentSocket } };
}

function machineOf(scope: Pick<RestoreScope, "farm" | "tenant" | "agentSocket">, hostKey: string): SshServer {
  const { user } = scope.farm.settings.access;
  return { host: scope.tenant.address, port: 22, user, hostKey, agentSocket: scope.agentSocket };
}

import { FarmError } from "../lib/farm-error.ts";
import type { Problem } from "./problems.ts";
import type { Report } from "./rules.ts";
import { didYouMean } from "./suggest.ts";

/** Which administrations one shard has. One that is listed is that shard's, whatever pool it is on. */
export interface ShardRule {
  /**
   * All administrations of these pools that no list names.
   * @default - none
   */
  readonly pools?: readonly string[];
  /**
   * These administrations, by id.
   * @default - none
   */
  readonly tenants?: readonly string[];
}

/** The shard that has what all others only look up: pools, zones, backup repositories. */
export const platformShard = "platform";

/** A stack's name taken apart: "prod" is a farm by itself, "prod-nord" its shard "nord". */
export interface StackName {
  readonly farm: string;
  /** @default - the stack is the whole farm */
  readonly shard?: string;
}

/** What a stack has of its farm: all, what is shared, or the administrations of a shard. */
export type Part =
  | { readonly kind: "whole" }
  | { readonly kind: "platform" }
  | { readonly kind: "shard"; readonly shard: string };

/** As much of the settings as shards are about. */
interface ShardSettings {
  readonly shard?: string | undefined;
  readonly shards: Readonly<Record<string, ShardRule>>;
}

/** Takes a stack's name apart; with or without its project, "allris-farm/prod-nord". */
export function parseStackName(stack: string): StackName {
  const name = stack.slice(stack.lastIndexOf("/") + 1);
  const hyphen = name.indexOf("-");
  return hyphen < 0 ? { farm: name } : { farm: name.slice(0, hyphen), shard: name.slice(hyphen + 1) };
}

/** The stacks of a farm, what is shared first: "prod-platform", "prod-nord"; one alone without shards. */
export function stacksOf(farm: string, { shards }: Pick<ShardSettings, "shards">): readonly string[] {
  const names = Object.keys(shards).sort();
  return names.length === 0 ? [farm] : [platformShard, ...names].map((shard) => `${farm}-${shard}`);
}

/**
 * What a stack has of its farm.
 * @throws FarmError when name and settings do not say the same
 */
export function requirePart(stack: string, { shard, shards }: ShardSettings): Part {
  const { farm, shard: named } = parseStackName(stack);
  const stacks = stacksOf(farm, { shards }).join(", ");
  const refuse = (why: string, next: string): FarmError =>
    new FarmError({
      what: `The stack ${stack} has no part of the farm ${farm}; nothing has been changed`,
      where: `Pulumi.${stack}.yaml`,
      why,
      next,
    });
  if (named !== shard) {
    throw refuse(
      named === undefined
        ? `its settings say shard: ${shard}, and its name says no shard`
        : `its name says the shard "${named}", its settings ${shard === undefined ? "say none" : `say "${shard}"`}`,
      "a stack of one shard is called <farm>-<shard> and has the one setting shard: <shard>; docs/how-to/shards.md",
    );
  }
  if (shard === undefined) {
    if (Object.keys(shards).length === 0) return { kind: "whole" };
    throw refuse(
      `the farm is split: ${stacks}`,
      `./farm up --all -s ${farm}, or one of these stacks; docs/how-to/shards.md`,
    );
  }
  if (Object.keys(shards).length === 0)
    throw refuse(`Pulumi.${farm}.yaml has no shards`, `describe them there; docs/how-to/shards.md`);
  if (shard === platformShard) return { kind: "platform" };
  if (Object.hasOwn(shards, shard)) return { kind: "shard", shard };
  const hint = didYouMean(shard, Object.keys(shards));
  throw refuse(
    `Pulumi.${farm}.yaml has no shard "${shard}"`,
    hint ?? `use one of ${stacks}, or describe it in Pulumi.${farm}.yaml`,
  );
}

/** The shard of an administration; undefined where the settings have no shards, or none for it. */
export function shardOf(
  tenant: { readonly id: string; readonly pool: string },
  { shards }: Pick<ShardSettings, "shards">,
): string | undefined {
  const named = (which: keyof ShardRule, what: string): string | undefined =>
    Object.keys(shards)
      .sort()
      .find((shard) => shards[shard]?.[which]?.includes(what));
  return named("tenants", tenant.id) ?? named("pools", tenant.pool);
}

/**
 * The stack that has an administration, whichever of its farm's stacks was named: its host key, its sums of traffic and
 * what was done on its machine are kept by that name.
 */
export function ownStack(
  stack: string,
  tenant: { readonly id: string; readonly pool: string },
  settings: Pick<ShardSettings, "shards">,
): string {
  const shard = shardOf(tenant, settings);
  return shard === undefined ? stack : `${parseStackName(stack).farm}-${shard}`;
}

/** Administrations by the stacks that have them. */
export function byOwnStack<T extends { readonly id: string; readonly pool: string }>(
  stack: string,
  tenants: readonly T[],
  settings: Pick<ShardSettings, "shards">,
): ReadonlyMap<string, readonly T[]> {
  return Map.groupBy(tenants, (tenant) => ownStack(stack, tenant, settings));
}

/** The administrations that a part of the farm has. */
export function tenantsOf<T extends { readonly id: string; readonly pool: string }>(
  part: Part,
  tenants: readonly T[],
  settings: Pick<ShardSettings, "shards">,
): readonly T[] {
  if (part.kind === "whole") return tenants;
  if (part.kind === "platform") return [];
  return tenants.filter((tenant) => shardOf(tenant, settings) === part.shard);
}

/** The rules between the shards of the settings. */
export function checkShards(
  {
    shards = {},
    pools,
  }: {
    readonly shards?: Readonly<Record<string, ShardRule>> | undefined;
    readonly pools?: object | undefined;
  },
  report: Report,
): void {
  const taken = new Map<string, string>();
  for (const [shard, rule] of Object.entries(shards)) {
    if (shard === platformShard)
      report(["shards", shard], "is the name of the stack that has what is shared");
    for (const which of ["pools", "tenants"] as const) {
      (rule[which] ?? []).forEach((name, at) => {
        const path = ["shards", shard, which, at];
        const other = taken.get(`${which} ${name}`);
        if (other !== undefined) report(path, `"${name}" is the shard ${other}'s already`);
        taken.set(`${which} ${name}`, shard);
        if (which === "pools" && pools !== undefined && !Object.hasOwn(pools, name))
          report(path, "names no pool of the settings", didYouMean(name, Object.keys(pools)));
      });
    }
  }
}

/** Administrations that no shard has, and names in the shards' lists that no administration has. */
export function findShardProblems(
  tenants: readonly { readonly file: string; readonly id?: string; readonly pool?: string }[],
  shards: Readonly<Record<string, ShardRule>>,
  settingsFile: string,
): readonly Problem[] {
  if (Object.keys(shards).length === 0) return [];
  const homeless = tenants.flatMap(({ file, id, pool }): Problem[] =>
    id === undefined || pool === undefined || shardOf({ id, pool }, { shards }) !== undefined
      ? []
      : [{ file, field: "pool", why: `no shard of the settings has the pool "${pool}" or lists "${id}"` }],
  );
  const ids = tenants.flatMap(({ id }) => (id === undefined ? [] : [id]));
  const unknown = Object.entries(shards).flatMap(([shard, { tenants: listed = [] }]) =>
    listed.flatMap((id, at): Problem[] => {
      if (ids.includes(id) || ids.length < tenants.length) return [];
      const hint = didYouMean(id, ids);
      const problem = {
        file: settingsFile,
        field: `shards.${shard}.tenants[${at}]`,
        why: `"${id}" is no administration`,
      };
      return [hint === undefined ? problem : { ...problem, hint }];
    }),
  );
  return [...homeless, ...unknown];
}

import { parseStackName, platformShard, type ShardRule, shardOf, stacksOf } from "./shards.ts";

/** What a change is compared with. */
export interface TouchedScope {
  readonly farm: string;
  readonly shards: Readonly<Record<string, ShardRule>>;
  /** Of the farm as it is now. */
  readonly tenants: readonly { readonly file: string; readonly id: string; readonly pool: string }[];
}

/** Folders and files that no stack's program reads: commands, documents, tests, the lab and what builds it. */
const idle =
  /^(cli|docs|tests|lab|toolchain|patches|\.github|\.farm)\/|^\.|^(farm|LICENSE|knip\.json|biome\.json|vitest\.config\.ts|tsconfig\.json)$|\.(md|eml)$/;

/**
 * The stacks whose plan a change of files may touch, in the order in which they are applied. A tenant's file touches
 * its shard and what is shared, since its zone is; what is not known to be idle touches all.
 *
 * @param files relative to the checkout
 */
export function touchedStacks(
  files: readonly string[],
  { farm, shards, tenants }: TouchedScope,
): readonly string[] {
  const all = stacksOf(farm, { shards });
  const touched = files.flatMap((file): readonly string[] => {
    if (idle.test(file)) return [];
    const own = /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1];
    if (own !== undefined && own !== farm) return parseStackName(own).farm === farm ? [own] : [];
    const tenant = tenants.find((candidate) => candidate.file === file);
    const shard = tenant === undefined ? undefined : shardOf(tenant, { shards });
    return shard === undefined ? all : [`${farm}-${platformShard}`, `${farm}-${shard}`];
  });
  return all.filter((stack) => touched.includes(stack));
}

import { FarmError } from "../../lib/farm-error.ts";
import type { XoClient } from "./xo-client.ts";

/** An object as XO shows it. */
export type XoObject = Readonly<Record<string, unknown>>;

/** A pool by its XO id, or undefined when XO has none. */
export async function tryFindPool(
  client: XoClient,
  id: string,
  signal: AbortSignal,
): Promise<XoObject | undefined> {
  const pools = await client.objects({ type: "pool" }, { signal });
  return pools.find((pool) => pool.id === id);
}

/** @throws FarmError when XO has no such pool */
export async function findPoolById(client: XoClient, id: string, signal: AbortSignal): Promise<XoObject> {
  const found = await tryFindPool(client, id, signal);
  if (found !== undefined) return found;
  throw new FarmError({
    what: `Xen Orchestra has no pool ${id}`,
    next: "connect the pool's master to XO, or correct the pool's settings",
  });
}

/** All objects of a type in a pool, by name. */
export async function objectsIn(
  client: XoClient,
  type: string,
  pool: string,
  signal: AbortSignal,
): Promise<XoObject[]> {
  const found = await client.objects({ type }, { signal });
  return found
    .filter((object) => (object.$pool ?? object.$poolId) === pool)
    .sort((a, b) => compare(`${a.name_label} ${a.id}`, `${b.name_label} ${b.id}`));
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** A number in an object, or 0. */
export function numberAt(object: unknown, ...path: readonly (string | number)[]): number {
  let value = object;
  for (const step of path) value = (value as XoObject | undefined)?.[step];
  return typeof value === "number" ? value : 0;
}

/** The texts of a list; what is no text is left out. */
export function textsOf(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((each) => typeof each === "string") : [];
}

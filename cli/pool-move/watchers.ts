import { messageOf } from "../../lib/farm-error.ts";
import { parseStackName, platformShard, requirePart } from "../../model/shards.ts";
import type { StackState } from "../../model/stack-state.ts";
import { engineOf } from "../restore-scope.ts";
import { readState } from "../stack-state.ts";
import type { MoveScope } from "./plan.ts";

/**
 * URNs of what tells probers and monitoring which addresses to ask. Of the monitoring the list of targets alone: what
 * its machine is does not depend on the sites.
 */
export function watchersOf({ resources }: Pick<StackState, "resources">): readonly string[] {
  const below = (component: string) => {
    const roots = resources.filter(({ type }) => type.endsWith(component)).map(({ urn }) => urn);
    return resources
      .filter(({ parent, delete: old }) => roots.includes(parent) && !old)
      .map(({ urn }) => urn);
  };
  return [
    ...below("platform:Probers"),
    ...below("platform:Monitoring").filter((urn) => urn.endsWith("-targets")),
  ];
}

/** The stack of a farm that has its probers and its monitoring. */
export function stackOfWatchers(stack: string, settings: MoveScope["farm"]["settings"]): string {
  return requirePart(stack, settings).kind === "whole"
    ? stack
    : `${parseStackName(stack).farm}-${platformShard}`;
}

/**
 * Lets probers and monitoring ask the new address at once: until then they would record a healthy site as down.
 * @returns undefined, or why they still ask the old one and what to do
 */
export async function tellWatchers({ stack, farm, say }: MoveScope): Promise<string | undefined> {
  const { measurement, monitoring } = farm.settings;
  if (measurement === undefined && monitoring === undefined) return undefined;
  const own = stackOfWatchers(stack, farm.settings);
  try {
    const urns = watchersOf(await readState(own));
    if (urns.length === 0) return undefined;
    if (own !== stack) say(`on the stack ${own}`);
    await engineOf(own, "up", "--yes", "--skip-preview", ...urns.flatMap((urn) => ["--target", urn]));
    return undefined;
  } catch (error) {
    const [why] = messageOf(error).split("\n", 1);
    return `probers and monitoring still ask the old address, and record the site as down: ${why}; next: ./farm up -s ${own}`;
  }
}

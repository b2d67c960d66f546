import { FarmError, messageOf } from "../../lib/farm-error.ts";
import { showBerlin } from "../../model/berlin-time.ts";
import type { Farm } from "../../model/farm.ts";
import type { StorageFill } from "../../model/foresight/metrics.ts";
import { type PrivateFacts, type Unseen, wantsAttention } from "../../model/status/private-facts.ts";
import { Context } from "../doctor/context.ts";
import { readStorage, type Storage } from "../metrics/xo-sources.ts";
import { table } from "../output.ts";
import { readPrivateFacts } from "../status/private-facts.ts";

/** What is known beside the measurements. */
export interface AllFacts {
  /** By administration. */
  readonly sites: ReadonlyMap<string, PrivateFacts>;
  readonly storage: readonly StorageFill[];
  /** What is not seen of the storage; what is not seen of a site stands with the site. */
  readonly failures: readonly string[];
}

/** Asks Xen Orchestra and every machine, as for the provider's status page. */
export async function readAllFacts(
  farm: Farm,
  {
    stack,
    at,
    progress,
  }: { readonly stack: string; readonly at: Date; readonly progress: (line: string) => void },
): Promise<AllFacts> {
  const context = await Context.open({ stack, now: at, progress });
  try {
    const [sites, { fills, failures }] = await Promise.all([
      readPrivateFacts(context, farm),
      tryStorage(farm, context),
    ]);
    return { sites, storage: fills, failures };
  } finally {
    context.close();
  }
}

async function tryStorage(farm: Farm, context: Context): Promise<Storage> {
  try {
    return await readStorage(farm, { xo: context.xo(), admin: context.admin() });
  } catch (error) {
    const why = error instanceof FarmError ? error.parts.what : messageOf(error);
    return { fills: [], failures: [`storage: ${why}`] };
  }
}

/** Parts of a storage from which on it is marked. */
const fullFrom = 0.8;

/** The same for people; what somebody has to act on is marked. */
export function factsText({ sites, storage, failures }: AllFacts, at: Date): string {
  const rows = [...sites].map(([id, facts]) => [
    id,
    ...(Object.keys(texts) as (keyof PrivateFacts)[]).map((name) => cell(name, facts, at)),
  ]);
  const heading = ["administration", "last good backup", "certificate until", "release", "drift"];
  const fills = storage
    .toSorted((a, b) => b.used / b.size - a.used / a.size)
    .map(({ kind, name, pool, size, used }) => {
      const share = used / size;
      return [name, kind, pool ?? "–", `${share >= fullFrom ? "! " : ""}${Math.ceil(share * 100)} %`];
    });
  return [
    ...(rows.length === 0 ? [] : [table([heading, ...rows])]),
    ...(fills.length === 0 ? [] : ["", table([["storage", "kind", "pool", "full"], ...fills])]),
    ...failures.map((failure) => `✗ ${failure}`),
  ].join("\n");
}

function cell<Name extends keyof PrivateFacts>(name: Name, facts: PrivateFacts, at: Date): string {
  const fact = facts[name];
  const text = "unseen" in fact ? `not seen: ${fact.unseen}` : texts[name](fact as Seen<Name>);
  return wantsAttention[name](fact, at.getTime()) ? `! ${text}` : text;
}

type Seen<Name extends keyof PrivateFacts> = Exclude<PrivateFacts[Name], Unseen>;

const texts: { readonly [Name in keyof PrivateFacts]: (fact: Seen<Name>) => string } = {
  backup: ({ lastGood, ageHours }) =>
    lastGood === null ? "none" : `${showBerlin(new Date(lastGood))} (${Math.ceil(ageHours ?? 0)} h)`,
  certificate: ({ ends }) => showBerlin(new Date(ends)),
  version: ({ wanted, runs, detail }) => (runs ? wanted : `${wanted} does not run: ${detail}`),
  drift: ({ resources }) => (resources.length === 0 ? "none" : resources.join(", ")),
};

import { join, resolve } from "node:path";
import { farmFolder } from "../../lib/paths.ts";
import { parseStackName } from "../../model/shards.ts";
import type { State } from "../../model/status/current-state.ts";
import { type StatusFile, statusFiles } from "../../model/status/files.ts";
import { providerFiles, providerPageOf } from "../../model/status/provider-page.ts";
import { type StatusInput, statusPageOf } from "../../model/status/status-page.ts";
import type { StatusPageAudience } from "../../model/tenant-input.ts";
import { Context } from "../doctor/context.ts";
import type { EngineRun } from "../pulumi.ts";
import { statusPageKey } from "./page-key.ts";
import { readPrivateFacts } from "./private-facts.ts";
import { publishPages } from "./publish.ts";
import { readStatusInputs, type StatusSources } from "./status-inputs.ts";

/** Which pages, of what, and where. */
export interface PagesOrder {
  readonly stack: string;
  /** The instant that they are about. */
  readonly at: Date;
  /** Folder of the probers' logs. */
  readonly measurements: string;
  /** @default - status/<farm> in the farm's folder */
  readonly out?: string | undefined;
  /** Whether the provider's page is made as well. */
  readonly provider: boolean;
  /** File of the last look for drift. @default - where ./farm refresh keeps it */
  readonly drift?: string | undefined;
  /** How to run the engine. @default - in the checkout */
  readonly run?: EngineRun;
  readonly progress: (line: string) => void;
}

/** One administration in what the command says; the address of a customer's page is in nobody's log. */
interface MadePage {
  readonly id: string;
  readonly statusPage: StatusPageAudience;
  /** null where there is no page. */
  readonly state: State | null;
}

/** The pages that were made. */
export interface MadePages {
  /** RFC 3339. */
  readonly at: string;
  readonly out: string;
  /** Files of pages that are no more. */
  readonly gone: number;
  /** Logs that were changed. */
  readonly alarms: readonly string[];
  readonly administrations: readonly MadePage[];
}

/**
 * Makes the status pages of a farm, whichever of its stacks is named, and writes them.
 * @throws FarmError for measurements that cannot be read, and for a folder with somebody else's files
 */
export async function makeStatusPages(order: PagesOrder): Promise<MadePages> {
  const { stack, at, progress, run, measurements } = order;
  const context = await Context.open({ stack, now: at, progress, ...(run === undefined ? {} : { run }) });
  try {
    const farm = await context.whole();
    const folder = join(context.folder, "tenants");
    const { name, email } = farm.settings.provider;
    // Whichever shard is named: a customer's page has one address.
    const owner = parseStackName(stack).farm;
    const key = statusPageKey(owner, context.environment);
    const about = { at: at.getTime(), provider: { name, email }, key };
    const out = resolve(order.out ?? join(farmFolder, "status", owner));
    let sources: StatusSources = { inputs: [], alarms: [] };
    const outside = async (): Promise<readonly StatusFile[]> => {
      sources = await readStatusInputs(farm, { stack, at, measurements, folder });
      for (const alarm of sources.alarms) progress(`! ${alarm}`);
      return statusFiles(
        sources.inputs.flatMap((input) => statusPageOf(input) ?? []),
        about,
      );
    };
    const provider = async (): Promise<readonly StatusFile[]> => {
      const facts = await readPrivateFacts(context, farm, order.drift);
      const sites = sources.inputs.flatMap((input) => {
        const own = facts.get(input.tenant.id);
        return own === undefined ? [] : [{ input, facts: own }];
      });
      return providerFiles(providerPageOf({ stack: owner, alarms: sources.alarms, sites, ...about }));
    };
    const publication = { outside, ...(order.provider ? { provider } : {}), onWait: progress };
    const gone = await publishPages(out, publication);
    const { inputs, alarms } = sources;
    return { at: at.toISOString(), out, gone, alarms, administrations: inputs.map(madePage) };
  } finally {
    context.close();
  }
}

function madePage(input: StatusInput): MadePage {
  const { id, statusPage } = input.tenant;
  return { id, statusPage, state: statusPageOf(input)?.current.state ?? null };
}

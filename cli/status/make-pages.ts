import { join, resolve } from "node:path";
import { farmFolder } from "../../lib/paths.ts";
import type { State } from "../../model/status/current-state.ts";
import { type StatusFile, statusFiles, type statusFolders } from "../../model/status/files.ts";
import { providerFiles, providerPageOf } from "../../model/status/provider-page.ts";
import { type StatusInput, statusPageOf } from "../../model/status/status-page.ts";
import type { StatusPageAudience } from "../../model/tenant-input.ts";
import { Context } from "../doctor/context.ts";
import type { EngineRun } from "../pulumi.ts";
import { statusPageKey } from "./page-key.ts";
import { readPrivateFacts } from "./private-facts.ts";
import { readStatusInputs } from "./status-inputs.ts";
import { writePages } from "./write-pages.ts";

/** Which pages, of what, and where. */
export interface PagesOrder {
  readonly stack: string;
  /** The instant that they are about. */
  readonly at: Date;
  /** Folder of the probers' logs. */
  readonly measurements: string;
  /** @default - status/<stack> in the farm's folder */
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
 * Makes the status pages of a stack and writes them.
 * @throws FarmError for measurements that cannot be read, and for a folder with somebody else's files
 */
export async function makeStatusPages(order: PagesOrder): Promise<MadePages> {
  const { stack, at, progress, run, measurements } = order;
  const context = await Context.open({ stack, now: at, progress, ...(run === undefined ? {} : { run }) });
  try {
    const farm = await context.farm();
    const folder = join(context.folder, "tenants");
    const { inputs, alarms } = await readStatusInputs(farm, { stack, at, measurements, folder });
    for (const alarm of alarms) progress(`! ${alarm}`);
    const { name, email } = farm.settings.provider;
    const key = statusPageKey(stack, context.environment);
    const about = { at: at.getTime(), provider: { name, email }, key };
    const pages = inputs.flatMap((input) => statusPageOf(input) ?? []);
    const files: StatusFile[] = [...statusFiles(pages, about)];
    const folders: (keyof typeof statusFolders)[] = ["public", "customer"];
    if (order.provider) {
      const facts = await readPrivateFacts(context, farm, order.drift);
      const sites = inputs.flatMap((input) => {
        const own = facts.get(input.tenant.id);
        return own === undefined ? [] : [{ input, facts: own }];
      });
      files.push(...providerFiles(providerPageOf({ stack, alarms, sites, ...about })));
      folders.push("provider");
    }
    const out = resolve(order.out ?? join(farmFolder, "status", stack));
    const gone = writePages(out, files, folders);
    return { at: at.toISOString(), out, gone, alarms, administrations: inputs.map(madePage) };
  } finally {
    context.close();
  }
}

function madePage(input: StatusInput): MadePage {
  const { id, statusPage } = input.tenant;
  return { id, statusPage, state: statusPageOf(input)?.current.state ?? null };
}

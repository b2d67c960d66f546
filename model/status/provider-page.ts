import { monthOf } from "../berlin-time.ts";
import { budgetsOf } from "../foresight/budget.ts";
import { byDanger, type Danger, dangerOf } from "../foresight/danger.ts";
import type { AdministrationMonth } from "../sla/administration-month.ts";
import type { StatusPageAudience } from "../tenant-input.ts";
import type { CurrentState } from "./current-state.ts";
import type { StatusFile } from "./files.ts";
import { pageFolder, statusFolders } from "./files.ts";
import type { PrivateFacts } from "./private-facts.ts";
import { providerHtml } from "./provider-html.ts";
import { statusVersion } from "./status-json.ts";
import { type StatusInput, type StatusPage, sitePage } from "./status-page.ts";

/** One administration as its provider sees it. */
export interface ProviderRow {
  readonly id: string;
  readonly name: string;
  readonly domain: string;
  readonly audience: StatusPageAudience;
  /** Where its own page lies below the folder of the pages; null where it has none. */
  readonly page: string | null;
  readonly current: CurrentState;
  /** Verdict, danger and unmeasured time of the month that the page is about; null where it was not computed. */
  readonly month: Pick<AdministrationMonth["result"], "month" | "met" | "status" | "unknownSec"> | null;
  readonly danger: Danger;
  readonly facts: PrivateFacts;
}

/** All administrations, the most endangered first. */
export interface ProviderPage {
  readonly stack: string;
  readonly provider: StatusPage["provider"];
  readonly at: number;
  /** Logs that were changed: what they say from there on is not believed. */
  readonly alarms: readonly string[];
  readonly rows: readonly ProviderRow[];
}

/** What the provider's page follows from. */
export interface ProviderInput {
  readonly stack: string;
  readonly provider: StatusPage["provider"];
  readonly at: number;
  /** Logs that were changed. */
  readonly alarms: readonly string[];
  /** Of every administration, those without a page as well. */
  readonly sites: readonly { readonly input: StatusInput; readonly facts: PrivateFacts }[];
  /** The key of the customers' pages. */
  readonly key: string;
}

/** Makes the provider's page. */
export function providerPageOf({ sites, key, ...about }: ProviderInput): ProviderPage {
  const now = monthOf(new Date(about.at));
  const rows = sites.map(({ input, facts }): ProviderRow => {
    const { id, name, domain, contract, statusPage } = input.tenant;
    const month = input.months.find((each) => each.month === now);
    return {
      ...{ id, name, domain, audience: statusPage, facts },
      page: statusPage === "off" ? null : pageFolder({ id, audience: statusPage }, key),
      current: sitePage(input, "customer").current,
      month: month === undefined ? null : resultOf(month),
      // A month that nobody computed can be anything.
      danger:
        month === undefined
          ? { level: "undetermined", share: 0 }
          : dangerOf(month, budgetsOf(month, contract)),
    };
  });
  return { ...about, rows: byDanger(rows) };
}

/** Its files: a page in German, and the same for programs. */
export function providerFiles(page: ProviderPage): readonly StatusFile[] {
  const { stack, at, alarms, rows } = page;
  const document = {
    version: statusVersion,
    stack,
    at: new Date(at).toISOString(),
    alarms,
    administrations: rows,
  };
  return [
    { path: `${statusFolders.provider}/index.html`, text: providerHtml(page) },
    { path: `${statusFolders.provider}/status.json`, text: `${JSON.stringify(document, undefined, 2)}\n` },
  ];
}

function resultOf({ result: { month, met, status, unknownSec } }: AdministrationMonth): ProviderRow["month"] {
  return { month, met, status, unknownSec };
}

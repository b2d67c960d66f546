import type { AdministrationMonth } from "../sla/administration-month.ts";
import { endOfDay, startOfDay } from "../sla/calendar.ts";
import { intersection, type Spans } from "../sla/spans.ts";
import type { Tenant } from "../tenant.ts";
import type { StatusPageAudience } from "../tenant-input.ts";
import type { MaintenanceWindow } from "../window.ts";
import { type AnnouncedWindow, type CurrentState, currentState, type Presentation } from "./current-state.ts";
import { datesUntil, type StatusDay, statusDays } from "./days.ts";
import { type HistoryEntry, historyOf } from "./history.ts";
import { stretchesOf } from "./stretches.ts";

/** What a page has to know of an administration. */
export type StatusTenant = Pick<Tenant, "id" | "name" | "domain" | "contract" | "allrisnet" | "statusPage">;

/** What an administration's status page follows from. */
export interface StatusInput {
  readonly tenant: StatusTenant;
  /** The months that the shown days lie in. */
  readonly months: readonly AdministrationMonth[];
  /** Windows whose notice to this administration is proven. */
  readonly windows: readonly MaintenanceWindow[];
  /** The instant that the page is about; milliseconds since 1970. */
  readonly at: number;
  /** Who answers for the page. */
  readonly provider: { readonly name: string; readonly email: string };
}

/** All that a status page says: made of named fields one by one, so that nothing private comes along. */
export interface StatusPage {
  readonly id: string;
  readonly audience: Exclude<StatusPageAudience, "off">;
  readonly name: string;
  readonly domain: string;
  readonly provider: { readonly name: string; readonly email: string };
  readonly at: number;
  readonly current: CurrentState;
  readonly days: readonly StatusDay[];
  /** Open or to come, the next one first. */
  readonly windows: readonly AnnouncedWindow[];
  /** What was in the shown days, newest first. */
  readonly history: readonly HistoryEntry[];
}

/** Makes an administration's page; none where its file says so. */
export function statusPageOf(input: StatusInput): StatusPage | undefined {
  const { statusPage } = input.tenant;
  return statusPage === "off" ? undefined : sitePage(input, statusPage);
}

/** What the page for somebody says, whether that page is made or not. */
export function sitePage(input: StatusInput, audience: StatusPage["audience"]): StatusPage {
  const { tenant, months, at } = input;
  const covered = coveredOf(tenant.contract);
  const stretches = stretchesOf(months, at);
  const ahead = input.windows
    .filter((window) => window.end.getTime() > at)
    .map(({ id, kind, start, end, reason }): AnnouncedWindow => {
      return { id, kind, start: start.getTime(), end: end.getTime(), reason };
    })
    .sort((a, b) => a.start - b.start);
  const presentations = presentationsOf(tenant);
  return {
    id: tenant.id,
    audience,
    name: tenant.name,
    domain: tenant.domain,
    provider: { name: input.provider.name, email: input.provider.email },
    at,
    current: currentState({ months, covered, windows: ahead, presentations, at }),
    days: statusDays(stretches, covered, at),
    windows: ahead,
    history: historyOf({
      months,
      contract: covered,
      covered: intersection(covered, shownSpan(at)),
      presentations,
      at,
      // Why a decision was made is between the two parties of the contract.
      withReasons: audience === "customer",
    }),
  };
}

/** The time that a contract covers. */
export function coveredOf({ liveFrom, endsOn }: Pick<Tenant["contract"], "liveFrom" | "endsOn">): Spans {
  const end = endsOn === undefined ? Number.MAX_SAFE_INTEGER : endOfDay(endsOn);
  return [{ start: startOfDay(liveFrom), end }];
}

function shownSpan(at: number): Spans {
  return [{ start: startOfDay(datesUntil(at)[0] ?? ""), end: at }];
}

/** The presentations that a site has, by the names that they have there: what is switched off is neither up nor down. */
function presentationsOf({ allrisnet: { citizens, politicians } }: StatusTenant): readonly Presentation[] {
  return [
    ...(citizens.enabled ? [{ target: "citizens", label: "Bürgerinfo" }] : []),
    ...(politicians.enabled ? [{ target: "politicians", label: politicians.label }] : []),
  ];
}

import { dirname, join } from "node:path";
import { checkout } from "../../lib/paths.ts";
import { loadIncidents } from "../../loading/incidents.ts";
import type { Month } from "../../model/berlin-time.ts";
import type { Farm } from "../../model/farm.ts";
import { findTenant } from "../../model/find-tenant.ts";
import { decisionsOf, type IncidentFile } from "../../model/incidents/incident-file.ts";
import { timelineOf } from "../../model/measurement/timeline.ts";
import { announcedParts } from "../../model/notice.ts";
import type { AdministrationMonth } from "../../model/sla/administration-month.ts";
import { administrationMonth, rangeOf, reachOf, type WindowOfMonth } from "../../model/sla/months.ts";
import type { Span } from "../../model/sla/spans.ts";
import type { Tenant } from "../../model/tenant.ts";
import { concerned, type MaintenanceWindow } from "../../model/window.ts";
import { readViews } from "../measurements/read-views.ts";
import type { Output } from "../output.ts";
import { openFarm } from "../tenant/open-farm.ts";

/** Which months of which administrations. */
export interface MonthsScope {
  readonly stack: string;
  /** Folder with a folder for each prober's raw log. */
  readonly measurements: string;
  /** The instant of the computation: what lies after it is not looked at. */
  readonly at: Date;
  readonly month: Month;
  /** Ids. @default - all administrations of the stack */
  readonly tenants?: readonly string[];
  /** The farm, when it has been loaded already. @default - loaded by the stack's files */
  readonly farm?: Farm;
  /**
   * Folder of the tenant files; `incidents` lies beside it.
   * @default - "tenants" in the checkout
   */
  readonly folder?: string;
}

/** Administrations' months, and what is wrong with the logs that they were made of. */
export interface LoadedMonths {
  /** By the administrations' ids. */
  readonly months: readonly AdministrationMonth[];
  /** Logs that were changed: to be said loudly. */
  readonly alarms: readonly string[];
  /** The matters about these administrations, decided or not. */
  readonly incidents: readonly IncidentFile[];
}

const quiet: Output = { json: false, progress: () => {}, result: () => {} };

/**
 * Everything about a month of the administrations of a stack, from the probers' raw logs, the decisions in `incidents/`
 * and the windows in `maintenance/`.
 * @throws FarmError for measurements that cannot be read or an administration that is not there; FarmProblems for files
 */
export async function loadMonths(scope: MonthsScope): Promise<LoadedMonths> {
  const folder = scope.folder ?? join(checkout, "tenants");
  const farm = scope.farm ?? (await (await openFarm(scope.stack, folder, quiet)).load());
  const ids = farm.tenants.map(({ id }) => id);
  const tenants = scope.tenants?.map((id) => findTenant(farm.tenants, id)) ?? farm.tenants;
  const incidents = await loadIncidents(join(dirname(folder), "incidents"), ids);
  const decisions = decisionsOf(incidents);
  const { views, heads, alarms } = readViews(
    scope.measurements,
    provenBy(rangeOf(scope.month), reachOf(scope.month, scope.at.getTime())),
  );
  const months = tenants.map((tenant) =>
    administrationMonth({
      tenant: factsOf(tenant),
      liveFrom: tenant.contract.liveFrom,
      ...(tenant.contract.endsOn !== undefined && { endsOn: tenant.contract.endsOn }),
      month: scope.month,
      at: scope.at.getTime(),
      timeline: timelineOf(views, tenant.id),
      decisions: decisions.filter((decision) => decision.tenant === tenant.id),
      windows: farm.windows
        .filter((window) => concerned(window, tenant, scope.at))
        .flatMap((window) => windowFor(window, tenant)),
      logs: heads,
    }),
  );
  return {
    months,
    alarms,
    incidents: incidents.filter((each) => tenants.some(({ id }) => id === each.tenant)),
  };
}

/** Milliseconds after an instant in which a prober's next sign of life proves what was before it. */
const untilProven = 120_000;

/**
 * What was written later is no input: else the same month would have another checksum every day. The lines of the two
 * minutes after the instant are read because they alone prove its last minute; what they say of their own time is not
 * looked at.
 */
function provenBy({ start, end }: Span, at: number): Span {
  return { start, end: Math.min(end, at + untilProven) };
}

/** What a report says of an administration. */
export function factsOf({ id, name, kind, domain, contract }: Tenant): AdministrationMonth["tenant"] {
  return { id, name, kind, domain, customer: contract.customer, contractNumber: contract.number };
}

/** A window as it concerns one administration: only a proven notice to itself makes a part of it announced. */
function windowFor(window: MaintenanceWindow, tenant: Tenant): readonly WindowOfMonth[] {
  const { id, kind, reason } = window;
  return announcedParts(window, tenant).map(({ start, end, sentAt }) => ({
    id,
    span: { start: start.getTime(), end: end.getTime() },
    kind,
    reason,
    ...(sentAt !== undefined && { announcedAt: sentAt.getTime() }),
  }));
}

import type { Month } from "../berlin-time.ts";
import { calendarOf } from "../sla/calendar.ts";
import type { Tenant } from "../tenant.ts";
import { dayOf } from "../termination.ts";

/**
 * A sentence about the last month that is owed, while its report is not final: without the tenant file there will be no
 * final one. Undefined from when it is, and where nothing was ever owed.
 */
export function tellOpenReport(
  { contract: { liveFrom, endsOn } }: Pick<Tenant, "contract">,
  now: Date,
): string | undefined {
  if (endsOn === undefined || endsOn < liveFrom) return undefined;
  const month = endsOn.slice(0, 7) as Month;
  const finalAt = new Date(calendarOf(month).finalAt);
  if (now >= finalAt) return undefined;
  return `the report of ${month} is final from ${dayOf(finalAt)} on, and there will be none when the file is gone`;
}

import { messageOf } from "../../lib/farm-error.ts";
import type { Meeting } from "../../model/announcement/calendar.ts";
import type { Stretch } from "../../model/quota.ts";
import type { Tenant } from "../../model/tenant.ts";
import { type Route, visitPage } from "../visit.ts";

/** What a site's calendar says about a stretch of time, or why nobody knows. */
export type CalendarLook =
  | { readonly read: true; readonly meetings: readonly Meeting[] }
  | { readonly read: false; readonly why: string };

/** How many sites are asked at a time. */
const atOnce = 8;

/** Asks each site's own iCal calendar for its meetings in a stretch of time. */
export async function lookAtCalendars(
  tenants: readonly Tenant[],
  stretch: Stretch,
  route: Route,
): Promise<ReadonlyMap<string, CalendarLook>> {
  const looks = new Map<string, CalendarLook>();
  const waiting = [...tenants];
  const worker = async (): Promise<void> => {
    for (let tenant = waiting.shift(); tenant !== undefined; tenant = waiting.shift()) {
      looks.set(tenant.id, await lookAtCalendar(tenant, stretch, route));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return looks;
}

async function lookAtCalendar(tenant: Tenant, stretch: Stretch, route: Route): Promise<CalendarLook> {
  const { citizens } = tenant.allrisnet;
  if (!citizens.enabled || !citizens.modules.calendar || !citizens.feeds.ical)
    return { read: false, why: "the site offers no calendar (citizens.feeds.ical)" };
  // ALLRIS net 4 has its subscription there.
  const url = `https://${tenant.domain}${citizens.basePath}/ics/SiKalAbo.ics`;
  try {
    // Brought when it is needed: every command would load the reader of calendars.
    const { isCalendar, meetingsIn } = await import("../../model/announcement/calendar.ts");
    const { status, body } = await visitPage(url, route);
    if (status !== 200) return { read: false, why: `${url} answers ${status}` };
    if (!isCalendar(body)) return { read: false, why: `${url} is no calendar` };
    return { read: true, meetings: meetingsIn(body, stretch) };
  } catch (error) {
    return { read: false, why: `${url}: ${messageOf(error).split("\n", 1).join("")}` };
  }
}

import { type EventInstance, expandRecurringEvent, sync } from "node-ical";
import { instantOf } from "../berlin-time.ts";
import type { Stretch } from "../quota.ts";

/** A meeting in a site's calendar. */
export interface Meeting extends Stretch {
  /** As a rule the committee's name. */
  readonly title: string;
}

const hour = 3_600_000;

/** How long a meeting lasts whose end nobody wrote down, in milliseconds. */
const usual = 3 * hour;

/** Whether a text is an iCal calendar (RFC 5545), and not a page about something else. */
export function isCalendar(text: string): boolean {
  return /^\uFEFF?BEGIN:VCALENDAR\r?\n[\s\S]*\nEND:VCALENDAR\s*$/.test(text);
}

/**
 * The meetings of an iCal calendar that lie at least partly in a stretch of time, by their start. Meetings that were
 * called off are none.
 */
export function meetingsIn(calendar: string, { start, end }: Stretch): readonly Meeting[] {
  const found: Meeting[] = [];
  // One without an end may have begun before, and a day without a time is given as one of this machine's zone.
  const around = 30 * hour;
  const range = {
    from: new Date(start.getTime() - around),
    to: new Date(end.getTime() + around),
    expandOngoing: true,
  };
  for (const entry of Object.values(sync.parseICS(inBerlin(calendar)))) {
    if (entry?.type !== "VEVENT") continue;
    for (const instance of expandRecurringEvent(entry, range)) {
      const meeting = meetingOf(instance);
      const stands = instance.event.status !== "CANCELLED";
      if (stands && meeting.start < end && start < meeting.end) found.push(meeting);
    }
  }
  return found.sort((a, b) => a.start.getTime() - b.start.getTime() || (a.title < b.title ? -1 : 1));
}

function meetingOf({ start, end, summary, isFullDay }: EventInstance): Meeting {
  const title = typeof summary === "string" ? summary : String(summary?.val ?? "");
  if (isFullDay) return { title, start: midnight(start), end: midnight(end) };
  const length = end.getTime() - start.getTime();
  return {
    title,
    start: new Date(start),
    end: new Date(start.getTime() + (length > 0 ? length : usual)),
  };
}

/**
 * The calendar with its floating times, which name no zone (RFC 5545, 3.3.5), as times of Berlin: the parser takes them
 * for this machine's. The rules of a zone, which are floating always, stay.
 */
function inBerlin(calendar: string): string {
  const lines = calendar.replaceAll(/\r?\n[ \t]/g, "").split(/\r?\n/);
  let zone = false;
  return lines
    .map((line) => {
      if (/^BEGIN:VTIMEZONE/i.test(line)) zone = true;
      if (/^END:VTIMEZONE/i.test(line)) zone = false;
      return zone ? line : line.replace(floating, "$1;TZID=Europe/Berlin$2:");
    })
    .join("\r\n");
}

const floating =
  /^(DTSTART|DTEND|RECURRENCE-ID|EXDATE|RDATE)((?:;(?!TZID=)[^:;]*)*):(?=\d{8}T\d{6}(?:,\d{8}T\d{6})*$)/i;

/** A day without a time is one in Berlin; the parser gives it as one of this machine. */
function midnight(day: Date): Date {
  const [year, month] = [day.getFullYear(), day.getMonth() + 1];
  return instantOf({ year, month, day: day.getDate(), hour: 0, minute: 0, second: 0 });
}

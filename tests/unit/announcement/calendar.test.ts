import { expect, test } from "vitest";
import { checkout } from "../../../lib/paths.ts";
import { tryRun } from "../../../lib/run.ts";
import { isCalendar, meetingsIn } from "../../../model/announcement/calendar.ts";

const window = { start: new Date("2026-12-08T19:00:00Z"), end: new Date("2026-12-08T21:00:00Z") };

function calendar(...events: readonly (readonly string[])[]): string {
  const lines = events.flatMap((event, at) => ["BEGIN:VEVENT", `UID:${at}`, ...event, "END:VEVENT"]);
  return ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//DE", ...lines, "END:VCALENDAR", ""].join("\r\n");
}

const found = (...event: readonly string[]) =>
  meetingsIn(calendar(["SUMMARY:Rat", ...event]), window).map(
    ({ title, start, end }) => `${title} ${start.toISOString()} ${end.toISOString()}`,
  );

test.each([
  // It touches the window before and after: an end is no part of what it ends.
  [["DTSTART:20261208T170000Z", "DTEND:20261208T190000Z"], false],
  [["DTSTART:20261208T170000Z", "DTEND:20261208T190001Z"], true],
  [["DTSTART:20261208T205959Z", "DTEND:20261208T230000Z"], true],
  [["DTSTART:20261208T210000Z", "DTEND:20261208T230000Z"], false],
  [["DTSTART:20261208T100000Z", "DTEND:20261209T100000Z"], true],
  // Berlin's time of day, in a zone that nobody defines in the file.
  [["DTSTART;TZID=Europe/Berlin:20261208T190000", "DTEND;TZID=Europe/Berlin:20261208T210000"], true],
  [["DTSTART;TZID=Europe/Berlin:20261208T180000", "DTEND;TZID=Europe/Berlin:20261208T200000"], false],
  // Without an end it lasts three hours.
  [["DTSTART:20261208T160001Z"], true],
  [["DTSTART:20261208T160000Z"], false],
  [["DTSTART:20261208T180000Z", "DURATION:PT90M"], true],
  // Each week, and this one but for one that was taken out.
  [["DTSTART:20261110T193000Z", "DTEND:20261110T203000Z", "RRULE:FREQ=WEEKLY"], true],
  [["DTSTART:20261110T193000Z", "DTEND:20261110T203000Z", "RRULE:FREQ=WEEKLY;COUNT=3"], false],
  [
    ["DTSTART:20261110T193000Z", "DTEND:20261110T203000Z", "RRULE:FREQ=WEEKLY", "EXDATE:20261208T193000Z"],
    false,
  ],
  [["DTSTART:20261208T193000Z", "DTEND:20261208T203000Z", "STATUS:CANCELLED"], false],
  [["DTSTART;VALUE=DATE:20261208"], true],
  [["DTSTART;VALUE=DATE:20261207"], false],
  [["DTSTART;VALUE=DATE:20261209"], false],
])("%j lies in the window: %s", (event, inside) => {
  expect(found(...event)).toHaveLength(inside ? 1 : 0);
});

const zones = ["UTC", "America/Los_Angeles", "Pacific/Auckland", "Europe/Berlin"];

test.each(zones)("times that name no zone are Berlin's on a machine in %s", async (zone) => {
  const weekly = ["DTSTART:20261013T190000", "DTEND:20261013T210000", "RRULE:FREQ=WEEKLY;COUNT=12"];
  const calendars = [
    calendar(["SUMMARY:Rat", "DTSTART:20261208T190000", "DTEND:20261208T210000"]),
    calendar(["SUMMARY:Rat", "DTSTART;X-A=b:20261208T203000", "DURATION:PT30M"]),
    // Through the end of summer time, at the same time of day.
    calendar(["SUMMARY:Rat", ...weekly]),
    calendar(["SUMMARY:Rat", ...weekly, "EXDATE:20261208T190000"]),
    calendar(["SUMMARY:Rat", "DTSTART:20261208T180000", "DTEND:20261208T200000"]),
  ];
  // A process of its own: the runtime may have looked at its zone already.
  const program = `import { meetingsIn } from "./model/announcement/calendar.ts";
    const window = { start: new Date("${window.start.toISOString()}"), end: new Date("${window.end.toISOString()}") };
    const calendars = ${JSON.stringify(calendars)};
    console.log(JSON.stringify(calendars.map((each) => meetingsIn(each, window).map(({ start, end }) => [start, end]))));`;
  const { code, stdout, stderr } = await tryRun(process.execPath, ["--input-type=module", "-e", program], {
    cwd: checkout,
    env: { TZ: zone },
  });
  expect(stderr).toBe("");
  expect(code).toBe(0);
  const evening = [["2026-12-08T18:00:00.000Z", "2026-12-08T20:00:00.000Z"]];
  const half = [["2026-12-08T19:30:00.000Z", "2026-12-08T20:00:00.000Z"]];
  expect(JSON.parse(stdout)).toEqual([evening, half, evening, [], []]);
});

test("a day without a time is one of Berlin, whatever zone the machine has", () => {
  const before = process.env["TZ"];
  try {
    for (const zone of zones) {
      process.env["TZ"] = zone;
      expect(found("DTSTART;VALUE=DATE:20261208")).toEqual([
        "Rat 2026-12-07T23:00:00.000Z 2026-12-08T23:00:00.000Z",
      ]);
    }
  } finally {
    if (before === undefined) delete process.env["TZ"];
    else process.env["TZ"] = before;
  }
});

test("titles come as people wrote them, meetings by their start", () => {
  const events = [
    ["DTSTART:20261208T200000Z", "DTEND:20261208T203000Z", "SUMMARY;LANGUAGE=de:Hauptausschuss"],
    ["DTSTART:20261208T190000Z", "DTEND:20261208T193000Z", "SUMMARY:Bau\\, Umwelt und", "  Verkehr"],
  ];
  expect(meetingsIn(calendar(...events), window).map(({ title }) => title)).toEqual([
    "Bau, Umwelt und Verkehr",
    "Hauptausschuss",
  ]);
});

test.each([
  [calendar(), true],
  ["<html>Anmeldung</html>", false],
  ["BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", false],
  ["", false],
])("what is a calendar: %j", (text, is) => {
  expect(isCalendar(text)).toBe(is);
});

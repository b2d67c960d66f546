import { describe, expect, test } from "vitest";
import { parseCase, type SlaCase } from "../../../../model/sla/case.ts";
import { evaluate } from "../../../../model/sla/month.ts";
import { type Readings, recommended, strict } from "../../../../model/sla/readings.ts";
import { computeMonth } from "../../../../model/sla/result.ts";

/** A case of November 2026 unless it says otherwise. */
function given(more: object): SlaCase {
  const parsed = parseCase(JSON.stringify({ id: "a", month: "2026-11", outages: [], ...more }));
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.value;
}

/** Minutes of service time 1 and 2 that count, or as many of what is asked for. */
function minutes(input: SlaCase, readings: Partial<Readings> = {}, of: "counted" | "scope" = "counted") {
  return evaluate(input, { ...recommended, ...readings })[of].map((milliseconds) => milliseconds / 60_000);
}

/** An outage in Berlin's winter: "03 09:00" and minutes. */
function outage(start: string, length: number): [string, string] {
  const from = new Date(`2026-11-${start.replace(" ", "T")}:00+01:00`);
  return [from.toISOString(), new Date(from.getTime() + length * 60_000).toISOString()];
}

const window = (from: string, length: number, announcedAt: string, more: object = {}) => ({
  window: outage(from, length),
  announcedAt,
  ...more,
});

describe("A1 to A15, each flipped", () => {
  const threeOnADay = given({ outages: ["03 09:00", "03 10:00", "03 11:00"].map((at) => outage(at, 4)) });
  // Two a day, and four in the week: only the week's limit is broken.
  const fourInAWeek = given({
    outages: ["03 09:00", "03 10:00", "04 09:00", "04 10:00"].map((at) => outage(at, 4)),
  });

  test("A1: all of a broken day count, or the third alone", () => {
    expect(minutes(threeOnADay)).toEqual([12, 0]);
    expect(minutes(threeOnADay, { brokenLimit: "beyond" })).toEqual([4, 0]);
  });

  test("A2: either limit, or both", () => {
    expect(minutes(fourInAWeek)).toEqual([16, 0]);
    expect(minutes(fourInAWeek, { limits: "both" })).toEqual([0, 0]);
  });

  test("A3: the excess above the quota, or all planned time", () => {
    const above = given({
      outages: [outage("17 13:00", 180)],
      planned: [window("17 13:00", 180, "2026-11-10T13:00:00+01:00")],
    });
    expect(minutes(above)).toEqual([60, 0]);
    expect(minutes(above, { aboveQuota: "all" })).toEqual([180, 0]);
  });

  test("A4: excused time stays in the denominator, or leaves it", () => {
    const excused = given({
      outages: [outage("03 08:00", 600), outage("04 08:00", 390)],
      excluded: [{ interval: outage("03 08:00", 600), reason: "force majeure", approvedBy: ["a", "b"] }],
    });
    // 390 of 19,800 minutes are under 2 %, 390 of 19,200 are above.
    expect(evaluate(excused, recommended).met).toEqual([true, true]);
    expect(evaluate(excused, { ...recommended, denominator: "without-excluded" }).met).toEqual([false, true]);
  });

  test("A5: wall clock, hours until receipt, dates", () => {
    // Across the end of summer time, seven days are 169 hours.
    const october = (announcedAt: string, receivedAt: string) =>
      given({
        month: "2026-10",
        outages: [["2026-10-27T13:00:00+01:00", "2026-10-27T14:00:00+01:00"]],
        planned: [
          { window: ["2026-10-27T13:00:00+01:00", "2026-10-27T14:00:00+01:00"], announcedAt, receivedAt },
        ],
      });
    const onTime = october("2026-10-20T13:00:00+02:00", "2026-10-20T14:00:01+02:00");
    expect(minutes(onTime)).toEqual([0, 0]);
    expect(minutes(onTime, { notice: "hours-to-receipt" })).toEqual([60, 0]);
    expect(minutes(october("2026-10-20T14:00:00+02:00", "2026-10-20T14:00:00+02:00"))).toEqual([60, 0]);
    const late = october("2026-10-20T23:59:00+02:00", "2026-10-20T23:59:00+02:00");
    expect(minutes(late)).toEqual([60, 0]);
    expect(minutes(late, { notice: "dates" })).toEqual([0, 0]);
  });

  test("A6: the rest after force majeure is short, or its whole outage decides", () => {
    const rest = given({ outages: [outage("03 09:00", 20)], excluded: [outage("03 09:00", 16)] });
    expect(minutes(rest)).toEqual([0, 0]);
    expect(minutes(rest, { shortBy: "gross" })).toEqual([4, 0]);
  });

  test("A7: a window overrun by three minutes counts, or is short", () => {
    const overrun = given({
      outages: [outage("17 22:00", 63)],
      planned: [window("17 22:00", 60, "2026-11-01T09:00:00+01:00")],
    });
    expect(minutes(overrun)).toEqual([0, 3]);
    expect(minutes(overrun, { overrun: "short" })).toEqual([0, 0]);
  });

  test("A8: ISO week over the month's end, cut there, or any seven days", () => {
    // Monday the 30th with two, Tuesday the 1st of December with two.
    const overTheEnd = given({
      outages: [
        outage("30 09:00", 4),
        outage("30 10:00", 4),
        outage("31 09:00", 4),
        outage("31 10:00", 4),
      ].map(([start, end]) => [start.replace("11-31", "12-01"), end.replace("11-31", "12-01")]),
    });
    expect(minutes(overTheEnd)).toEqual([8, 0]);
    expect(minutes(overTheEnd, { week: "iso-cut" })).toEqual([0, 0]);
    // Friday to Tuesday: two ISO weeks with two each, four in five days.
    const overSunday = given({
      outages: ["06 09:00", "07 09:00", "09 09:00", "10 09:00"].map((at) => outage(at, 4)),
    });
    expect(minutes(overSunday)).toEqual([0, 0]);
    expect(minutes(overSunday, { week: "rolling" })).toEqual([16, 0]);
  });

  test("A9: answers of 45 seconds between two outages are bridged and never count, of 60 are not", () => {
    const flaps = (gap: number) => {
      const [start, end] = outage("03 09:00", 4);
      const again = new Date(Date.parse(end) + gap * 1000);
      return given({
        outages: [
          [start, end],
          [again.toISOString(), new Date(again.getTime() + 240_000).toISOString()],
        ],
      });
    };
    expect(minutes(flaps(45))).toEqual([8, 0]);
    expect(minutes(flaps(60))).toEqual([0, 0]);
    expect(minutes(flaps(60), { flappingSec: 300 })).toEqual([8, 0]);
  });

  test("A10: the data centre's edge decides, or what was measured outside as well", () => {
    const seenOutside = given({ outside: [outage("03 09:00", 30)] });
    expect(minutes(seenOutside)).toEqual([0, 0]);
    expect(minutes(seenOutside, { measuringPoint: "edge-and-outside" })).toEqual([30, 0]);
  });

  test("A11: one presentation down is an outage, or none", () => {
    const one = given({ outages: [outage("03 09:00", 30)], partial: [outage("03 09:00", 20)] });
    expect(minutes(one)).toEqual([30, 0]);
    expect(minutes(one, { partialOutage: "no-outage" })).toEqual([10, 0]);
  });

  test("A12: weighted by time, or the days' mean where a day is shorter", () => {
    // The night of the change in March has 720 minutes instead of 780: a whole one weighs more in a mean of days.
    const nights = given({
      month: "2026-03",
      outages: [
        ["2026-03-29T00:00:00+01:00", "2026-03-29T07:00:00+02:00"],
        ["2026-03-29T18:00:00+02:00", "2026-03-30T00:00:00+02:00"],
        ["2026-03-10T00:00:00+01:00", "2026-03-10T07:00:00+01:00"],
        ["2026-03-10T18:00:00+01:00", "2026-03-11T00:00:00+01:00"],
        ["2026-03-12T18:00:00+01:00", "2026-03-12T22:00:00+01:00"],
      ],
    });
    const weighted = evaluate(nights, recommended).availability[1] ?? 0;
    const daily = evaluate(nights, { ...recommended, mean: "worse-of-daily" }).availability[1] ?? 0;
    expect(weighted).toBe(Math.floor((1 - (720 + 780 + 240) / 24_120) * 1e6) / 1e6);
    expect(daily).toBe(Math.floor((1 - (1 + 1 + 240 / 780) / 31) * 1e6) / 1e6);
    expect(daily).toBeLessThan(weighted);
  });

  test("A13: a contract from the 16th: half the scope, the whole quota or half of it", () => {
    const half = given({
      liveFrom: "2026-11-16",
      outages: [outage("03 09:00", 60), outage("24 13:00", 90)],
      planned: [window("24 13:00", 90, "2026-11-10T13:00:00+01:00")],
    });
    expect(minutes(half, {}, "scope")).toEqual([15 * 660, 15 * 780]);
    expect(minutes(half)).toEqual([0, 0]);
    expect(minutes(half, { partialMonthQuota: "pro-rated" })).toEqual([30, 0]);
  });

  test("A14: what one prober alone had no answer to was reachable, or down", () => {
    const disputed = given({ outages: [outage("03 09:00", 10)], disputed: [outage("03 09:10", 20)] });
    expect(minutes(disputed)).toEqual([10, 0]);
    expect(minutes(disputed, { probersDisagree: "down" })).toEqual([30, 0]);
  });

  test("A15: a certificate that is no good shows, or is an outage, also where one presentation alone is none", () => {
    const expired = given({
      ...{ outages: [outage("03 09:00", 10)], tls: [outage("03 09:05", 25)] },
      partial: [outage("03 09:00", 10)],
    });
    expect(minutes(expired)).toEqual([10, 0]);
    expect(minutes(expired, { tls: "decides" })).toEqual([30, 0]);
    expect(minutes(expired, { tls: "decides", partialOutage: "no-outage" })).toEqual([25, 0]);
    expect(minutes(expired, strict)).toEqual([30, 0]);
  });
});

describe("the calendar", () => {
  test("both nights in which the clock changes lie in service time 2", () => {
    expect(minutes(given({ month: "2026-03" }), {}, "scope")).toEqual([20_460, 24_120]);
    expect(minutes(given({ month: "2026-10" }), {}, "scope")).toEqual([20_460, 24_240]);
  });

  test("an outage of such a whole night counts the hours that it had", () => {
    const night = (from: string, to: string) => given({ month: from.slice(0, 7), outages: [[from, to]] });
    const march = night("2026-03-28T18:00:00+01:00", "2026-03-29T07:00:00+02:00");
    const october = night("2026-10-24T18:00:00+02:00", "2026-10-25T07:00:00+01:00");
    expect(minutes(march)).toEqual([0, 12 * 60]);
    expect(minutes(october)).toEqual([0, 14 * 60]);
  });

  test("a leap year's February has 29 days", () => {
    expect(minutes(given({ month: "2028-02" }), {}, "scope")).toEqual([19_140, 22_620]);
  });

  test("the third of a day counts all three, the second none; the fourth of a week all four", () => {
    const day = (many: number) =>
      given({ outages: ["09", "10", "11"].slice(0, many).map((at) => outage(`03 ${at}:00`, 4)) });
    expect(minutes(day(2))).toEqual([0, 0]);
    expect(minutes(day(3))).toEqual([12, 0]);
    const week = (many: number) =>
      given({ outages: ["02", "04", "06", "08"].slice(0, many).map((at) => outage(`${at} 09:00`, 4)) });
    expect(minutes(week(3))).toEqual([0, 0]);
    expect(minutes(week(4))).toEqual([16, 0]);
  });

  test("299.999 seconds are short, 300 are not", () => {
    const of = (milliseconds: number) =>
      given({
        outages: [
          ["2026-11-03T09:00:00Z", new Date(Date.parse("2026-11-03T09:00:00Z") + milliseconds).toISOString()],
        ],
      });
    expect(minutes(of(299_999))).toEqual([0, 0]);
    expect(minutes(of(300_000))).toEqual([5, 0]);
  });
});

/** Every month here is final then. */
const at = new Date("2027-01-01T00:00:00Z");

describe("what was not measured", () => {
  test("is neither up nor down: the verdict is undetermined where it depends on it", () => {
    const within = computeMonth(given({ unknown: [outage("03 08:00", 396)] }), at);
    expect(within).toMatchObject({ unknownSec: [23_760, 0], countedSec: [0, 0], met: [true, true] });
    const across = computeMonth(given({ unknown: [outage("03 08:00", 397)] }), at);
    expect(across).toMatchObject({ met: ["undetermined", true], unknownAsDown: { countedSec: [23_820, 0] } });
  });

  test("never makes a month better", () => {
    const down = [outage("03 08:00", 500)];
    const measured = computeMonth(given({ outages: down }), at);
    const unmeasured = computeMonth(given({ outages: down, unknown: [outage("03 08:00", 600)] }), at);
    expect(measured.met).toEqual([false, true]);
    expect(unmeasured.met).toEqual([false, true]);
  });
});

test("with a gap taken as down a month never comes to less, though it joins short outages to one", () => {
  const short = (sec: number, length: number) => {
    const start = Date.parse("2026-11-03T09:00:00+01:00") + sec * 1000;
    return [new Date(start).toISOString(), new Date(start + length * 1000).toISOString()] as const;
  };
  const gap = given({ outages: [short(0, 60), short(120, 60), short(3600, 60)], unknown: [short(60, 60)] });
  const { countedSec, availability, met, unknownAsDown } = computeMonth(gap, at);
  expect([countedSec, met]).toEqual([
    [180, 0],
    [true, true],
  ]);
  expect(unknownAsDown).toEqual({ countedSec, availability });
});

test("the strict reading never comes to less than the one that decides, though joined short outages may be fewer", () => {
  const threeInFiveMinutes = given({
    outages: [0, 120, 240].map((sec) => {
      const start = Date.parse("2026-11-03T09:00:00+01:00") + sec * 1000;
      return [new Date(start).toISOString(), new Date(start + 30_000).toISOString()];
    }),
  });
  expect(minutes(threeInFiveMinutes)).toEqual([1.5, 0]);
  expect(minutes(threeInFiveMinutes, strict)).toEqual([0, 0]);
  const { countedSec, availability, strict: harder } = computeMonth(threeInFiveMinutes, at);
  expect([harder.countedSec, harder.availability]).toEqual([countedSec, availability]);
  // The same for time that nobody measured.
  const { outages } = threeInFiveMinutes;
  const around = computeMonth({ ...threeInFiveMinutes, unknown: [{ start: 0, end: 1 }], outages }, at);
  expect(around.strict.unknownAsDown).toEqual(around.unknownAsDown);
});

test("a verdict that the strict reading does not share is flagged", () => {
  const above = given({
    outages: [outage("17 08:00", 500)],
    planned: [window("17 08:00", 500, "2026-11-01T08:00:00+01:00")],
  });
  const result = computeMonth(above, new Date("2027-01-01T00:00:00Z"));
  expect(result.met).toEqual([true, true]);
  expect(result.strict.met).toEqual([false, true]);
  expect(result.readingsDiffer).toBe(true);
  expect(Object.keys(strict)).toEqual(Object.keys(recommended));
});

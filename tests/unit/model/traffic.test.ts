import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TrafficSettings } from "../../../model/settings.ts";
import { type MonthInput, type TrafficMonth, trafficMonth, unitBytes } from "../../../model/traffic.ts";
import { addDays, berlinDay } from "../../../model/traffic-calendar.ts";
import {
  clientClasses,
  type EdgeDay,
  type MachineDay,
  machineDaySchema,
  presentations,
  totalOf,
} from "../../../model/traffic-day.ts";
import { count, day, flat, month, sums, usual } from "./traffic-days.ts";

describe("a month", () => {
  it("counts all presentations and classes together, without probes", () => {
    const counts = Object.fromEntries(
      presentations.map((name, i) => [
        name,
        Object.fromEntries(
          clientClasses.map((kind, j) => [kind, { requests: 1, sent: 10 ** (i * 4 + j), received: 1 }]),
        ),
      ]),
    ) as MachineDay["counts"];
    const machine = [sums(day("2026-11-05"), 0, { counts })];
    expect(count({ machine })).toMatchObject({
      bytes: 111_111_111_111,
      byPresentation: { citizens: 1111, politicians: 11_110_000, other: 111_100_000_000 },
      byClass: {
        people: 100_010_001,
        robots: 1_000_100_010,
        clients: 10_001_000_100,
        other: 100_010_001_000,
      },
    });
    const both = count({ machine, settings: { unit: "GB", direction: "both" } });
    expect(both.bytes).toBe(111_111_111_111 + 12);
  });

  it("knows unknown days from days without visitors", () => {
    const machine = [
      sums(day("2026-11-01"), 5),
      sums(day("2026-11-02"), 0),
      sums(day("2026-11-03"), 7, { complete: false }),
    ];
    const counted = count({ machine, now: new Date("2026-11-05T12:00:00Z") });
    expect(counted.days.map(({ bytes }) => bytes)).toEqual([5, 0, 7, null, null]);
    expect(counted.unknownDays).toEqual(["2026-11-03", "2026-11-04"]);
    expect(counted.bytes).toBe(12);
  });

  it("is clipped to the contract, and the included bytes are not", () => {
    const machine = flat("2026-10-01", "2026-12-31", 1_000_000_000);
    const clipped = count({ machine, contract: { liveFrom: day("2026-11-11"), endsOn: day("2026-11-23") } });
    expect(clipped).toMatchObject({ bytes: 13_000_000_000, included: 10_000_000_000, share: 1.3 });
    expect(clipped.days.at(0)?.day).toBe("2026-11-11");
    expect(clipped.days.at(-1)?.day).toBe("2026-11-23");
    expect(count({ machine, contract: { liveFrom: day("2026-12-01") } })).toMatchObject({
      bytes: 0,
      days: [],
    });
    expect(
      count({ machine, contract: { liveFrom: day("2026-01-01"), endsOn: day("2026-10-31") } }).days,
    ).toEqual([]);
  });

  it("tells what exceeds in begun units, without a price", () => {
    const over = (bytes: number, settings: TrafficSettings = usual) =>
      count({ machine: [sums(day("2026-11-05"), bytes)], settings }).overage;
    expect(over(10_000_000_000)).toEqual({ bytes: 0, units: 0, price: null });
    expect(over(10_000_000_001)).toEqual({ bytes: 1, units: 1, price: null });
    expect(over(11_000_000_000).units).toBe(1);
    expect(over(11_000_000_001).units).toBe(2);
    const gib = { unit: "GiB", direction: "out" } as const;
    expect(over(10 * unitBytes.GiB, gib).units).toBe(0);
    expect(over(11 * unitBytes.GiB + 1, gib).units).toBe(2);
    expect(over(1_000_001, { ...usual, included: 1_000_000 })).toEqual({ bytes: 1, units: 1, price: null });
  });

  it("names the paths with the most bytes", () => {
    const paths = (from: number) =>
      Object.fromEntries(
        Array.from({ length: 15 }, (_, i) => [`/p${from + i}`, { requests: 2, sent: from + i, received: 0 }]),
      );
    const machine = [
      sums(day("2026-11-05"), 1, { paths: paths(0) }),
      sums(day("2026-11-06"), 1, { paths: paths(10) }),
    ];
    const { topPaths } = count({ machine });
    expect(topPaths).toHaveLength(10);
    expect(topPaths[0]).toEqual({ path: "/p14", bytes: 28, requests: 4 });
    expect(topPaths[3]).toEqual({ path: "/p24", bytes: 24, requests: 2 });
  });

  it("names those of the citizens' presentation apart, which are all that may be told outside", () => {
    const site = {
      citizens: { enabled: true, basePath: "/public" },
      politicians: { basePath: "/public/intern" },
    };
    const hidden = [
      "/public/intern/doc/Personalsache.pdf",
      "/public//intern/doc/Personalsache.pdf",
      "/public/%69ntern/doc/Personalsache.pdf",
      "/public%2Fintern%2Fdoc",
      "/public/./intern/doc",
      "/public/x/../intern/doc",
      "/public/x/%2e%2e/intern/doc",
      "/public/%E0%A4%A",
      "/publicity",
      "/intern/doc",
      "/",
      "",
    ];
    const open = ["/public", "/public/vo020", "/public/doc/M%C3%BCll.pdf", "/public/internes.pdf"];
    const paths = (names: readonly string[]) =>
      Object.fromEntries(names.map((name, i) => [name, { requests: 1, sent: 100 + i, received: 0 }]));
    const machine = [sums(day("2026-11-05"), 1, { paths: paths([...open, ...hidden]) })];
    const told = (differs: Partial<MonthInput>) =>
      count({ machine, site, ...differs }).publicPaths.map(({ path }) => path);
    expect(told({})).toEqual(open.toReversed());
    expect(count({ machine }).publicPaths).toEqual([]);
    expect(told({ site: { ...site, citizens: { ...site.citizens, enabled: false } } })).toEqual([]);
    const many = Array.from({ length: 30 }, (_, i) => `/public/intern/${i}`);
    const crowd = [sums(day("2026-11-05"), 1, { paths: paths([...open, ...many]) })];
    expect(told({ machine: crowd })).toEqual(open.toReversed());
  });
});

describe("where the edge counts", () => {
  const edge: EdgeDay[] = [
    { day: day("2026-11-05"), complete: true, requests: 3, sent: 5000 },
    { day: day("2026-11-06"), complete: true, requests: 3, sent: 6000 },
  ];
  const machine = [sums(day("2026-11-05"), 4000), sums(day("2026-11-07"), 100)];

  it("its bytes are the site's, and the machine's only tell the parts", () => {
    const counted = count({ machine, edge, now: new Date("2026-11-08T12:00:00Z") });
    expect(counted.bytes).toBe(11_000);
    expect(counted.byPresentation.citizens).toBe(4100);
    expect(counted.unknownDays).toEqual([
      "2026-11-01",
      "2026-11-02",
      "2026-11-03",
      "2026-11-04",
      "2026-11-07",
    ]);
  });

  it("what came in is known where the machine knows it too", () => {
    const settings = { unit: "GB", direction: "both" } as const;
    const counted = count({ machine, edge, settings, now: new Date("2026-11-06T23:30:00Z") });
    expect(counted.bytes).toBe(5010);
    expect(counted.unknownDays).toContain("2026-11-06");
  });
});

describe("alerts", () => {
  const kinds = (traffic: TrafficMonth) =>
    traffic.alerts.map((alert) => (alert.kind === "share" ? alert.percent : alert.kind));

  it("comes at 80, 100 and 150 percent", () => {
    const at = (bytes: number) => kinds(count({ machine: [sums(day("2026-11-05"), bytes)] }));
    expect(at(7_999_999_999)).toEqual([]);
    expect(at(8_000_000_000)).toEqual([80]);
    expect(at(10_000_000_000)).toEqual([80, 100]);
    expect(at(15_000_000_000)).toEqual([80, 100, 150]);
  });

  it("forecasts linearly by the whole days, while five days are left", () => {
    const on = (now: string, sent = 400_000_000) =>
      count({
        machine: flat("2026-11-02", "2026-11-30", sent).filter(({ day: date }) => date < now.slice(0, 10)),
        now: new Date(now),
      });
    expect(on("2026-11-11T11:00:00Z")).toMatchObject({ bytes: 3_600_000_000, forecast: 12_000_000_000 });
    expect(kinds(on("2026-11-11T11:00:00Z"))).toEqual(["forecast"]);
    expect(kinds(on("2026-11-11T11:00:00Z", 300_000_000))).toEqual([]);
    expect(on("2026-11-25T22:59:59Z").forecast).toBe(12_000_000_000);
    expect(on("2026-11-25T23:00:00Z").forecast).toBeNull();
    expect(on("2026-11-01T11:00:00Z").forecast).toBeNull();
    expect(on("2026-12-01T11:00:00Z").forecast).toBeNull();
  });

  it("shows a day with more than 3 times the median of the 28 before it", () => {
    const spiky = (before: MachineDay[], bytes: number) =>
      kinds(count({ machine: [...before, sums(day("2026-11-05"), bytes)] }));
    const four = flat("2026-10-08", "2026-11-04", 100);
    expect(spiky(four, 300)).toEqual([]);
    expect(spiky(four, 301)).toEqual(["spike"]);
    expect(spiky(flat("2026-10-30", "2026-11-04", 100), 9999)).toEqual([]);
    expect(spiky(flat("2026-10-29", "2026-11-04", 100), 9999)).toEqual(["spike"]);
    // 14 days of 100 and 14 of 200: the median lies between.
    const uneven = four.map((sum, i) => (i % 2 === 0 ? sum : sums(sum.day, 200)));
    expect(spiky(uneven, 450)).toEqual([]);
    expect(spiky(uneven, 451)).toEqual(["spike"]);
  });
});

describe("properties", () => {
  const whole = fc.integer({ min: 0, max: 2_000_000_000 });
  const triple = fc.tuple(whole, whole, whole);
  const classes = fc.record({ people: triple, robots: triple, clients: triple, other: triple });
  const written = fc.record({
    day: fc.integer({ min: 0, max: 120 }).map((days) => addDays(day("2026-09-01"), days)),
    complete: fc.boolean(),
    counts: fc.record({ citizens: classes, politicians: classes, other: classes }),
    leftOut: triple,
    paths: fc.constant({}),
  });
  const inputs = fc.record({
    machine: fc.uniqueArray(written, { selector: (sum) => sum.day, maxLength: 100 }),
    month: fc.constantFrom(..."2026-09 2026-10 2026-11 2026-12".split(" ").map(month)),
    settings: fc.record({ unit: fc.constantFrom("GB", "GiB"), direction: fc.constantFrom("out", "both") }),
    now: fc.date({ min: new Date("2026-09-01"), max: new Date("2027-01-31"), noInvalidDate: true }),
    liveFrom: fc.integer({ min: 0, max: 120 }).map((days) => addDays(day("2026-09-01"), days)),
  });

  it("nothing is lost and nothing is counted twice, whatever the days are", () => {
    fc.assert(
      fc.property(inputs, ({ machine: raw, liveFrom, ...rest }) => {
        const machine = raw.map((sum) => machineDaySchema.parse(sum));
        const settings: TrafficSettings = rest.settings;
        const counted = trafficMonth({ ...rest, settings, machine, contract: { liveFrom } });
        const today = berlinDay(rest.now);
        const own = machine.filter(
          ({ day: date }) => date.startsWith(rest.month) && date >= liveFrom && date <= today,
        );
        const bytes = own
          .map(totalOf)
          .reduce(
            (sum, { sent, received }) => sum + sent + (settings.direction === "both" ? received : 0),
            0,
          );
        expect(counted.bytes).toBe(bytes);
        const add = (parts: Readonly<Record<string, number>>) =>
          Object.values(parts).reduce((a, b) => a + b, 0);
        expect(add(counted.byPresentation)).toBe(bytes);
        expect(add(counted.byClass)).toBe(bytes);
        const unit = unitBytes[settings.unit];
        expect(counted.overage.units * unit).toBeGreaterThanOrEqual(bytes - counted.included);
        expect((counted.overage.units - 1) * unit).toBeLessThan(Math.max(1, bytes - counted.included));
        expect(counted.days.filter((sum) => sum.bytes === null).map((sum) => sum.day)).toEqual(
          counted.days.map((sum) => sum.day).filter((date) => !own.some((sum) => sum.day === date)),
        );
        expect(counted.forecast ?? bytes).toBeGreaterThanOrEqual(bytes);
      }),
      { numRuns: 300 },
    );
  });

  it("two domains or presentations more or less are the same sum: only totals count", () => {
    fc.assert(
      fc.property(written, (raw) => {
        const parsed = machineDaySchema.parse(raw);
        const swapped = {
          ...parsed,
          counts: { ...parsed.counts, citizens: parsed.counts.other, other: parsed.counts.citizens },
        };
        const of = (sum: MachineDay) =>
          count({ month: month(sum.day.slice(0, 7)), now: new Date("2027-06-01"), machine: [sum] });
        expect(of(swapped).bytes).toBe(of(parsed).bytes);
        expect(of(swapped).overage).toEqual(of(parsed).overage);
      }),
    );
  });
});

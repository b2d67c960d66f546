import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  findSlotProblem,
  healthCheckDays,
  isHealthCheckDay,
  nextHealthCheck,
  planBackupSlots,
  type Slotted,
  slotsOf,
} from "../../../model/backup-slot.ts";
import { instantOf, wallClock } from "../../../model/berlin-time.ts";
import type { PlainDate } from "../../../model/plain-date.ts";

const night = { window: { from: "22:00", to: "05:00" }, slotMinutes: 10, concurrency: 4 };

function tenants(count: number, liveFrom = "2026-11-01"): readonly Slotted[] {
  return Array.from({ length: count }, (_, at) => ({ id: `stadt-${at}`, contract: { liveFrom } }));
}

const settings = fc.record({
  window: fc.record({
    from: fc.constantFrom("22:00", "20:30", "00:00"),
    to: fc.constantFrom("05:00", "01:45"),
  }),
  slotMinutes: fc.integer({ min: 5, max: 60 }),
  concurrency: fc.integer({ min: 1, max: 5 }),
});

const farm = fc.uniqueArray(
  fc.record({
    id: fc.stringMatching(/^[a-z][a-z0-9-]{2,20}$/),
    contract: fc.record({ liveFrom: fc.constantFrom("2026-01-01", "2026-07-01", "2027-01-01") }),
  }),
  { selector: ({ id }) => id, minLength: 1, maxLength: 60 },
);

describe("the starts of a night", () => {
  test("lie in the window, end in it, and leave out the hour in which the clock jumps", () => {
    const starts = slotsOf(night);
    expect(starts).toHaveLength(33);
    expect(starts.slice(0, 2)).toEqual(["22:00", "22:10"]);
    expect(starts.slice(23, 26)).toEqual(["01:50", "03:30", "03:40"]);
    expect(starts.at(-1)).toBe("04:50");
  });

  test("a window by day, one across midnight, one of a whole day", () => {
    expect(slotsOf({ ...night, window: { from: "10:00", to: "10:25" } })).toEqual(["10:00", "10:10"]);
    expect(slotsOf({ ...night, slotMinutes: 60, window: { from: "23:00", to: "02:00" } })).toEqual([
      "23:00",
      "00:00",
      "01:00",
    ]);
    expect(slotsOf({ ...night, slotMinutes: 60, window: { from: "12:00", to: "12:00" } })).toHaveLength(22);
  });

  test("each exists once in every night of the year, and so does the guest's half an hour before", () => {
    for (const [month, day] of [
      [3, 29],
      [10, 25],
    ] as const) {
      for (const slot of planBackupSlots(tenants(100), night).values()) {
        const instants = [slot.ready, slot.at].map((clock) => {
          const [hour = 0, minute = 0] = clock.split(":").map(Number);
          return instantOf({ year: 2026, month, day, hour, minute, second: 0 });
        });
        for (const [at, instant] of instants.entries()) {
          const { hour, minute } = wallClock(instant);
          const clock = `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
          expect(clock).toBe([slot.ready, slot.at][at]);
          // An hour later the clock shows another time: this one does not come twice.
          expect(wallClock(new Date(instant.getTime() + 3_600_000)).hour).not.toBe(hour);
        }
        const [ready, start] = instants.map((instant) => instant.getTime());
        if (slot.ready < slot.at) expect((start ?? 0) - (ready ?? 0)).toBe(30 * 60_000);
      }
    }
  });
});

describe("the slots of the administrations", () => {
  // Another table here means that an update moves every farm's backups: that needs a decision.
  test("the frozen table", () => {
    const ids = ["hohenbrueck", "amt-seenplatte-nord", "landkreis-auental"];
    const planned = planBackupSlots(
      ids.map((id) => ({ id, contract: { liveFrom: "2026-11-01" } })),
      night,
    );
    expect(ids.map((id) => [id, planned.get(id)])).toEqual([
      ["hohenbrueck", { at: "01:20", ready: "00:50", cron: "20 1 * * *" }],
      ["amt-seenplatte-nord", { at: "03:50", ready: "03:20", cron: "50 3 * * *" }],
      ["landkreis-auental", { at: "23:40", ready: "23:10", cron: "40 23 * * *" }],
    ]);
  });

  test("never more at once than set, a place for each that fits, and the order of files does not matter", () => {
    fc.assert(
      fc.property(farm, settings, fc.nat(), (all, given, seed) => {
        const planned = planBackupSlots(all, given);
        const places = slotsOf(given).length * given.concurrency;
        expect(planned.size).toBe(Math.min(all.length, places));
        expect(findSlotProblem(all.length, given) === undefined).toBe(planned.size === all.length);
        const counts = new Map<string, number>();
        for (const { at } of planned.values()) counts.set(at, (counts.get(at) ?? 0) + 1);
        for (const count of counts.values()) expect(count).toBeLessThanOrEqual(given.concurrency);
        const turned = [...all.slice(seed % all.length), ...all.slice(0, seed % all.length)].reverse();
        expect(planBackupSlots(turned, given)).toEqual(planned);
      }),
      { seed: 20261008, numRuns: 200 },
    );
  });

  test("one that joins moves nobody", () => {
    fc.assert(
      fc.property(farm, settings, (all, given) => {
        const planned = planBackupSlots(all, given);
        const grown = planBackupSlots(
          [...all, { id: "zuletzt", contract: { liveFrom: "2027-06-01" } }],
          given,
        );
        for (const [id, slot] of planned) expect(grown.get(id)).toEqual(slot);
      }),
      { seed: 20261009, numRuns: 100 },
    );
  });

  test("one that leaves moves only those that like its place better than theirs", () => {
    const all = tenants(100);
    const planned = planBackupSlots(all, night);
    const moved = all.map((gone) => {
      const left = planBackupSlots(
        all.filter(({ id }) => id !== gone.id),
        night,
      );
      return [...left].filter(([id, { at }]) => planned.get(id)?.at !== at).length;
    });
    expect(moved.reduce((sum, count) => sum + count, 0) / all.length).toBeLessThan(1.5);
  });

  test("the night is used from its beginning to its end", () => {
    const counts = new Map<string, number>();
    for (const { at } of planBackupSlots(tenants(66), night).values())
      counts.set(at, (counts.get(at) ?? 0) + 1);
    expect(counts.size).toBeGreaterThan(25);
  });
});

describe("health checks", () => {
  const date = (at: number): PlainDate =>
    new Date(Date.UTC(2026, 9, 1 + at)).toISOString().slice(0, 10) as PlainDate;

  test("each administration has one day of any thirty in a row", () => {
    for (const { id } of tenants(50)) {
      for (const from of [0, 13, 200]) {
        const days = Array.from({ length: healthCheckDays }, (_, at) => date(from + at));
        expect(days.filter((day) => isHealthCheckDay(id, day))).toHaveLength(1);
      }
    }
  });

  test("the next one is the first day that is one, today included", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 3 }), fc.integer({ min: 0, max: 4000 }), (id, at) => {
        const next = nextHealthCheck(id, date(at));
        expect(isHealthCheckDay(id, next)).toBe(true);
        const wait = Math.round((Date.parse(next) - Date.parse(date(at))) / 86_400_000);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThan(healthCheckDays);
      }),
      { seed: 20261010, numRuns: 200 },
    );
  });

  test("no day has all of them", () => {
    const counts = Array.from(
      { length: healthCheckDays },
      (_, at) => tenants(300).filter(({ id }) => isHealthCheckDay(id, date(at))).length,
    );
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(300);
    expect(Math.max(...counts)).toBeLessThan(25);
  });
});

import { describe, expect, test } from "vitest";
import { compareData, type DataState } from "../../../model/drill-data.ts";
import { type Probe, timelineOf } from "../../../model/drill-timeline.ts";

/** Visits every 200 ms from 0 on, each 50 ms long; those begun in the given spans fail. */
function visits(until: number, ...bad: readonly (readonly [number, number])[]): Probe[] {
  return Array.from({ length: until / 200 }, (_, at) => {
    const begun = at * 200;
    const fails = bad.some(([from, to]) => begun >= from && begun < to);
    return { begun, ended: begun + 50, ...(fails && { failure: "no answer" }) };
  });
}

const seconds = (probes: readonly Probe[], seen: Parameters<typeof timelineOf>[1]): Record<string, number> =>
  Object.fromEntries(timelineOf(probes, seen).durations.map(({ name, seconds: taken }) => [name, taken]));

describe("the course of a failover", () => {
  const seen = { hostDead: 11_000, decided: 11_500, running: 13_000 };

  test("from the power cut, where somebody knows when that was", () => {
    expect(seconds(visits(30_000, [1000, 20_000]), { cut: 1000, ...seen })).toEqual({
      detection: 10,
      decision: 0.5,
      restart: 1.5,
      boot: 7.05,
      "restart decided to HTTPS 200": 8.55,
      outage: 19.2,
    });
  });

  test("else from the last good answer", () => {
    const timeline = timelineOf(visits(30_000, [1000, 20_000]), seen);
    expect(timeline.durations[0]).toEqual({ name: "detection", seconds: 10.15 });
    expect(timeline.moments[0]).toEqual({ what: "last good answer", at: "1970-01-01T00:00:00.850Z" });
    expect(timeline).toMatchObject({ recovered: true, failed: 95 });
  });

  test("a site that answers once and fails again is not back yet", () => {
    const flickering = visits(30_000, [1000, 14_000], [14_200, 20_000]);
    expect(seconds(flickering, { cut: 1000, ...seen })["boot"]).toBe(7.05);
  });

  test("a site that does not come back has no outage that ended", () => {
    const timeline = timelineOf(visits(5000, [1000, 5000]), { cut: 1000, hostDead: 3000 });
    expect(timeline).toMatchObject({ recovered: false, failed: 20 });
    expect(timeline.durations).toEqual([{ name: "detection", seconds: 2 }]);
  });

  test("failures before the power cut are not the failover's", () => {
    expect(timelineOf(visits(5000, [0, 400]), { cut: 1000, ...seen })).toMatchObject({
      recovered: true,
      failed: 0,
      durations: [],
    });
  });
});

describe("the data before and after", () => {
  const state = (
    files: Readonly<Record<string, string>>,
    rows: Readonly<Record<string, number>>,
  ): DataState => ({
    takenAt: "2026-11-26T04:00:00Z",
    files: Object.entries(files).map(([path, sha256]) => ({ path, sha256 })),
    database: { rows },
  });
  const before = state(
    { "files/a.pdf": "1", "files/b.pdf": "2", "machine/var/x": "3" },
    { papers: 5, votes: 2 },
  );

  test("is the same, or more: what was added is no loss", () => {
    const after = state(
      { "files/a.pdf": "1", "files/b.pdf": "2", "files/c.pdf": "9", "machine/var/x": "4" },
      { papers: 6, votes: 2 },
    );
    expect(compareData(before, after)).toEqual({
      check: "data as before",
      good: true,
      detail: "2 files by their checksums, 7 rows in 2 tables",
    });
  });

  test("names what is lost or changed", () => {
    const after = state({ "files/a.pdf": "x" }, { papers: 4 });
    expect(compareData(before, after)).toMatchObject({
      good: false,
      detail:
        "lost: files/b.pdf; changed: files/a.pdf; papers: 5 rows before, 4 after; votes: 2 rows before, 0 after",
    });
  });

  test("lists a few and counts the rest", () => {
    const many = state(
      Object.fromEntries(["a", "b", "c", "d", "e"].map((name) => [`files/${name}`, "1"])),
      {},
    );
    expect(compareData(many, state({}, {})).detail).toBe("lost: files/a, files/b, files/c and 2 more");
  });
});

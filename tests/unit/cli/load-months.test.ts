import { describe, expect, test } from "vitest";
import { LogWriter, logOf } from "../../support/prober-log.ts";

import { first, from, scene, second, silences, to, world } from "./load-months-scene.ts";

describe("a month from two probers' logs", () => {
  test("has its incidents with the rule that counted or excused each stretch, and adds up", async () => {
    const { months, alarms } = await scene({ "rand-1": first, "rand-2": second }).load();
    expect(alarms).toEqual([]);
    const [one] = months;
    expect(
      one?.incidents.map(({ id, shares }) => [id, shares.map(({ rule, sec }) => [rule, ...sec])]),
    ).toEqual([
      ["hohenbrueck-20261013T070000Z", [["short", 240, 0]]],
      [
        "hohenbrueck-20261013T200000Z",
        [
          ["planned", 0, 3000],
          ["counts", 0, 600],
        ],
      ],
      ["hohenbrueck-20261014T080000Z", [["counts", 3600, 0]]],
    ]);
    expect(one?.incidents[2]).toMatchObject({
      targets: ["citizens"],
      symptoms: ["no answer in 10 s"],
      end: Date.parse("2026-10-14T09:00:00Z"),
    });
    expect(one?.result).toMatchObject({
      countedSec: [3600, 600],
      plannedSec: [0, 3000],
      status: "provisional",
    });
    expect(one?.windows).toMatchObject([{ id: "2026-10-13", qualifies: true, usedSec: [0, 3000] }]);
    expect(one?.shortOutages).toEqual({ today: 0, week: 1 });
    // The contract begins on the 12th at midnight in Berlin, the probers two hours later; and they end before `at`.
    const minutes = one?.unknown.map(({ start, end }) => Math.floor((end - start) / 60_000));
    expect(minutes).toEqual([120, 12 * 60]);
  });

  test("is the same from the same files, and another from others", async () => {
    const [once, again, other] = await Promise.all(
      [second, second, second.slice(0, -1)].map(async (lines) => {
        const { months } = await scene({ "rand-1": first, "rand-2": lines }).load();
        return JSON.stringify(months);
      }),
    );
    expect(again).toBe(once);
    expect(other).not.toBe(once);
  });

  test("is measured up to its last second when it is reported, and the same on any later day", async () => {
    const end = Date.parse("2026-11-01T00:00:00+01:00");
    const when = { at: new Date(end), liveFrom: "2026-10-31" };
    const until = (hours: number) =>
      logOf({ ...world, from: end - 48 * 3_600_000 + 23_000, to: end + hours * 3_600_000, silences: [] })
        .lines;
    const [soon, later] = await Promise.all(
      [1, 9].map(async (hours) => (await scene({ "rand-1": until(hours) }, [], when).load()).months[0]),
    );
    expect(soon?.unknown).toEqual([]);
    expect(soon?.measuredUntil).toBe(end);
    expect(later).toEqual(soon);
  });

  test("needs the start of the prober, however long before the month it was", async () => {
    const start = Date.parse("2026-09-14T00:00:00Z");
    const long = logOf({ ...world, from: start, to: Date.parse("2026-10-15T00:00:00Z") });
    const { months } = await scene({ "rand-1": long.lines }).load();
    expect(months[0]?.incidents).toHaveLength(3);
  });
});

describe("a log that was changed", () => {
  /** The end of the last line before the fault, as hours of October the 12th on. */
  const until = async (lines: readonly string[], more: Readonly<Record<string, readonly string[]>> = {}) => {
    const { months, alarms } = await scene({ "rand-1": lines, ...more }).load();
    return { hours: ((months[0]?.measuredUntil ?? 0) - from) / 3_600_000, alarms };
  };
  const middle = () => Math.floor(first.length / 2);
  const edited = (change: (lines: string[]) => void): readonly string[] => {
    const lines = [...first];
    change(lines);
    return lines;
  };

  test.each<[string, (lines: string[]) => void, RegExp]>([
    [
      "a changed line",
      (lines) => (lines[middle()] = lines[middle()]?.replace(/"rounds":\d/, '"rounds":9') ?? ""),
      /not the text that its hash was made of/,
    ],
    ["a removed line", (lines) => lines.splice(middle(), 1), /gone before line/],
    [
      "two lines in another order",
      (lines) => lines.splice(middle(), 2, lines[middle() + 1] ?? "", lines[middle()] ?? ""),
      /gone before line/,
    ],
    ["a line that stands twice", (lines) => lines.splice(middle(), 0, lines[middle()] ?? ""), /stands where/],
    ["what is no line", (lines) => (lines[middle()] = '{"at":"2026-10-13"}'), /no whole line/],
  ])("%s: nothing after it is known, and that is said", async (_, change, why) => {
    const { hours, alarms } = await until(edited(change));
    expect(hours).toBeGreaterThan(40);
    expect(hours).toBeLessThan(56);
    expect(alarms).toEqual([expect.stringMatching(why)]);
  });

  test("has the same checksum wherever the logs lie, also where one was changed", async () => {
    const broken = edited((lines) => lines.splice(middle(), 1));
    const [one, other] = await Promise.all(
      [1, 2].map(async () => (await scene({ "rand-1": broken }).load()).months[0]),
    );
    expect(one?.logs?.[0]?.fault).toMatch(/^2026-10-1\d\.jsonl: /);
    expect(other?.inputHash).toBe(one?.inputHash);
  });

  test("rewritten from some line on, with all hashes made anew: the other prober had seen it", async () => {
    const other = new LogWriter("rand-2");
    const seen = JSON.parse(first[middle()] ?? "") as { seq: number; hash: string };
    const early = JSON.parse(first[100] ?? "") as { seq: number; hash: string };
    const sight = ({ seq, hash }: typeof seen) =>
      other.write(from, { kind: "witness", of: "rand-1", seenSeq: seq, seenHash: hash });
    sight(early);
    sight(seen);
    const rewritten = logOf({ ...world, silences: silences.slice(1) }).lines;
    const { hours, alarms } = await until(rewritten, { "rand-2": other.lines });
    expect(hours).toBeLessThan(2);
    expect(alarms).toEqual([expect.stringMatching(/not what another prober saw/)]);
    // Without the change the same sightings confirm the log.
    expect((await until(first, { "rand-2": other.lines })).alarms).toEqual([]);
  });

  test("cut off at its end, it is unknown from there on", async () => {
    const { hours, alarms } = await until(first.slice(0, middle()));
    expect(hours).toBeLessThan(56);
    expect(alarms).toEqual([]);
  });

  test("cut off at its end, or gone as a whole, although the other prober had seen its last line", async () => {
    const [last = "", other] = [first.at(-1), new LogWriter("rand-2")];
    const { seq, hash } = JSON.parse(last) as { seq: number; hash: string };
    other.write(to, { kind: "witness", of: "rand-1", seenSeq: seq, seenHash: hash });
    expect((await until(first, { "rand-2": other.lines })).alarms).toEqual([]);
    const cut = await until(first.slice(0, middle()), { "rand-2": other.lines });
    expect(cut.alarms).toEqual([
      `the log of rand-1 was cut off: rand-2 saw its line ${seq} at 2026-10-16T00:00:00.000Z`,
    ]);
    const gone = await scene({ "rand-2": other.lines }).load();
    expect(gone.alarms).toEqual([expect.stringMatching(/^the log of rand-1 is not here: rand-2 saw/)]);
  });
});

describe("a clock that was ten years ahead for a minute", () => {
  const ahead = Date.parse("2026-10-13T04:00:00Z");
  const mishaps = [
    { kind: "clock", start: ahead, end: ahead + 60_000, offset: 10 * 365 * 86_400_000 },
    { kind: "dead", start: ahead + 3_600_000, end: ahead + 3_700_000 },
  ] as const;

  test("costs the prober's time until its next start, and nothing after that", async () => {
    const log = logOf({ ...world, mishaps }).lines;
    const { months, alarms } = await scene({ "rand-1": log }).load();
    expect(alarms).toEqual([]);
    expect(months[0]?.measuredUntil).toBeGreaterThan(to - 120_000);
    // The first outage comes two hours after the new start.
    expect(months[0]?.incidents.map(({ id }) => id)).toEqual([
      "hohenbrueck-20261013T070000Z",
      "hohenbrueck-20261013T200000Z",
      "hohenbrueck-20261014T080000Z",
    ]);
  });

  test("what was written after the instant of the computation is no input, though it stands in that file", async () => {
    const log = logOf({ ...world, to: to + 86_400_000, mishaps }).lines;
    const early = await scene({
      // The two minutes after it prove its last one.
      "rand-1": log.filter((line) => !/"at":"2026-10-16T(?:12:(?:0[2-9]|[1-5])|1[3-9]|2)/.test(line)),
    }).load();
    const late = await scene({ "rand-1": log }).load();
    expect(JSON.stringify(late.months)).toBe(JSON.stringify(early.months));
  });
});

import { describe, expect, test } from "vitest";
import { ProberReader } from "../../../../model/measurement/prober-view.ts";
import { measurementRecord, type Watched } from "../../../../model/measurement/record.ts";
import { type Timeline, timelineOf, unknownIn } from "../../../../model/measurement/timeline.ts";
import type { Spans } from "../../../../model/sla/spans.ts";
import { logOf, type ProberWorld } from "../../../support/prober-log.ts";

const from = Date.parse("2026-10-14T08:00:00Z");
const to = Date.parse("2026-10-14T12:00:00Z");

const tenant = "hohenbrueck";
const both: readonly Watched[] = [
  { tenant, target: "citizens", decides: true },
  { tenant, target: "politicians", decides: true },
];

/** "08:30:15" on that day. */
function clock(text: string): number {
  return Date.parse(`2026-10-14T${text.length === 5 ? `${text}:00` : text}Z`);
}

function read(world: Partial<ProberWorld>, lines = logOf({ ...base, ...world }).lines) {
  const reader = new ProberReader(world.prober ?? base.prober);
  for (const line of lines) reader.read(measurementRecord.parse(JSON.parse(line)));
  return reader.view();
}

const base: ProberWorld = { prober: "rand-1", targets: both, from, to, silences: [] };

function timeline(...worlds: readonly Partial<ProberWorld>[]): Timeline {
  return timelineOf(
    worlds.map((world) => read(world)),
    tenant,
  );
}

function shown(spans: Spans): readonly string[] {
  return spans.map(({ start, end }) =>
    [start, end].map((at) => new Date(at).toISOString().slice(11, 19)).join("–"),
  );
}

const unknown = (of: Timeline) => shown(unknownIn(of, [{ start: from, end: to }]));

const silence = (start: string, end: string, target: "citizens" | "politicians" = "citizens") => ({
  ...{ tenant, target, start: clock(start), end: clock(end) },
});

describe("one prober", () => {
  test("down is two failures in a row, from the first of them to the first answer", () => {
    const line = timeline({ silences: [silence("09:00", "09:04:50"), silence("10:00", "10:00:10")] });
    expect(shown(line.down)).toEqual(["09:00:00–09:05:00"]);
    expect(line.failures).toEqual([
      expect.objectContaining({ target: "citizens", prober: "rand-1", reasons: ["timeout"] }),
    ]);
  });

  test("knows nothing of the time after its last sign of life", () => {
    expect(unknown(timeline({}))).toEqual(["11:59:00–12:00:00"]);
  });

  test("a site that it is not told to ask is unknown, and so is one before its first answer", () => {
    expect(unknown(timelineOf([read({})], "auental") as Timeline)).toEqual(["08:00:00–12:00:00"]);
    const late = timeline({ from: clock("09:00") });
    expect(unknown(late)[0]).toBe("08:00:00–09:00:00");
  });

  test("what it does not see while it is dead or stands still is unknown, also of an outage", () => {
    for (const kind of ["dead", "frozen"] as const) {
      const mishaps = [{ kind, start: clock("10:00"), end: clock("10:20") }];
      const up = timeline({ mishaps });
      expect(up.down).toEqual([]);
      const covers = (gap: string) => gap.slice(0, 8) <= "10:00:00" && gap.slice(9) >= "10:20:00";
      expect(unknown(up).filter(covers)).toHaveLength(1);
      const down = timeline({ mishaps, silences: [silence("09:58", "10:30")] });
      expect(down.down.length).toBe(2);
      expect(down.down[0]?.start).toBe(clock("09:58"));
      expect(down.down[0]?.end).toBeLessThanOrEqual(clock("10:00"));
      expect(down.down[1]?.end).toBe(clock("10:30"));
    }
  });

  test("a failure that nothing confirms before the gap leaves open what it was", () => {
    const line = timeline({
      silences: [silence("09:59:45", "10:30")],
      mishaps: [{ kind: "dead", start: clock("10:00"), end: clock("10:20") }],
    });
    expect(shown(line.up)[0]?.slice(9) ?? "").toBe("09:59:00");
  });

  test.each([600_000, -600_000])("a clock that is set by %i ms and back hides no outage", (offset) => {
    const truth = silence("10:05", "10:25");
    const line = timeline({
      silences: [truth],
      mishaps: [{ kind: "clock", start: clock("10:00"), end: clock("11:00"), offset }],
    });
    const up = line.up.filter(({ start, end }) => start < truth.end && end > truth.start);
    expect(shown(up)).toEqual([]);
    expect(line.down[0]?.start).toBe(truth.start + offset);
  });

  test.each([600_000, -600_000])(
    "a clock that is wrong by %i ms hides no outage between two starts",
    (offset) => {
      const truth = silence("10:05", "10:14");
      const starts = ["09:30", "11:30"].map((text) => {
        return { kind: "dead", start: clock(text), end: clock(text) + 20_000 } as const;
      });
      const mishaps = [
        { kind: "clock", start: clock("09:00"), end: clock("11:50"), offset } as const,
        ...starts,
      ];
      const wrong = { silences: [truth], mishaps, boot: "one" };
      const line = timeline(wrong, { prober: "rand-2", silences: [truth] });
      expect(shown(line.down)).toEqual(["10:05:00–10:14:00"]);
      // Where it was right a start costs what it always did.
      const after = timeline({ ...wrong, mishaps: starts });
      expect(unknown(after)).toEqual(["09:29:00–09:30:30", "11:29:30–11:30:30", "11:59:30–12:00:00"]);
    },
  );

  test("one presentation alone is partial", () => {
    const line = timeline({
      silences: [silence("09:00", "09:10"), silence("09:05", "09:20", "politicians")],
    });
    expect(shown(line.down)).toEqual(["09:00:00–09:20:00"]);
    expect(shown(line.partial)).toEqual(["09:00:00–09:05:00", "09:10:00–09:20:00"]);
  });
});

test("a certificate that is no good is seen, whether it decides or shows, and makes no outage where it shows", () => {
  const silences = [{ tenant, target: "tls" as const, start: clock("09:00"), end: clock("09:30") }];
  const asked = (decides: boolean) => [...both, { tenant, target: "tls" as const, decides }];
  const shows = timeline({ targets: asked(false), silences });
  expect([shown(shows.tls), shown(shows.down)]).toEqual([["09:00:00–09:30:00"], []]);
  expect(shows.failures).toEqual([]);
  const decides = timeline({ targets: asked(true), silences });
  expect([shown(decides.tls), shown(decides.down)]).toEqual([["09:00:00–09:30:00"], ["09:00:00–09:30:00"]]);
});

describe("two probers", () => {
  const second = { prober: "rand-2", phase: 7000 };
  const outage = silence("09:00", "09:10");

  test("the first failure of either is the beginning, the first answer to either the end", () => {
    const line = timeline({ silences: [outage] }, { ...second, silences: [outage] });
    expect(shown(line.down)).toEqual(["09:00:00–09:10:00"]);
    expect(shown(line.disputed)).toEqual(["09:10:00–09:10:07"]);
  });

  test("one that does not measure leaves the decision to the other", () => {
    const dead = { kind: "dead", start: clock("08:50"), end: clock("09:30") } as const;
    const line = timeline({ silences: [outage], mishaps: [dead] }, { ...second, silences: [outage] });
    expect(shown(line.down)).toEqual(["09:00:07–09:10:07"]);
    expect(unknown(line)).toEqual(["11:59:07–12:00:00"]);
    const none = timeline({ mishaps: [dead] }, { ...second, mishaps: [dead] });
    expect(unknown(none)[0]?.slice(0, 5)).toBe("08:49");
  });

  test("what only a prober that was lost had asked is not unknown for good", () => {
    const lost = {
      targets: [...both, { tenant, target: "tls" as const, decides: true }],
      to: clock("09:00"),
    };
    const line = timeline(lost, second);
    expect(shown(line.up).at(-1)?.slice(9)).toBe("11:59:07");
    expect(unknown(line).filter((gap) => gap > "09:01")).toEqual(["11:59:07–12:00:00"]);
    // The same when its machine comes back with fewer targets.
    const dead = { kind: "dead", start: clock("09:00"), end: clock("11:00") } as const;
    const back = timeline({ ...lost, to, mishaps: [dead] }, second);
    expect(unknown(back).filter((gap) => gap > "09:01" && gap < "10:59")).toEqual([]);
  });

  test("where they disagree it was reachable, and disputed", () => {
    const line = timeline({ silences: [outage] }, second);
    expect(shown(line.down)).toEqual([]);
    expect(shown(line.disputed)).toEqual(["09:00:00–09:10:00"]);
    expect(unknown(line)).toEqual(["11:59:07–12:00:00"]);
  });
});

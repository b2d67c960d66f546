import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { computeLines } from "../../../../cli/sla/compute.ts";

/** Minutes of each service time in the months of the vectors. */
const scope = {
  days28: [1_108_800, 1_310_400],
  days30: [1_188_000, 1_404_000],
  days31: [1_227_600, 1_450_800],
} as const;

type Span = readonly [string, string];

/** The agreed examples: what one month with these outages comes to by the recommended reading. */
const vectors: readonly {
  readonly id: string;
  readonly month: string;
  readonly outages: readonly Span[];
  readonly planned?: readonly { readonly window: Span; readonly announcedAt: string }[];
  readonly scope: keyof typeof scope;
  readonly counted: readonly [number, number];
  readonly plannedSec?: readonly [number, number];
  readonly met?: readonly [boolean, boolean];
}[] = [
  { id: "V01 no outage", month: "2026-11", outages: [], scope: "days30", counted: [0, 0] },
  {
    id: "V02 396 minutes, exactly 2 %",
    month: "2026-04",
    outages: [["2026-04-14T10:00:00+02:00", "2026-04-14T16:36:00+02:00"]],
    scope: "days30",
    counted: [23_760, 0],
  },
  {
    id: "V03 a minute more",
    month: "2026-04",
    outages: [["2026-04-14T10:00:00+02:00", "2026-04-14T16:37:00+02:00"]],
    scope: "days30",
    counted: [23_820, 0],
    met: [false, true],
  },
  {
    id: "V04 across 07:00",
    month: "2026-02",
    outages: [["2026-02-10T06:00:00+01:00", "2026-02-10T08:00:00+01:00"]],
    scope: "days28",
    counted: [3_600, 3_600],
  },
  {
    id: "V05 exactly 300 s",
    month: "2026-07",
    outages: [["2026-07-15T09:00:00+02:00", "2026-07-15T09:05:00+02:00"]],
    scope: "days31",
    counted: [300, 0],
  },
  {
    id: "V06 299 s alone",
    month: "2026-07",
    outages: [["2026-07-15T09:00:00+02:00", "2026-07-15T09:04:59+02:00"]],
    scope: "days31",
    counted: [0, 0],
  },
  {
    id: "V08 twice a day, three times a week",
    month: "2026-07",
    outages: [
      ["2026-07-13T09:00:00+02:00", "2026-07-13T09:04:00+02:00"],
      ["2026-07-13T14:00:00+02:00", "2026-07-13T14:04:00+02:00"],
      ["2026-07-15T09:00:00+02:00", "2026-07-15T09:04:00+02:00"],
    ],
    scope: "days31",
    counted: [0, 0],
  },
  {
    id: "V11 an hour above the quota",
    month: "2026-05",
    outages: [["2026-05-12T13:00:00+02:00", "2026-05-12T16:00:00+02:00"]],
    planned: [
      {
        window: ["2026-05-12T13:00:00+02:00", "2026-05-12T16:00:00+02:00"],
        announcedAt: "2026-05-05T13:00:00+02:00",
      },
    ],
    scope: "days31",
    counted: [3_600, 0],
    plannedSec: [10_800, 0],
  },
  {
    id: "V12 announced a minute late",
    month: "2026-05",
    outages: [["2026-05-12T13:00:00+02:00", "2026-05-12T16:00:00+02:00"]],
    planned: [
      {
        window: ["2026-05-12T13:00:00+02:00", "2026-05-12T16:00:00+02:00"],
        announcedAt: "2026-05-05T13:01:00+02:00",
      },
    ],
    scope: "days31",
    counted: [10_800, 0],
  },
  {
    id: "V14 both service times within their quotas",
    month: "2026-06",
    outages: [["2026-06-09T16:30:00+02:00", "2026-06-09T19:30:00+02:00"]],
    planned: [
      {
        window: ["2026-06-09T16:30:00+02:00", "2026-06-09T19:30:00+02:00"],
        announcedAt: "2026-06-01T09:00:00+02:00",
      },
    ],
    scope: "days30",
    counted: [0, 0],
    plannedSec: [5_400, 5_400],
  },
  {
    id: "V15 a window overrun by three minutes",
    month: "2026-06",
    outages: [["2026-06-09T22:00:00+02:00", "2026-06-09T23:03:00+02:00"]],
    planned: [
      {
        window: ["2026-06-09T22:00:00+02:00", "2026-06-09T23:00:00+02:00"],
        announcedAt: "2026-06-01T09:00:00+02:00",
      },
    ],
    scope: "days30",
    counted: [0, 180],
    plannedSec: [0, 3_600],
  },
  {
    id: "V20 three nights, exactly 10 %",
    month: "2026-11",
    outages: [
      ["2026-11-03T18:00:00+01:00", "2026-11-04T07:00:00+01:00"],
      ["2026-11-10T18:00:00+01:00", "2026-11-11T07:00:00+01:00"],
      ["2026-11-17T18:00:00+01:00", "2026-11-18T07:00:00+01:00"],
    ],
    scope: "days30",
    counted: [0, 140_400],
  },
];

const at = new Date("2027-06-01T00:00:00Z");

/** What the command prints for these lines. */
async function printed(lines: readonly string[], when = at) {
  const input = new PassThrough();
  input.end(lines.map((line) => `${line}\n`).join(""));
  const output: string[] = [];
  const refused = await computeLines(input, when, (line) => output.push(line));
  return { refused, output: output.map((line) => JSON.parse(line)) };
}

test.each(vectors)(
  "$id",
  async ({ scope: days, counted, plannedSec = [0, 0], met = [true, true], ...given }) => {
    const { output } = await printed([JSON.stringify(given)]);
    expect(output).toEqual([
      expect.objectContaining({
        id: given.id,
        scopeSec: scope[days],
        countedSec: counted,
        plannedSec,
        unknownSec: [0, 0],
        met,
        status: "final",
      }),
    ]);
  },
);

describe("lines", () => {
  test("end at a line feed, and not at what else ends a line of text; the last one may lack it", async () => {
    const name = (id: string): string => JSON.stringify({ id, month: "2026-11", outages: [] });
    const input = new PassThrough();
    const bytes = Buffer.from(`${name("a\u2028b\u2029ü")}\r\n${name("c")}`);
    // In the middle of a character.
    const cut = bytes.indexOf(0xc3) + 1;
    input.write(bytes.subarray(0, cut));
    input.end(bytes.subarray(cut));
    const ids: string[] = [];
    expect(await computeLines(input, at, (line) => ids.push(JSON.parse(line).id))).toBe(0);
    expect(ids).toEqual(["a\u2028b\u2029ü", "c"]);
  });

  test("a bad line gives its number and the reason, and the rest goes on", async () => {
    const good = JSON.stringify({ id: "a", month: "2026-11", outages: [] });
    const { refused, output } = await printed([
      "{",
      JSON.stringify({ id: "typo", month: "2026-11", outages: [], unknwon: [] }),
      "",
      JSON.stringify({
        id: "month",
        month: "2026-13",
        outages: [["2026-11-02T10:00:00", "2026-11-02T11:00:00Z"]],
      }),
      JSON.stringify({
        id: "order",
        month: "2026-11",
        outages: [["2026-11-02T11:00:00Z", "2026-11-02T10:00:00Z"]],
      }),
      good,
    ]);
    expect(refused).toBe(4);
    expect(output.map(({ id, line }) => [id, line])).toEqual([
      [null, 1],
      ["typo", 2],
      ["month", 4],
      ["order", 5],
      ["a", undefined],
    ]);
    expect(output[0].error).toMatch(/no JSON/);
    expect(output[1].error).toMatch(/unknwon/);
    expect(output[2].error).toMatch(/month: must be a month.*outages\.0.*offset/);
    expect(output[3].error).toMatch(/outages\.0: ends before it begins/);
  });

  test("windows and exclusions are taken as pairs and as objects; a byte order mark and left-out seconds do not matter", async () => {
    const [from, to] = ["2026-05-12T13:00+02:00", "2026-05-12T14:00:00+02:00"];
    const why = {
      reason: "Blitzschlag",
      evidence: ["Ticket 1"],
      approvedBy: ["Erika Muster", "Jan Beispiel"],
    };
    const announcedAt = "2026-05-05T13:00:00+02:00";
    const base = { id: "a", month: "2026-05", outages: [[from, to]] };
    const { refused, output } = await printed([
      `\uFEFF${JSON.stringify({ ...base, planned: [{ window: [from, to], announcedAt }] })}`,
      ...[
        { ...base, planned: [{ start: from, end: to, announcedAt, kind: "maintenance" }] },
        { ...base, excluded: [[from, to]] },
        { ...base, excluded: [{ start: from, end: to, ...why }] },
        { ...base, excluded: [{ interval: [from, to], ...why }] },
      ].map((line) => JSON.stringify(line)),
    ]);
    expect(output.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(refused).toBe(0);
    expect(output.map(({ countedSec, plannedSec }) => [countedSec[0], plannedSec[0]])).toEqual([
      [0, 3600],
      [0, 3600],
      ...Array.from({ length: 3 }, () => [0, 0]),
    ]);
  });

  test("a month is provisional until the ISO week of its last day is over", async () => {
    // 30 November 2026 is a Monday: its week ends with the 6th of December.
    const line = JSON.stringify({ id: "a", month: "2026-11", outages: [] });
    const before = await printed([line], new Date("2026-12-06T23:59:59+01:00"));
    const after = await printed([line], new Date("2026-12-07T00:00:00+01:00"));
    expect([before.output[0].status, after.output[0].status]).toEqual(["provisional", "final"]);
  });
});

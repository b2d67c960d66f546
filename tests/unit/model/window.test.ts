import { describe, expect, test } from "vitest";
import type { Problem } from "../../../model/problems.ts";
import { noticeDeadline, windowState } from "../../../model/window.ts";
import { readWindows } from "../../../model/window-rules.ts";
import { farmOf, problemLines, window } from "./window-fixtures.ts";

const november = "2026-11-25T09:00:00+01:00";
const inIt = "2026-12-08T20:30:00+01:00";
const after = "2026-12-08T22:00:00+01:00";
const notice = (sentAt: string) => ({ notice: { sentAt, evidence: "ticket 4711" } });
const without = { notice: undefined };

describe("a window file", () => {
  test("is parsed, and windows come by their start", () => {
    const early = window({
      id: "2026-12-01",
      start: "2026-12-01T20:00:00+01:00",
      end: "2026-12-01T21:00:00+01:00",
      ...without,
    });
    const { windows } = farmOf({ at: "2026-11-20T09:00:00+01:00", windows: [window(), early] });
    expect(windows.map(({ id }) => id)).toEqual(["2026-12-01", "2026-12-08"]);
    expect(windows[1]).toMatchObject({
      file: "maintenance/2026-12-08.ts",
      kind: "technical-change",
      start: new Date("2026-12-08T19:00:00Z"),
      administrations: "all",
      notice: { sentAt: new Date("2026-11-30T08:00:00Z") },
      expectedMinutes: 30,
    });
    expect(windows[0]).not.toHaveProperty("notice");
  });

  test.each([
    [
      { kind: "maintenence" },
      'kind: must be one of "technical-change", "maintenance" (did you mean "maintenance"?)',
    ],
    [
      { start: "2026-12-08T20:00:00" },
      'start: must have its offset, for the same text is another instant elsewhere (write "2026-12-08T20:00:00+01:00")',
    ],
    [
      { end: "2026-12-08T22:00:00+02:00" },
      `end: has the offset +02:00, which is not Berlin's at that time (write "2026-12-08T22:00:00+01:00")`,
    ],
    [{ end: "2026-12-08T20:00:00+01:00" }, "end: must be after start, 2026-12-08 20:00"],
    [
      { end: "2026-12-15T20:00:01+01:00", expectedMinutes: 1 },
      "end: must be at most 7 days after start, 2026-12-08 20:00",
    ],
    [{ expectedMinutes: 121 }, "expectedMinutes: must be at most 120, the length of the window"],
    [{ id: "2026-12-09" }, undefined],
    [
      { administrations: ["hohenbruek"] },
      'administrations[0]: is no administration of tenants/ (did you mean "hohenbrueck"?)',
    ],
    [{ administrations: ["nachbar", "nachbar"] }, "administrations[1]: stands here for the second time"],
    [
      { administrations: { ring: "pilots" } },
      'administrations.ring: must be one of "pilot", "standard", "late" (did you mean "pilot"?)',
    ],
    [{ administrations: [] }, "administrations: must have at least 1 entry"],
    [{ reson: "x" }, 'reson: is not known here (did you mean "reason"?)'],
    [{ notice: { sentAt: "2026-11-30T09:00:00+01:00" } }, "notice.evidence: is missing"],
    [{ acceptExcess: "" }, "acceptExcess: must have 3 to 120 characters"],
  ])("%j", (differs, line) => {
    const file = `maintenance/${"id" in differs ? differs.id : "2026-12-08"}.ts`;
    const lines = problemLines({ at: november, windows: [window(differs)] });
    expect(lines).toEqual(line === undefined ? [] : [`${file} ${line}`]);
  });

  test("that is over may name an administration that has ended since", () => {
    const ended = window({ administrations: ["ausgeschieden"], ...notice("2026-11-30T09:00:00+01:00") });
    expect(problemLines({ at: inIt, windows: [ended] })).toEqual([
      "maintenance/2026-12-08.ts administrations[0]: is no administration of tenants/",
    ]);
    expect(problemLines({ at: after, windows: [ended] })).toEqual([]);
  });

  test("has the name that its id says", () => {
    const problems: Problem[] = [];
    const found = { file: "maintenance/dezember.ts", value: window() };
    expect(readWindows([found], { tenants: [], at: new Date(november) }, problems)).toHaveLength(1);
    expect(problems).toEqual([
      {
        file: "maintenance/dezember.ts",
        field: "id",
        why: 'must be the name of the file, "dezember"',
        hint: "or name the file 2026-12-08.ts",
      },
    ]);
  });
});

describe("the notice", () => {
  test.each([
    // A week is 7 days of the calendar at the same wall clock: equality is in time.
    [notice("2026-12-01T20:00:00+01:00"), inIt, []],
    [notice("2026-12-01T20:00:01+01:00"), inIt, ["notice.sentAt"]],
    [notice("2026-12-01T20:01:00+01:00"), november, ["notice.sentAt"]],
    [without, november, []],
    [without, "2026-12-01T20:00:00+01:00", []],
    [without, "2026-12-01T20:00:01+01:00", ["notice"]],
    [without, inIt, ["notice"]],
    // Past windows never stop a run, announced or not.
    [without, after, []],
    [notice("2026-12-01T20:01:00+01:00"), after, []],
  ])("%j at %s", (differs, at, fields) => {
    const lines = problemLines({ at, windows: [window(differs)] });
    expect(lines.map((line) => line.split(/[ :]/)[1])).toEqual(fields);
  });

  test("that is late says what to do", () => {
    const [line] = problemLines({ at: november, windows: [window(notice("2026-12-01T20:01:00+01:00"))] });
    expect(line).toBe(
      "maintenance/2026-12-08.ts notice.sentAt: is 2026-12-01 20:01, and the last time for it was 2026-12-01 20:00, 7 calendar days before the start, so this never becomes announced maintenance (announce another window that begins at 2026-12-02 09:00 or later and take this file out; what cannot wait goes as an emergency and counts as downtime)",
    );
  });

  test("a past window may name administrations that are gone", () => {
    expect(problemLines({ at: after, windows: [window({ administrations: ["long-gone"] })] })).toEqual([]);
  });

  test.each([
    // Over the change of March the week has 167 hours, over that of October 169.
    [
      "2026-03-30T01:00:00+02:00",
      "2026-03-22T23:59:59.000Z",
      "2026-03-23T00:00:00.000Z",
      "2026-03-23T00:00:00.001Z",
    ],
    [
      "2026-03-31T20:00:00+02:00",
      "2026-03-24T18:00:00.000Z",
      "2026-03-24T19:00:00.000Z",
      "2026-03-24T19:00:01.000Z",
    ],
    [
      "2026-10-27T20:00:00+01:00",
      "2026-10-20T17:00:00.000Z",
      "2026-10-20T18:00:00.000Z",
      "2026-10-20T18:00:01.000Z",
    ],
    // A start in the hour that a week earlier exists twice: the first of the two, in favour of the customer.
    [
      "2026-11-01T02:30:00+01:00",
      "2026-10-25T00:29:00.000Z",
      "2026-10-25T00:30:00.000Z",
      "2026-10-25T01:30:00.000Z",
    ],
    // A start in the hour that a week earlier did not exist: the hour before it.
    [
      "2026-04-05T02:30:00+02:00",
      "2026-03-29T00:29:00.000Z",
      "2026-03-29T00:30:00.000Z",
      "2026-03-29T01:30:00.000Z",
    ],
  ])("of a window at %s", (start, early, last, late) => {
    const begin = new Date(start);
    const state = (sentAt: string) =>
      windowState(
        { start: begin, notice: { sentAt: new Date(sentAt), evidence: "x" } },
        { id: "hohenbrueck" },
        begin,
      );
    expect(noticeDeadline({ start: begin }).toISOString()).toBe(last);
    expect([early, last, late].map(state)).toEqual(["announced", "announced", "never"]);
  });

  test("that is not sent yet at the instant of the run opens nothing", () => {
    const { windows } = farmOf({ at: "2026-11-30T08:59:59+01:00", windows: [window()] });
    expect(
      windows.map((found) => windowState(found, { id: "hohenbrueck" }, new Date("2026-11-30T07:59:59Z"))),
    ).toEqual(["to announce"]);
    expect(
      windows.map((found) => windowState(found, { id: "hohenbrueck" }, new Date("2026-11-30T08:00:00Z"))),
    ).toEqual(["announced"]);
  });
});

describe("windows at the same time", () => {
  const second = (differs: object) =>
    window({
      id: "second",
      start: "2026-12-08T21:00:00+01:00",
      end: "2026-12-08T23:00:00+01:00",
      ...differs,
    });

  test("are refused for the same administration, in both files", () => {
    expect(
      problemLines({ at: november, windows: [window(), second({ administrations: ["nachbar"] })] }),
    ).toEqual([
      "maintenance/2026-12-08.ts start: overlaps maintenance/second.ts for nachbar (one window a time for an administration)",
      "maintenance/second.ts start: overlaps maintenance/2026-12-08.ts for nachbar (one window a time for an administration)",
    ]);
  });

  test("are fine for different ones, one after the other, or when one is past", () => {
    const pilot = window({ administrations: { ring: "pilot" } });
    const late = second({ administrations: { ring: "late" } });
    expect(problemLines({ at: november, windows: [pilot, late] })).toEqual([]);
    const next = second({ start: "2026-12-08T22:00:00+01:00" });
    expect(problemLines({ at: november, windows: [window(), next] })).toEqual([]);
    expect(problemLines({ at: after, windows: [window(), second({})] })).toEqual([]);
  });
});

import { expect, test } from "vitest";
import type { Month } from "../../../model/berlin-time.ts";
import type { JudgedIncident } from "../../../model/sla/administration-month.ts";
import type { Span } from "../../../model/sla/spans.ts";
import { type CurrentState, currentState } from "../../../model/status/current-state.ts";
import { coveredOf } from "../../../model/status/status-page.ts";
import { sampleMonths } from "../../support/administration-months.ts";
import { quietMonth } from "../../support/status-pages.ts";

const [sample] = sampleMonths();
const at = Date.parse("2026-10-14T12:00:00+02:00");
const minute = 60_000;
const presentations = [
  { target: "citizens", label: "Bürgerinfo" },
  { target: "politicians", label: "Ratsinfo" },
];

interface Scene {
  readonly incidents?: readonly Partial<JudgedIncident>[];
  readonly unknown?: readonly Span[];
  readonly window?: Span;
  readonly liveFrom?: string;
  readonly endsOn?: string;
}

function state({ incidents = [], unknown = [], window, ...contract }: Scene): CurrentState {
  if (sample === undefined) throw new Error("no sample");
  const month = {
    ...quietMonth(sample.tenant, "2026-10" as Month, at, unknown),
    incidents: incidents.map((incident) => ({
      ...{ id: "i", tenant: "hohenbrueck", start: at - 10 * minute, targets: ["citizens", "politicians"] },
      ...{ symptoms: [], decisions: [], shares: [] },
      ...incident,
    })),
  };
  return currentState({
    months: [month],
    covered: coveredOf({ liveFrom: "2026-01-01" as never, ...(contract as object) }),
    windows: window === undefined ? [] : [{ id: "w", kind: "maintenance", reason: "Wartung", ...window }],
    presentations,
    at,
  });
}

test("a site that answers is up", () => {
  expect(state({})).toEqual({
    state: "up",
    measuredAt: at,
    presentations: [
      { label: "Bürgerinfo", up: true },
      { label: "Ratsinfo", up: true },
    ],
  });
  // The first answer ended it.
  expect(state({ incidents: [{ end: at }] }).state).toBe("up");
  expect(state({ incidents: [{ end: at - minute }] }).state).toBe("up");
});

test("an outage that goes on is down since its first failure, of one presentation only in part", () => {
  expect(state({ incidents: [{}] })).toMatchObject({
    state: "down",
    since: at - 10 * minute,
    presentations: [{ up: false }, { up: false }],
  });
  expect(state({ incidents: [{ targets: ["politicians"] }] })).toMatchObject({
    state: "partial",
    presentations: [{ up: true }, { up: false }],
  });
  // A certificate that visitors refuse is that of all presentations.
  expect(state({ incidents: [{ targets: ["citizens", "tls"] }] }).state).toBe("down");
  // Who does not say what failed may mean all of it.
  expect(state({ incidents: [{ targets: [] }] })).toMatchObject({
    state: "down",
    presentations: [{ up: false }, { up: false }],
  });
});

test("a window that is open is said beside the state, whatever that is", () => {
  const window = { start: at - minute, end: at + minute };
  expect(state({ window })).toMatchObject({ state: "up", window: { id: "w" } });
  expect(state({ window, incidents: [{}] })).toMatchObject({ state: "down", window: { id: "w" } });
  expect(state({ window: { start: at + minute, end: at + 2 * minute } }).window).toBeUndefined();
  expect(state({ window: { start: at - minute, end: at } }).window).toBeUndefined();
});

test("what was measured a quarter of an hour ago still tells, what is older tells nothing", () => {
  const gap = (minutes: number) => [{ start: at - minutes * minute, end: at + minute }];
  expect(state({ unknown: gap(15) })).toMatchObject({ state: "up", measuredAt: at - 15 * minute });
  expect(state({ unknown: gap(16) })).toEqual({
    state: "unknown",
    measuredAt: at - 16 * minute,
    presentations: [
      { label: "Bürgerinfo", up: null },
      { label: "Ratsinfo", up: null },
    ],
  });
  // A site that was down when it was last measured is not up because nobody looks any more.
  const down = { incidents: [{ start: at - 10 * minute }] };
  expect(state({ ...down, unknown: gap(5) }).state).toBe("down");
  expect(state({ ...down, unknown: gap(16) }).state).toBe("unknown");
  const never = state({ unknown: [{ start: 0, end: at + minute }] });
  expect(never).toMatchObject({ state: "unknown" });
  expect(never).not.toHaveProperty("measuredAt");
});

test("before and after its contract a site is neither up nor down", () => {
  expect(state({ liveFrom: "2026-10-15", incidents: [{}] }).state).toBe("not-live");
  expect(state({ endsOn: "2026-10-13", incidents: [{}] }).state).toBe("ended");
  expect(state({ liveFrom: "2026-10-14", endsOn: "2026-10-14" }).state).toBe("up");
});

import { expect, test } from "vitest";
import { requireOpenNow } from "../../../model/open-windows.ts";

const windows = [
  {
    id: "2026-12-08",
    start: new Date("2026-12-08T20:00:00+01:00"),
    end: new Date("2026-12-08T22:00:00+01:00"),
  },
];
const inside = new Date("2026-12-08T20:30:00+01:00");
const guard = (at: Date, now: string) => () => requireOpenNow(windows, at, new Date(now));

test("a plan as of a window is applied while the window is open, to the minute", () => {
  expect(guard(inside, "2026-12-08T20:00:00+01:00")).not.toThrow();
  expect(guard(inside, "2026-12-08T21:59:59+01:00")).not.toThrow();
  expect(guard(inside, "2026-12-08T22:00:00+01:00")).toThrow(
    /window 2026-12-08, 2026-12-08 20:00 to 2026-12-08 22:00, plan as of 2026-12-08 20:30/,
  );
  expect(guard(inside, "2026-12-08T19:59:59+01:00")).toThrow(/is not open now; nothing has been changed/);
});

test("a plan as of an instant outside any window is applied whenever", () => {
  const before = new Date("2026-12-08T10:00:00+01:00");
  expect(guard(before, "2026-12-09T10:00:00+01:00")).not.toThrow();
  // What opens meanwhile was held in the plan, and is held in the run.
  expect(guard(before, "2026-12-08T21:00:00+01:00")).not.toThrow();
});

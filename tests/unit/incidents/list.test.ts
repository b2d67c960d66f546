import { expect, test } from "vitest";
import { showTime } from "../../../cli/incident/list.ts";

test.each([
  ["2026-10-25T00:10:07Z", "2026-10-25 02:10:07 +02:00"],
  ["2026-10-25T01:10:07Z", "2026-10-25 02:10:07 +01:00"],
  ["2026-10-25T02:10:07Z", "2026-10-25 03:10:07"],
  ["2026-03-29T01:00:00Z", "2026-03-29 03:00:00"],
])("%s is shown as %s: two incidents an hour apart never look like one", (at, text) => {
  expect(showTime(Date.parse(at))).toBe(text);
});

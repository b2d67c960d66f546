import { describe, expect, test } from "vitest";
import { showBerlin } from "../../../model/berlin-time.ts";
import { announcedParts } from "../../../model/notice.ts";
import { bounced, early, farm, proof, unsent } from "./notice-fixtures.ts";

describe("what was added to a window after its notice needs a notice of its own", () => {
  /** "20:00 to 22:00 by 11-30 09:00" of each part, in Berlin. */
  const parts = (proofs: readonly object[], differs: object = {}) => {
    const { windows, tenants } = farm(early, proofs, { ...unsent, ...differs });
    const [[only], [told]] = [windows, tenants];
    if (only === undefined || told === undefined) throw new Error("there is one of each");
    return announcedParts(only, told).map(({ start, end, sentAt }) => {
      const [from, to, by] = [start, end, sentAt].map((at) => at && showBerlin(at));
      return `${from?.slice(11)} to ${to?.slice(11)} by ${by?.slice(5) ?? "nothing"}`;
    });
  };
  const first = proof("hohenbrueck");
  const longer = { end: "2026-12-08T23:00:00+01:00" };
  const second = (differs: object = {}) =>
    proof("hohenbrueck", { end: "2026-12-08T22:00:00.000Z", sentAt: "2026-12-01T20:30:00.000Z", ...differs });

  test("one that was not changed is one part, announced or not", () => {
    expect(parts([first])).toEqual(["20:00 to 22:00 by 11-30 09:00"]);
    expect(parts([])).toEqual(["20:00 to 22:00 by nothing"]);
    expect(parts([proof("hohenbrueck", bounced)])).toEqual(["20:00 to 22:00 by nothing"]);
  });

  test("what was told stays announced, and the rest waits for its letter", () => {
    expect(parts([first], longer)).toEqual(["20:00 to 22:00 by 11-30 09:00", "22:00 to 23:00 by nothing"]);
    expect(parts([first, second(bounced)], longer)).toEqual([
      "20:00 to 22:00 by 11-30 09:00",
      "22:00 to 23:00 by nothing",
    ]);
    expect(parts([first, second()], longer)).toEqual([
      "20:00 to 22:00 by 11-30 09:00",
      "22:00 to 23:00 by 12-01 21:30",
    ]);
    expect(parts([first], { start: "2026-12-08T19:00:00+01:00" })).toEqual([
      "19:00 to 20:00 by nothing",
      "20:00 to 22:00 by 11-30 09:00",
    ]);
  });

  test("a letter of other times takes back what it does not tell of any more", () => {
    const shorter = second({ end: "2026-12-08T20:00:00.000Z" });
    expect(parts([first, shorter])).toEqual(["20:00 to 21:00 by 11-30 09:00", "21:00 to 22:00 by nothing"]);
    const moved = second({ start: "2026-12-09T19:00:00.000Z", end: "2026-12-09T21:00:00.000Z" });
    expect(parts([first, moved])).toEqual(["20:00 to 22:00 by nothing"]);
  });
});

import { describe, expect, test } from "vitest";
import { planRelease } from "../../../model/allrisnet/release-plan.ts";
import { tenant } from "./fixtures.ts";
import { decide, inIt, textOf, wants } from "./release-fixtures.ts";
import { farmOf, window } from "./window-fixtures.ts";

describe("the plan of a release", () => {
  test("nothing installed: no window is needed", () => {
    const decision = decide(wants("4.1.8"), undefined, { windows: [] });
    expect(decision).toMatchObject({ kind: "install", release: { version: "4.1.8" }, notes: [] });
    expect(textOf(decision)).toBe("hohenbrueck: ALLRIS net 4.1.8 is installed for the first time");
  });

  test("the same: nothing happens, whatever the time", () => {
    expect(decide(wants("4.1.7"), "4.1.7", { windows: [] })).toMatchObject({
      kind: "same",
      release: { version: "4.1.7" },
      text: "hohenbrueck: ALLRIS net 4.1.7",
    });
  });

  test("outside its window it is held: the release that runs stays", () => {
    const decision = decide(wants("4.1.8"), "4.1.7");
    expect(decision).toMatchObject({
      kind: "held",
      release: { version: "4.1.7" },
      wanted: { version: "4.1.8" },
      until: "2026-12-08",
    });
    expect(textOf(decision)).toBe(
      "hohenbrueck: ALLRIS net 4.1.7 → 4.1.8 is held until window 2026-12-08 (2026-12-08 20:00 to 22:00; its notice must be sent by 2026-12-01 20:00)",
    );
  });

  test("without a window it is held too, and the text says what to write", () => {
    const decision = decide(wants("4.1.8"), "4.1.7", { windows: [] });
    expect(decision).toMatchObject({ kind: "held", release: { version: "4.1.7" } });
    expect(decision).not.toHaveProperty("until");
    expect(textOf(decision)).toMatch(
      /is held until an announced window, and there is none: write maintenance\/<id>\.ts/,
    );
  });

  test("in its window it is changed, and the quota is shown", () => {
    const decision = decide(wants("4.1.8"), "4.1.7", { at: inIt });
    expect(decision).toMatchObject({
      kind: "change",
      from: "4.1.7",
      release: { version: "4.1.8" },
      window: "2026-12-08",
      cost: { maintenance: { ST1: 0, ST2: 240 }, downtime: { ST1: 0, ST2: 0 } },
    });
    expect(decision).not.toHaveProperty("emergency");
    expect(textOf(decision)).toBe(
      "hohenbrueck: ALLRIS net 4.1.7 → 4.1.8 in window 2026-12-08: snapshot, quiesce, install, check; about 4 minutes; counts 4 minutes of the month's maintenance quota (ST2: 4 of 420 minutes, 0 used)",
    );
  });

  test.each([
    ["2026-12-08T19:59:59+01:00", "held"],
    ["2026-12-08T20:00:00+01:00", "change"],
    // Four minutes have to fit before the end.
    ["2026-12-08T21:56:00+01:00", "change"],
    ["2026-12-08T21:56:01+01:00", "held"],
    ["2026-12-08T22:00:00+01:00", "held"],
  ])("at %s: %s", (at, kind) => {
    expect(decide(wants("4.1.8"), "4.1.7", { at }).kind).toBe(kind);
  });

  test("a window that is nearly over says so, and the next one is named", () => {
    const next = window({ id: "next", start: "2026-12-18T20:00:00+01:00", end: "2026-12-18T22:00:00+01:00" });
    const decision = decide(wants("4.1.8"), "4.1.7", {
      at: "2026-12-08T21:58:00+01:00",
      windows: [window(), next],
    });
    expect(textOf(decision)).toMatch(
      /held until window next \(2026-12-18 20:00 to 22:00\); window 2026-12-08 ends before the 4 minutes that it takes are over$/,
    );
  });

  test("a window for others opens nothing here, nor does one that is too short", () => {
    for (const administrations of [["nachbar"], { ring: "late" }]) {
      const farm = farmOf({
        at: inIt,
        windows: [window({ administrations })],
        tenants: [
          wants("4.1.8"),
          tenant({ id: "nachbar", domain: "n.hohenbrueck.de", address: "10.20.0.12" }),
        ],
      });
      const [first] = farm.tenants;
      expect(first && planRelease(first, farm, "4.1.7").kind).toBe("held");
    }
    const short = window({ end: "2026-12-08T20:03:00+01:00", expectedMinutes: 3 });
    expect(decide(wants("4.1.8"), "4.1.7", { windows: [short] })).not.toHaveProperty("until");
    const mine = window({ administrations: { ring: "pilot" } });
    expect(decide(wants("4.1.8"), "4.1.7", { at: inIt, windows: [mine] }).kind).toBe("change");
  });

  test("an emergency changes at once, is recorded, and all of it counts as downtime", () => {
    const decision = decide(wants("4.1.8", { emergency: "CVE-2026-4711" }), "4.1.7", {
      at: "2026-11-25T17:58:00+01:00",
    });
    expect(decision).toMatchObject({
      kind: "change",
      emergency: "CVE-2026-4711",
      cost: { maintenance: { ST1: 0, ST2: 0 }, downtime: { ST1: 120, ST2: 120 } },
      notes: [expect.stringMatching(/take allrisnet\.emergency out of tenants\/hohenbrueck\.ts/)],
    });
    expect(decision).not.toHaveProperty("window");
    expect(textOf(decision)).toBe(
      "hohenbrueck: ALLRIS net 4.1.7 → 4.1.8 as an emergency (CVE-2026-4711): snapshot, quiesce, install, check; about 4 minutes; they count as unplanned downtime (ST1: 2 minutes, ST2: 2 minutes)",
    );
  });

  test("an open window is used before an emergency, for it does not count as downtime", () => {
    const decision = decide(wants("4.1.8", { emergency: "CVE-2026-4711" }), "4.1.7", { at: inIt });
    expect(decision).toMatchObject({ kind: "change", window: "2026-12-08" });
    expect(decision).not.toHaveProperty("emergency");
  });

  test("the way back to an older release is a change like any other", () => {
    expect(decide(wants("4.1.7"), "4.1.8").kind).toBe("held");
    const decision = decide(wants("4.1.7"), "4.1.8", { at: inIt });
    expect(textOf(decision)).toMatch(
      /^hohenbrueck: ALLRIS net 4\.1\.8 → 4\.1\.7, back to an older release, in window 2026-12-08:/,
    );
  });

  test("what runs and has no file any more: refused while held, replaced in the window", () => {
    const decision = decide(wants("4.1.8"), "4.0.9");
    expect(decision).toMatchObject({
      kind: "refused",
      problems: [
        {
          file: "tenants/hohenbrueck.ts",
          field: "allrisnet.release",
          why: expect.stringContaining("until then the site runs 4.0.9, which releases/ does not hold"),
          hint: "bring back releases/4.0.9.ts: git checkout HEAD -- releases/4.0.9.ts",
        },
      ],
    });
    expect(decide(wants("4.1.8"), "4.0.9", { at: inIt })).toMatchObject({ kind: "change", from: "4.0.9" });
  });

  test.each(["", "4.1", "x\ny"])("a custom field that somebody wrote %j into is refused", (installed) => {
    const decision = decide(wants("4.1.8"), installed, { at: inIt });
    expect(textOf(decision)).toBe(
      `allrisnet.release cannot be planned: the custom field allrisnet-release of the VM is ${JSON.stringify(installed)}, which is no version`,
    );
  });

  test("parameters that only the wanted release knows are refused while the old one runs", () => {
    const ahead = wants("4.1.8", {}, { modules: { livestream: true } });
    expect(decide(ahead, "4.1.7")).toMatchObject({
      kind: "refused",
      problems: [
        {
          field: "allrisnet.citizens.modules.livestream",
          why: expect.stringMatching(/4\.1\.7.*4\.1\.7 runs until window 2026-12-08/),
        },
      ],
    });
    expect(decide(ahead, "4.1.7", { at: inIt }).kind).toBe("change");
    expect(decide(ahead, "4.1.8").kind).toBe("same");
  });
});

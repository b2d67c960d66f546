import { describe, expect, test } from "vitest";
import type { PatchLevel } from "../../../model/patch-level.ts";
import { mayPatch, planPatches } from "../../../model/patch-plan.ts";
import type { PatchState } from "../../../model/patch-state.ts";
import { farmOf, window } from "./window-fixtures.ts";

const level: PatchLevel = {
  file: "patches/pilot.ts",
  ring: "pilot",
  reason: "DSA-6100-1",
  expectedMinutes: 5,
  packages: { sudo: "1.9-2", "nginx-light": "1.22-3", libssl3: "3.0.20-1", tomcat10: "10.1-1" },
};

function state(
  packages: Readonly<Record<string, readonly [version: string | null, units?: string[], reboot?: boolean]>>,
  differs: Partial<PatchState> = {},
): PatchState {
  const found = Object.entries(packages).map(([name, [version, units = [], reboot = false]]) => [
    name,
    { version, units: [...units], reboot },
  ]);
  return {
    packages: Object.fromEntries(found),
    broken: [],
    running: null,
    rebootPending: false,
    lastChange: null,
    ...differs,
  };
}

const nothing = { changes: [], ahead: [], broken: [], restarts: [], reboot: false, minutes: 0 };

describe("the plan of a machine", () => {
  test("is empty where every package has its version", () => {
    const given = state({ sudo: ["1.9-2"], "nginx-light": ["1.22-3", ["nginx.service"]] });
    expect(planPatches(level, given)).toEqual(nothing);
  });

  test("names what is older, by name, and restarts only its users", () => {
    const given = state({
      sudo: ["1.9-1"],
      "nginx-light": ["1.22-2", ["nginx.service"]],
      libssl3: ["3.0.19-1", ["nginx.service", "allrisnet@1.service"]],
      tomcat10: ["10.1-1", ["other.service"], true],
    });
    expect(planPatches(level, given)).toEqual({
      ...nothing,
      changes: [
        { name: "libssl3", from: "3.0.19-1", to: "3.0.20-1" },
        { name: "nginx-light", from: "1.22-2", to: "1.22-3" },
        { name: "sudo", from: "1.9-1", to: "1.9-2" },
      ],
      restarts: ["allrisnet@1.service", "nginx.service"],
      minutes: 5,
    });
  });

  test("leaves out what is not installed, and what the machine never mentioned", () => {
    expect(planPatches(level, state({ tomcat10: [null], sudo: ["1.9-2"] }))).toEqual(nothing);
  });

  test("never goes back to an older version", () => {
    expect(planPatches(level, state({ sudo: ["1.10-1", ["x.service"], true] }))).toEqual({
      ...nothing,
      ahead: [{ name: "sudo", from: "1.10-1", to: "1.9-2" }],
    });
  });

  test("restarts the machine instead of its services where one package needs it", () => {
    const given = state({ sudo: ["1.9-1", [], true], "nginx-light": ["1.22-2", ["nginx.service"]] });
    expect(planPatches(level, given)).toMatchObject({ reboot: true, restarts: [], minutes: 5 });
  });

  test("takes its time also where only something half installed is put right", () => {
    const given = state({ sudo: ["1.9-2"] }, { broken: ["sudo"] });
    expect(planPatches(level, given)).toEqual({ ...nothing, broken: ["sudo"], minutes: 5 });
  });
});

describe("a machine may be patched", () => {
  const [pilot, standard] = farmOf({ at: "2026-12-08T20:10:00+01:00" }).tenants;
  const at = (time: string) => new Date(`2026-12-08T${time}:00+01:00`);

  function permission(
    differs: object,
    time = "20:10",
    minutes = 5,
    right: object = { window: "2026-12-08" },
  ) {
    const { windows } = farmOf({ at: "2026-12-01T09:00:00+01:00", windows: [window(differs)] });
    if (pilot === undefined) throw new Error("the farm has no pilot");
    return mayPatch(pilot, right as { window: string }, { windows, at: at(time), minutes });
  }

  test("in the window that was named, from its first instant, if it lasts", () => {
    expect(permission({}, "20:00")).toEqual({ allowed: true });
    expect(permission({}, "21:55", 5)).toEqual({ allowed: true });
    expect(permission({ administrations: { ring: "pilot" } })).toEqual({ allowed: true });
    expect(permission({ administrations: ["hohenbrueck"] })).toEqual({ allowed: true });
  });

  test("as an emergency, whatever the windows say", () => {
    expect(permission({ administrations: ["nachbar"] }, "03:00", 500, { emergency: "DSA-6100-1" })).toEqual({
      allowed: true,
    });
  });

  const another = 'wait for the window, announce another one, or say --emergency "<reason>"';
  test.each([
    ["before it begins", {}, "19:59", 5, "window 2026-12-08 begins at 2026-12-08 20:00"],
    ["after it ended", {}, "22:00", 0, "window 2026-12-08 ended at 2026-12-08 22:00"],
    [
      "when the time does not suffice",
      {},
      "21:56",
      5,
      "window 2026-12-08 ends at 2026-12-08 22:00, before the 5 minutes that it takes are over",
    ],
    [
      "of another ring",
      { administrations: { ring: "late" } },
      "20:10",
      5,
      "window 2026-12-08 does not concern hohenbrueck",
    ],
    [
      "of others",
      { administrations: ["nachbar"] },
      "20:10",
      5,
      "window 2026-12-08 does not concern hohenbrueck",
    ],
    [
      "without a notice",
      { notice: undefined },
      "20:10",
      5,
      "window 2026-12-08 is not announced to hohenbrueck: its notice is missing",
    ],
  ])("not %s", (_case, differs, time, minutes, why) => {
    expect(permission(differs, time, minutes)).toEqual({ allowed: false, why, next: another });
  });

  test("not in a window that does not exist; what was probably meant is said", () => {
    expect(permission({}, "20:10", 5, { window: "2026-12-88" })).toEqual({
      allowed: false,
      why: "there is no window 2026-12-88 in maintenance/",
      next: expect.stringContaining("2026-12-08"),
    });
    expect(permission({}, "20:10", 5, { window: "x" })).toMatchObject({ next: another });
  });

  test("each administration is judged for itself", () => {
    const { windows } = farmOf({
      at: "2026-12-01T09:00:00+01:00",
      windows: [window({ administrations: ["nachbar"] })],
    });
    if (standard === undefined) throw new Error("the farm has no second one");
    const scope = { windows, at: at("20:10"), minutes: 5 };
    expect(mayPatch(standard, { window: "2026-12-08" }, scope)).toEqual({ allowed: true });
  });
});

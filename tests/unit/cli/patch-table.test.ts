import { describe, expect, test } from "vitest";
import type { PatchRow } from "../../../cli/patch-apply.ts";
import type { FleetRow } from "../../../cli/patch-fleet.ts";
import { appliedText, fleetText } from "../../../cli/patch-table.ts";
import type { PatchPlan } from "../../../model/patch-plan.ts";
import type { PatchState } from "../../../model/patch-state.ts";

const level = (ring: "pilot" | "late", reason: string) => ({
  file: `patches/${ring}.ts`,
  ring,
  reason,
  expectedMinutes: 5,
  packages: {},
});
const levels = [level("pilot", "DSA-6100-1 (nginx)"), level("late", "Debian 12.9")];

const plan = (differs: Partial<PatchPlan> = {}): PatchPlan => ({
  changes: [],
  ahead: [],
  broken: [],
  restarts: [],
  reboot: false,
  minutes: 0,
  ...differs,
});
const state = (differs: Partial<PatchState> = {}): PatchState => ({
  packages: {},
  broken: [],
  running: null,
  rebootPending: false,
  lastChange: null,
  ...differs,
});
const row = (tenant: string, plans: Partial<PatchPlan> = {}, states: Partial<PatchState> = {}): FleetRow => ({
  tenant,
  ring: "pilot",
  plan: plan(plans),
  state: state(states),
});
const nginx = { name: "nginx-light", from: "1.22.1-9+deb12u3", to: "1.22.1-9+deb12u4" };

/** The cells of the line that begins with a word. */
function cellsOf(text: string, first: string): string[] {
  const line = text.split("\n").find((each) => each.startsWith(`${first} `)) ?? "";
  return line.trim().split(/ {2,}/);
}

describe("the state of the fleet", () => {
  test("says for each machine how it stands, what takes effect how, and when it was patched last", () => {
    const text = fleetText(
      [
        row("current", {}, { lastChange: "2026-11-25T20:14:03Z" }),
        row("older", { changes: [nginx], restarts: ["nginx.service"], minutes: 5 }),
        row("kernel", { changes: [nginx], reboot: true, minutes: 5 }),
        row("tool", { changes: [nginx], minutes: 5 }),
      ],
      levels,
    );
    expect(cellsOf(text, "current")).toEqual(["current", "pilot", "current", "0", "2026-11-25 20:14"]);
    expect(cellsOf(text, "older")).toEqual([
      "older",
      "pilot",
      "1 to patch",
      "restart of nginx.service",
      "5",
      "never",
    ]);
    expect(cellsOf(text, "kernel")).toContain("restart of the machine");
    expect(cellsOf(text, "tool")).toContain("no restart");
  });

  test("says everything that is not as it should be", () => {
    const text = fleetText(
      [
        row(
          "torn",
          {
            changes: [nginx],
            broken: ["sudo"],
            ahead: [{ name: "openssl", from: "3.0.21-1", to: "3.0.20-1" }],
          },
          { running: "pilot-2026", rebootPending: true },
        ),
        { tenant: "silent", ring: "late", failure: "no answer; look at its console" },
      ],
      levels,
    );
    expect(cellsOf(text, "torn")[2]).toBe(
      "run pilot-2026 under way, 1 half installed, 1 to patch, 1 newer than the ring, restart pending",
    );
    expect(cellsOf(text, "silent").slice(0, 3)).toEqual(["silent", "late", "unknown"]);
    expect(text).toMatch(/^silent: no answer; look at its console$/m);
    expect(cellsOf(text, "openssl")).toEqual(["openssl", "3.0.21-1", "stays, fixed is", "3.0.20-1", "torn"]);
  });

  test("writes a change of many machines once, with their names, and only the rings that were asked", () => {
    const text = fleetText([row("one", { changes: [nginx] }), row("two", { changes: [nginx] })], levels);
    expect(text.match(/^nginx-light/gm)).toHaveLength(1);
    expect(cellsOf(text, "nginx-light")).toEqual([nginx.name, nginx.from, "→", nginx.to, "one, two"]);
    expect(text).toContain("pilot: DSA-6100-1 (nginx) (patches/pilot.ts)");
    expect(text).not.toContain("patches/late.ts");
  });
});

describe("what was done", () => {
  const done = (tenant: string, differs: Partial<PatchRow> = {}): PatchRow => ({
    tenant,
    result: "patched",
    story: "1 packages have the versions of the ring",
    changes: [nginx],
    rebooted: false,
    awaySeconds: 0,
    notes: [],
    ...differs,
  });

  test("is a line each; what went well needs no words", () => {
    const text = appliedText([done("one"), done("two", { rebooted: true, awaySeconds: 12.4 })]);
    const change = `${nginx.name} ${nginx.from} → ${nginx.to}`;
    expect(cellsOf(text, "one")).toEqual(["one", "patched", change]);
    expect(cellsOf(text, "two")).toEqual(["two", "patched", change, "yes", "12.4 s"]);
    expect(text).not.toContain("have the versions of the ring");
  });

  test("tells the story of what did not, and every note", () => {
    const text = appliedText([
      done("back", { result: "went back", story: "sudo cannot be configured" }),
      done("noted", { notes: ["2 requests still ran after 30 s and were cut off"] }),
      done("new", { changes: [{ name: "libx", from: null, to: "1.0" }] }),
    ]);
    expect(text).toMatch(/^back: sudo cannot be configured$/m);
    expect(text).toMatch(/^noted: .*; 2 requests still ran after 30 s and were cut off$/m);
    expect(cellsOf(text, "new")).toContain("libx new → 1.0");
  });
});

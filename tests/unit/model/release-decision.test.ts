import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { planRelease } from "../../../model/allrisnet/release-plan.ts";
import { planSite, requireReleases } from "../../../model/plan.ts";
import { FarmProblems } from "../../../model/problems.ts";
import { decide, inIt, november, wants } from "./release-fixtures.ts";
import { farmOf, release, window } from "./window-fixtures.ts";

describe("the plan of a site", () => {
  const site = (at: string, mayStop = false, windows: readonly object[] = [window()]) => {
    const farm = farmOf({ at, windows, tenants: [wants("4.1.8", {}, {})] });
    const [only] = farm.tenants;
    if (only === undefined) throw new Error("there is no tenant");
    const vm = { cpus: 8, memoryMax: 2 ** 34, release: "4.1.7" };
    return planSite(only, farm, { stack: "p/lab", vm, mayStop });
  };

  test("a machine may be stopped in an open window; otherwise the change waits, and so does the release", () => {
    expect(site(inIt)).toMatchObject({ held: [], stop: { allowed: true }, release: { kind: "change" } });
    const waiting = site(november);
    expect(waiting.held.map(({ input }) => input)).toEqual(["cpus", "memoryMax"]);
    expect(waiting).toMatchObject({ stop: { allowed: false }, release: { kind: "held" } });
    expect(waiting.stop.text).toBe(
      "held until window 2026-12-08 (2026-12-08 20:00 to 22:00; its notice must be sent by 2026-12-01 20:00); in an emergency run up with FARM_MAY_STOP=hohenbrueck, which counts as downtime",
    );
    expect(site(november, false, []).stop.text).toMatch(/^no window is announced;/);
  });

  test("the operator's word stops the machine at any time, says what it costs, and does not touch the release", () => {
    const forced = site(november, true);
    expect(forced).toMatchObject({ held: [], stop: { allowed: true }, release: { kind: "held" } });
    expect(forced.stop.text).toBe(
      "outside an announced window, by FARM_MAY_STOP=hohenbrueck: a stop of the machine counts as unplanned downtime",
    );
    expect(site(inIt, true).stop.text).toBe("in window 2026-12-08");
  });

  test("refused releases of all sites end the run in one report", () => {
    const fine = { plan: site(november, false) };
    const release = decide(wants("4.1.8"), "4.0.9");
    const refused = { plan: { ...fine.plan, release } };
    expect(() => requireReleases([refused, fine, refused])).toThrow(FarmProblems);
    expect(requireReleases([fine])).toEqual([fine]);
  });
});

test("there is one decision for everything, and it never changes a release without a right to", () => {
  const instant = fc.date({ min: new Date("2026-11-01"), max: new Date("2027-02-01"), noInvalidDate: true });
  const version = fc.constantFrom("4.1.7", "4.1.8", "4.1.9");
  const any = fc.record({
    at: instant,
    wanted: version,
    installed: fc.option(fc.oneof(version, fc.string()), { nil: undefined }),
    emergency: fc.boolean(),
    start: instant,
    minutes: fc.integer({ min: 1, max: 10_080 }),
    sent: fc.option(instant, { nil: undefined }),
    takes: fc.integer({ min: 1, max: 600 }),
    accepts: fc.boolean(),
    scope: fc.constantFrom<"all" | readonly string[] | { ring: "pilot" | "late" }>(
      "all",
      ["hohenbrueck"],
      ["nachbar"],
      { ring: "pilot" },
      { ring: "late" },
    ),
  });
  const [parsed] = farmOf({ at: november, tenants: [wants("4.1.7")] }).tenants;
  if (parsed === undefined) throw new Error("there is no tenant");
  const known = farmOf({
    at: november,
    releases: ["4.1.7", "4.1.8", "4.1.9"].map((each) => release(each)),
  }).releases;
  const kinds = new Map<string, number>();
  fc.assert(
    fc.property(any, ({ at, wanted, installed, emergency, start, minutes, sent, takes, accepts, scope }) => {
      const end = new Date(start.getTime() + minutes * 60_000);
      const one = {
        ...{
          file: "maintenance/one.ts",
          id: "one",
          kind: "maintenance" as const,
          reason: "x",
          start,
          end,
          administrations: scope,
        },
        ...(sent === undefined ? {} : { notice: { sentAt: sent, evidence: "x" } }),
        ...(accepts ? { acceptExcess: "agreed" } : {}),
      };
      const asks = { ...parsed.allrisnet, release: wanted, ...(emergency ? { emergency: "fire" } : {}) };
      const farm = {
        releases: known.map((each) => ({ ...each, expectedMinutes: takes })),
        windows: [one],
        at,
      };
      const decision = planRelease({ ...parsed, allrisnet: asks }, farm, installed);
      kinds.set(decision.kind, (kinds.get(decision.kind) ?? 0) + 1);
      if (decision.kind === "refused") {
        expect(decision.problems.length).toBeGreaterThan(0);
        return;
      }
      expect(decision.text).toMatch(/^hohenbrueck: ALLRIS net \S/);
      expect(decision.text).not.toMatch(/undefined|NaN|\n/);
      if (decision.kind === "install") expect(installed).toBeUndefined();
      if (decision.kind === "same" || decision.kind === "held")
        expect(decision.release.version).toBe(installed);
      if (decision.kind !== "held") expect(decision.release.version).toBe(wanted);
      if (decision.kind !== "change") return;
      expect((decision.window === undefined) !== (decision.emergency === undefined)).toBe(true);
      const { ST1, ST2 } = decision.cost.maintenance;
      const { ST1: down1, ST2: down2 } = decision.cost.downtime;
      expect(ST1 + ST2 + down1 + down2).toBeCloseTo(takes * 60, 6);
      if (decision.window === undefined) {
        expect(emergency).toBe(true);
        expect(ST1 + ST2).toBe(0);
        return;
      }
      expect(start <= at && at.getTime() + takes * 60_000 <= end.getTime()).toBe(true);
      expect(sent !== undefined && sent <= at && at.getTime() - sent.getTime() > 166 * 3_600_000).toBe(true);
      if (!accepts) expect(down1 + down2).toBe(0);
    }),
    { seed: 20261121, numRuns: 4000 },
  );
  expect([...kinds.keys()].sort()).toEqual(["change", "held", "install", "refused", "same"]);
});

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type MadeReports, makeReports } from "../../../cli/report/make-reports.ts";
import type { Month } from "../../../model/berlin-time.ts";
import type { Farm } from "../../../model/farm.ts";
import type { PlainDate } from "../../../model/plain-date.ts";
import type { Tenant } from "../../../model/tenant.ts";
import { logOf, type ProberWorld, saveLogs } from "../../support/prober-log.ts";
import { fullEvidence } from "../../support/sample-evidence.ts";
import { TenantFarm } from "./tenant-farm.ts";

const instant = (text: string): number => Date.parse(`2026-${text}:00+01:00`);
const tenant = "hohenbrueck";
const targets = (["citizens", "politicians"] as const).map((target) => ({ tenant, target, decides: true }));

/** Two short outages on the month's last day, and two more in the days after it, in the same ISO week. */
const silences = ["11-30T08:00", "11-30T12:00", "12-01T09:00", "12-02T09:00"].flatMap((text) =>
  targets.map((each) => ({ ...each, start: instant(text), end: instant(text) + 240_000 })),
);

/** The final report of the month, by a log that ends at an instant. */
async function final(to: string, mishaps: ProberWorld["mishaps"] = []): Promise<MadeReports> {
  const tenants = await TenantFarm.make();
  const root = mkdtempSync(join(tmpdir(), "farm-week-"));
  onTestFinished(() => {
    tenants.remove();
    rmSync(root, { recursive: true, force: true });
  });
  const world = {
    prober: "rand-a",
    targets,
    silences,
    mishaps,
    from: instant("11-27T00:00"),
    to: instant(to),
  };
  saveLogs(join(root, "measurements"), { "rand-a": logOf(world).lines });
  const loaded = await tenants.load();
  const late = (each: Tenant): Tenant =>
    each.id === tenant
      ? { ...each, contract: { ...each.contract, liveFrom: "2026-11-28" as PlainDate } }
      : each;
  const farm: Farm = { ...loaded, tenants: loaded.tenants.map(late) };
  return makeReports({
    ...{ stack: "lab", farm, folder: tenants.folder, month: "2026-11" as Month, tenants: [tenant] },
    ...{ now: new Date("2026-12-08T09:00:00+01:00"), measurements: join(root, "measurements") },
    out: join(root, "reports"),
    collect: async (of) => ({ evidence: new Map(of.map(({ id }) => [id, fullEvidence])), failures: [] }),
    again: false,
    onWait: () => {},
  });
}

test("a final report waits for the whole last week: what comes after the month's end may void an excuse", async () => {
  const cut = await final("12-01T00:10");
  expect(cut.reports).toEqual([]);
  expect(cut.unmeasured).toEqual([
    expect.stringMatching(/^hohenbrueck: not measured since 2026-12-01 00:.*; \.\/farm measurements pull$/),
  ]);
  const { reports, unmeasured } = await final("12-07T00:03");
  expect(unmeasured).toEqual([]);
  expect(reports[0]?.report.serviceTimes.map(({ countedSec }) => countedSec)).toEqual([480, 0]);
});

test("a prober that was dead over the month's end and measures again keeps no final report back", async () => {
  const dead = { kind: "dead", start: instant("11-30T23:30"), end: instant("12-01T00:30") } as const;
  const { reports, unmeasured } = await final("12-07T00:03", [dead]);
  expect([reports.length, unmeasured]).toEqual([1, []]);
});

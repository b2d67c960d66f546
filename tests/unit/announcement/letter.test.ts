import { describe, expect, test } from "vitest";
import { windowCost } from "../../../model/announcement/cost.ts";
import { noticeText } from "../../../model/announcement/letter.ts";
import { planNotices } from "../../../model/announcement/plan.ts";
import type { Seconds } from "../../../model/quota.ts";
import { farmOf, window } from "../model/window-fixtures.ts";

const at = "2026-11-20T09:00:00+01:00";

function costs(differs: object, ...others: readonly object[]) {
  const farm = farmOf({ at, windows: [window({ notice: undefined, ...differs }), ...others] });
  const [tenant] = farm.tenants;
  const own = farm.windows.find(({ id }) => id === "2026-12-08");
  if (tenant === undefined || own === undefined) throw new Error("no such window");
  const found = windowCost(own, farm.windows, { tenant, at: farm.at });
  const minutes = ({ ST1, ST2 }: Seconds) => [ST1 / 60, ST2 / 60];
  return found.map((cost) => [cost.month, minutes(cost.own), minutes(cost.others), minutes(cost.above)]);
}

const other = (id: string, differs: object = {}) => window({ id, notice: undefined, ...differs });

describe("the cost of a window", () => {
  test("is its expected minutes in the service time that they lie in", () => {
    expect(costs({})).toEqual([["2026-12", [0, 30], [0, 0], [0, 0]]]);
    const times = { start: "2026-12-08T17:30:00+01:00", expectedMinutes: 60 };
    expect(costs(times)).toEqual([["2026-12", [30, 30], [0, 0], [0, 0]]]);
    expect(costs({ expectedMinutes: undefined })).toEqual([["2026-12", [0, 120], [0, 0], [0, 0]]]);
  });

  test("is split at the end of a month", () => {
    const times = { start: "2026-11-30T23:30:00+01:00", end: "2026-12-01T01:00:00+01:00" };
    expect(costs({ ...times, expectedMinutes: 90 })).toEqual([
      ["2026-11", [0, 30], [0, 0], [0, 0]],
      ["2026-12", [0, 60], [0, 0], [0, 0]],
    ]);
  });

  test("above the quota is what the windows before it leave no room for, to the minute", () => {
    const day = {
      start: "2026-12-08T09:00:00+01:00",
      end: "2026-12-08T12:00:00+01:00",
      acceptExcess: "eilig",
    };
    const before = other("2026-12-02", {
      start: "2026-12-02T09:00:00+01:00",
      end: "2026-12-02T12:00:00+01:00",
      expectedMinutes: 60,
    });
    const after = other("2026-12-15", {
      start: "2026-12-15T09:00:00+01:00",
      end: "2026-12-15T12:00:00+01:00",
      expectedMinutes: 60,
      acceptExcess: "eilig",
    });
    expect(costs({ ...day, expectedMinutes: 60 }, before)).toEqual([["2026-12", [60, 0], [60, 0], [0, 0]]]);
    expect(costs({ ...day, expectedMinutes: 61 }, before)).toEqual([["2026-12", [61, 0], [60, 0], [1, 0]]]);
    // One after it takes of the quota as well, but comes later.
    expect(costs({ ...day, expectedMinutes: 120 }, after)).toEqual([["2026-12", [120, 0], [60, 0], [0, 0]]]);
  });
});

describe("the letter", () => {
  const provider = {
    name: "Rechenzentrum Küstenring",
    address: "Hafenallee 12, 18099 Küstenring",
    email: "betrieb@kuestenring.example",
  };

  function letter(differs: object, more: object = {}, ...others: readonly object[]) {
    const farm = farmOf({ at, windows: [window({ notice: undefined, ...differs }), ...others] });
    const own = farm.windows.find(({ id }) => id === "2026-12-08");
    if (own === undefined) throw new Error("no such window");
    const [plan] = planNotices(own, farm, farm.at);
    if (plan === undefined) throw new Error("nobody is concerned");
    return noticeText({ ...plan, window: own, provider, meetings: [], ...more });
  }

  test("says in German what, when, how long, and what it takes of the quota", async () => {
    const { subject, text } = letter({});
    expect(subject).toBe("Ankündigung: Technische Veränderung für ratsinfo.hohenbrueck.de am 08.12.2026");
    await expect(text).toMatchFileSnapshot("letter.txt");
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(76);
  });

  test("names meetings, what is above the quota, and that it takes the place of another", async () => {
    const before = other("2026-12-02", {
      start: "2026-12-02T16:30:00+01:00",
      end: "2026-12-02T23:30:00+01:00",
      expectedMinutes: undefined,
    });
    const long = {
      kind: "maintenance",
      start: "2026-12-08T16:00:00+01:00",
      end: "2026-12-09T00:00:00+01:00",
      expectedMinutes: undefined,
      acceptExcess: "Umzug der Controller",
    };
    const meetings = [
      {
        title: "Bau- und Umweltausschuss",
        start: new Date("2026-12-08T17:00:00Z"),
        end: new Date("2026-12-08T19:00:00Z"),
      },
    ];
    const { subject, text } = letter(long, { meetings, changed: true }, before);
    expect(subject).toMatch(/^Geänderte Ankündigung: Wartungsarbeiten für /);
    await expect(text).toMatchFileSnapshot("letter-changed.txt");
  });

  test("says of an hour that comes twice which of the two it means", () => {
    const night = {
      start: "2027-10-31T02:15:00+02:00",
      end: "2027-10-31T02:45:00+01:00",
      expectedMinutes: 30,
    };
    const meetings = [
      { title: "Rat", start: new Date("2027-10-30T22:30:00Z"), end: new Date("2027-10-31T01:30:00Z") },
    ];
    const { text } = letter(night, { meetings });
    expect(text).toMatch(/Beginn: +Sonntag, 31\. Oktober 2027, 02:15 Uhr \(MESZ\)\n/);
    expect(text).toMatch(/Ende: +Sonntag, 31\. Oktober 2027, 02:45 Uhr \(MEZ\)\n/);
    expect(text.replaceAll(/\s+/g, " ")).toContain(
      "Sonntag, 31. Oktober 2027, 00:30 Uhr bis 02:30 Uhr (MEZ)",
    );
  });
});

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { showStatus } from "../../../cli/sla/status.ts";
import { FarmError } from "../../../lib/farm-error.ts";
import type { PrivateFacts } from "../../../model/status/private-facts.ts";
import { down, Heard, type MeasuredFarm, measuredFarm } from "./measured-farm.ts";

const at = "2026-12-10T12:00:00+01:00";
let scene: MeasuredFarm;

beforeAll(async () => {
  scene = await measuredFarm("2026-12-10T12:00", [
    ...down("hohenbrueck", "2026-12-10T08:00", "2026-12-10T08:02"),
    ...down("hohenbrueck", "2026-12-10T10:00", "2026-12-10T10:02"),
    ...down("amt-seenplatte-nord", "2026-12-08T09:00", "2026-12-08T13:00"),
    ...down("amt-seenplatte-nord", "2026-12-10T11:30", "2026-12-10T11:40"),
  ]);
});
afterAll(() => scene.remove());

async function status(ids: readonly string[] = [], differs: object = {}) {
  const heard = new Heard();
  const options = { at, measurements: scene.measurements, ...differs };
  const code = await showStatus(scene.farm, ids, options, heard);
  return { code, heard };
}

test("all administrations, the most endangered first", async () => {
  const { code, heard } = await status();
  expect(code).toBe(0);
  const lines = heard.text.split("\n");
  expect(lines[0]).toBe(
    "Service level of 2026-12 as of 2026-12-10 12:00 (Berlin), most endangered first; minutes of downtime",
  );
  const cells = lines.slice(3, 6).map((line) => line.split(/ {2,}/));
  expect(cells.map(([id, state]) => [id, state])).toEqual([
    ["amt-seenplatte-nord", "threatened (201 %)"],
    // The last seconds are not measured yet: were they down, they would be a third short outage.
    ["hohenbrueck", "watched (2 %)"],
    ["landkreis-auental", "calm"],
  ]);
  // 250 of 409 minutes in 6,240 of service time 1: the 159 that are left last for 3,974 of them.
  expect(cells[0]?.slice(2, 6)).toEqual(["250 of 409 (62 %)", "159", "820", "2026-12-16 12:13"]);
  expect(cells[1]?.slice(2, 6)).toEqual(["0 of 409 (0 %)", "409", "0", "–"]);
  expect(cells[1]?.at(-2)).toBe("2/2 today, 2/3 this week");
  // Its contract begins in January.
  expect(cells[2]?.slice(2, 6)).toEqual(["–", "–", "–", "–"]);
  expect(lines.slice(6)).toEqual([
    "! amt-seenplatte-nord: used 3 % of ST1 in the last hour, 3 % of ST1 in the last six hours, 62 % of ST1 in the last three days",
    "! hohenbrueck: short outages 2/2 today, 2/3 this week: with one more, all of them count",
  ]);
});

test("a month that nobody measured long enough is undetermined, and its share says nothing", async () => {
  const { heard } = await status(["hohenbrueck"], { at: "2026-12-20T12:00:00+01:00" });
  const [id, state, ...rest] = heard.text.split("\n")[3]?.split(/ {2,}/) ?? [];
  expect([id, state]).toEqual(["hohenbrueck", "undetermined"]);
  expect(rest.at(-1)).toMatch(/^14[34]\d\d min$/);
});

test("the same as JSON, of one administration", async () => {
  const { heard } = await status(["hohenbrueck"]);
  expect(heard.value).toMatchObject({
    month: "2026-12",
    at: "2026-12-10T11:00:00.000Z",
    alarms: [],
    administrations: [
      {
        id: "hohenbrueck",
        status: "provisional",
        danger: { level: "watched" },
        met: [true, true],
        budgets: [
          { serviceTime: "ST1", allowedSec: 24_552, usedSec: 0 },
          { serviceTime: "ST2", allowedSec: 145_080 },
        ],
        shortOutages: { today: 2, week: 2, next: "counts" },
      },
    ],
  });
});

test("a quarter of an hour later nobody has measured since noon, and it says so", async () => {
  const { heard } = await status(["hohenbrueck"], { at: "2026-12-10T12:15:00+01:00" });
  expect(heard.text.split("\n")[3]).toMatch(/ {2}1[56] min$/);
});

test("a log that was changed is said loudly, and the exit code is 1", async () => {
  const folder = join(scene.measurements, "east");
  const [file = ""] = readdirSync(folder).filter((name) => name.startsWith("2026-12-08"));
  const path = join(folder, file);
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.replace('"ok":false', '"ok":true'));
  try {
    const { code, heard } = await status();
    expect(code).toBe(1);
    expect(heard.text).toMatch(/\n✗ the log of east was changed/);
  } finally {
    writeFileSync(path, text);
  }
});

test.each([
  [{ month: "2027-01" }, "The month 2027-01 has not begun"],
  [{ month: "Dezember" }, '"Dezember" is no month'],
  [{ at: "2026-12-10T12:00" }, "The instant of the run cannot be understood"],
  [{ measurements: "/nowhere/at/all" }, "The measurements cannot be read"],
])("refused: %j", async (differs, what) => {
  await expect(status([], differs)).rejects.toMatchObject({ parts: { what } });
  await expect(status([], differs)).rejects.toBeInstanceOf(FarmError);
});

test("with all facts: backups, certificates, releases and storage, marked where somebody has to act", async () => {
  const day = 86_400_000;
  const now = Date.parse(at);
  const good: PrivateFacts = {
    backup: { lastGood: now - 6 * 3_600_000, ageHours: 6, red: false },
    certificate: { ends: now + 40 * day },
    version: { wanted: "4.1.8", runs: true, detail: "answers" },
    drift: { unseen: "./farm refresh sucht danach" },
  };
  const bad: PrivateFacts = {
    ...good,
    backup: { lastGood: now - 30 * 3_600_000, ageHours: 29.6, red: true },
    certificate: { ends: now + 19 * day },
  };
  const heard = new Heard();
  const options = { at, measurements: scene.measurements, allFacts: true } as const;
  let asked: readonly string[] = [];
  const code = await showStatus(
    scene.farm,
    ["hohenbrueck", "amt-seenplatte-nord"],
    options,
    heard,
    async (farm) => {
      asked = farm.tenants.map(({ id }) => id);
      return {
        sites: new Map(asked.map((id) => [id, id === "hohenbrueck" ? bad : good])),
        storage: [
          { kind: "backup", name: "rz2", size: 100, used: 10 },
          { kind: "repository", name: "NetApp nord NFS", pool: "nord", size: 1000, used: 801 },
        ],
        failures: ['XO has no pool "sued"'],
      };
    },
  );
  expect([code, ...asked]).toEqual([1, "amt-seenplatte-nord", "hohenbrueck"]);
  const cells = heard.text.split("\n").map((line) => line.split(/ {2,}/));
  const last = (first: string) => cells.findLast(([name]) => name === first)?.slice(1);
  expect(last("amt-seenplatte-nord")).toEqual([
    ...["2026-12-10 06:00 (6 h)", "2027-01-19 12:00", "4.1.8", "not seen: ./farm refresh sucht danach"],
  ]);
  expect(last("hohenbrueck")?.slice(0, 2)).toEqual(["! 2026-12-09 06:00 (30 h)", "! 2026-12-29 12:00"]);
  expect(cells.slice(-3).map(([name, ...rest]) => [name, rest.at(-1)])).toEqual([
    ["NetApp nord NFS", "! 81 %"],
    ["rz2", "10 %"],
    ['✗ XO has no pool "sued"', undefined],
  ]);
  expect(heard.value).toMatchObject({
    administrations: [{ facts: good }, { facts: bad }],
    failures: ['XO has no pool "sued"'],
  });
});

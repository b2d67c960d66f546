import {
  appendFileSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { entry, TrafficMachine } from "./traffic-log.ts";
import { spawnRecorded } from "./traffic-nginx.ts";

let machine: TrafficMachine;
beforeEach(() => {
  machine = new TrafficMachine();
});
afterEach(() => machine.remove());

const noon = "2026-11-25T12:00:00+00:00";

describe("counting", () => {
  it("sums bytes by day, presentation and class, and leaves the farm's probes out", async () => {
    const agent = (name: string) => ({ agent: name });
    writeFileSync(
      machine.live,
      [
        entry(),
        entry({ presentation: "politicians", path: "/ri/logon", bytes: 7 }),
        entry({
          ...agent("Mozilla/5.0 (compatible; Googlebot/2.1)"),
          bytes: 20,
          path: "/public/oparl/system",
        }),
        entry({ ...agent("Mozilla/5.0 (compatible; SomeNewBot/3)"), bytes: 30 }),
        entry({ ...agent("SomeNewBot/3"), bytes: 40, path: "/public/oparl/system" }),
        entry({ ...agent("Thunderbird"), bytes: 50, path: "/public/ics/SiKalAbo.ics" }),
        entry({ ...agent("curl/8.0"), bytes: 60, presentation: "other", path: "/" }),
        entry({ ...agent("-"), bytes: 70, presentation: "nonsense", status: 0 }),
        entry({ ...agent("allris-farm-probe/1"), bytes: 999 }),
      ].join(""),
    );
    await machine.run(noon);
    expect(machine.day("2026-11-25")).toMatchObject({
      complete: false,
      counts: {
        citizens: {
          people: [1, 1000, 100],
          robots: [2, 50, 200],
          clients: [2, 90, 200],
          other: [0, 0, 0],
        },
        politicians: { people: [1, 7, 100] },
        other: { other: [2, 130, 200] },
      },
      leftOut: [1, 999, 100],
      paths: { "/public/oparl/system": [2, 60, 200], "/ri/logon": [1, 7, 100] },
    });
    expect(readFileSync(join(machine.book, "2026-11-25.json"), "utf8")).not.toContain("203.0.113");
  });

  it("puts a line on the day that it has in Berlin, also when the clocks change", async () => {
    const at = (time: string, bytes: number) => entry({ time, bytes });
    writeFileSync(
      machine.live,
      at("2026-10-24T21:59:59+00:00", 1) +
        at("2026-10-24T22:00:00+00:00", 2) +
        at("2026-10-25T00:30:00+00:00", 4) +
        at("2026-10-25T01:30:00+00:00", 8) +
        at("2026-10-25T22:59:59+00:00", 16) +
        at("2026-10-25T23:00:00+00:00", 32) +
        at("2027-03-28T00:00:00+01:00", 64) +
        at("2027-03-28T23:59:59+02:00", 128),
    );
    await machine.run("2027-03-29T03:00:00+00:00");
    const sent = (day: string) => machine.total(day)[1];
    expect(sent("2026-10-24")).toBe(1);
    expect(sent("2026-10-25")).toBe(2 + 4 + 8 + 16);
    expect(sent("2026-10-26")).toBe(32);
    expect(sent("2027-03-28")).toBe(64 + 128);
    expect(machine.day("2026-10-27")).toBeUndefined();
  });

  it("knows a day without visitors from a day at which nobody looked", async () => {
    await machine.run(noon);
    expect(machine.day("2026-11-25")).toBeUndefined();
    writeFileSync(machine.live, "");
    await machine.run(noon);
    expect(machine.total("2026-11-25")).toEqual([0, 0, 0]);
    await machine.run("2026-11-27T01:00:00+00:00");
    expect(machine.day("2026-11-25")?.complete).toBe(true);
    expect(machine.day("2026-11-26")).toBeUndefined();
    expect(machine.day("2026-11-27")?.complete).toBe(false);
  });

  it("waits for the end of a line, and loses none of a torn log", async () => {
    const [half, rest] = [entry({ bytes: 5 }).slice(0, 40), entry({ bytes: 5 }).slice(40)];
    writeFileSync(machine.live, entry() + half);
    await machine.run(noon);
    expect(machine.total("2026-11-25")).toEqual([1, 1000, 100]);
    appendFileSync(machine.live, rest);
    await machine.run(noon);
    expect(machine.total("2026-11-25")).toEqual([2, 1005, 200]);
    // A power cut: half a line, zeroes of a block that was never written, and nginx goes on behind them.
    appendFileSync(machine.live, `${half}\0\0\0${entry({ bytes: 6 })}no line at all\n[1]\n{"bytes":1}\n`);
    appendFileSync(machine.live, entry({ bytes: 7 }).replace('"status":200', '"status":000'));
    await machine.run(noon);
    expect(machine.total("2026-11-25")).toEqual([4, 1018, 400]);
    const shown = await machine.start(noon, "show", "2026-11-25", "2026-11-25");
    expect(JSON.parse(shown.stdout)).toMatchObject({ unreadable: 3, days: [{ day: "2026-11-25" }] });
  });
});

describe("how far it read", () => {
  it("counts once, however often it runs and however the log is named or packed", async () => {
    writeFileSync(machine.live, entry() + entry({ bytes: 1 }));
    for (let i = 0; i < 3; i++) await machine.run(noon);
    const once = [2, 1001, 200];
    expect(machine.total("2026-11-25")).toEqual(once);
    renameSync(machine.live, join(machine.logs, "access.json.1"));
    writeFileSync(machine.live, entry({ bytes: 2, seconds: 3 }));
    await machine.run(noon);
    expect(machine.total("2026-11-25")).toEqual([3, 1003, 300]);
    // In the middle of packing there are both.
    const plain = readFileSync(join(machine.logs, "access.json.1"));
    writeFileSync(join(machine.logs, "access.json.2.gz"), gzipSync(plain));
    await machine.run(noon);
    rmSync(join(machine.logs, "access.json.1"));
    await machine.run(noon);
    expect(machine.total("2026-11-25")).toEqual([3, 1003, 300]);
  });

  it("takes the lines that came between its last run and the rotation", async () => {
    writeFileSync(machine.live, entry());
    await machine.run(noon);
    appendFileSync(machine.live, entry({ bytes: 3 }));
    renameSync(machine.live, join(machine.logs, "access.json.1"));
    await machine.run(noon);
    expect(machine.total("2026-11-25")).toEqual([2, 1003, 200]);
  });

  it("counts anew what the logs hold when the positions are lost, and not once more", async () => {
    writeFileSync(join(machine.logs, "access.json.1"), entry({ time: "2026-11-24T09:00:00+00:00" }));
    writeFileSync(machine.live, entry({ bytes: 4 }));
    await machine.run(noon);
    rmSync(join(machine.book, "positions.json"));
    const older = { time: "2026-11-23T09:00:00+00:00", bytes: 9 };
    writeFileSync(join(machine.logs, "access.json.3"), entry(older));
    await machine.run(noon);
    expect(machine.total("2026-11-23")).toEqual([1, 9, 100]);
    expect(machine.total("2026-11-24")).toEqual([1, 1000, 100]);
    expect(machine.total("2026-11-25")).toEqual([1, 4, 100]);
  });

  it("goes on behind what a damaged packed log still gives", async () => {
    const packed = gzipSync(Array.from({ length: 2000 }, (_, i) => entry({ bytes: i })).join(""), {
      level: 0,
    });
    writeFileSync(join(machine.logs, "access.json.2.gz"), packed.subarray(0, packed.length / 2));
    writeFileSync(machine.live, entry({ seconds: 9 }));
    for (let i = 0; i < 2; i++) {
      const result = await machine.start(noon, "run");
      expect(result.code).toBe(0);
      expect(result.stderr).toContain("access.json.2.gz is damaged after line");
    }
    const [requests] = machine.total("2026-11-25");
    expect(requests).toBeGreaterThan(900);
    expect(requests).toBeLessThan(1100);
  });

  it("adds late lines to a day whose sum is closed", async () => {
    writeFileSync(join(machine.logs, "access.json.1"), entry({ time: "2026-11-10T09:00:00+00:00" }));
    await machine.run("2026-11-11T09:00:00+00:00");
    await machine.run(noon);
    const positions = JSON.parse(readFileSync(join(machine.book, "positions.json"), "utf8"));
    expect(Object.keys(positions.days)).toEqual([]);
    writeFileSync(
      join(machine.logs, "access.json.2"),
      entry({ time: "2026-11-10T08:00:00+00:00", bytes: 2 }),
    );
    await machine.run(noon);
    expect(machine.total("2026-11-10")).toEqual([2, 1002, 200]);
  });
});

describe("ageing", () => {
  const day = (date: string) => `${date}T10:00:00+00:00`;

  it("begins a new log after midnight and tells nginx", async () => {
    const nginx = await spawnRecorded(machine);
    try {
      writeFileSync(machine.live, entry({ time: "2026-11-24T22:59:59+00:00" }));
      await machine.run("2026-11-24T22:59:59+00:00");
      expect(readdirSync(machine.logs)).toEqual(["access.json"]);
      await machine.run("2026-11-24T23:10:00+00:00");
      await expect.poll(nginx.signals).toBe(1);
      expect(readdirSync(machine.logs)).toEqual(["access.json", "access.json-20261124T231000Z"]);
      expect(statSync(machine.live).mode & 0o777).toBe(0o640);
      expect(machine.day("2026-11-24")?.complete).toBe(true);
      expect(machine.total("2026-11-25")).toEqual([0, 0, 0]);
    } finally {
      await nginx.stop();
    }
  });

  it("shortens addresses after 7 days, keeps every line and the sums, and deletes after 90", async () => {
    const addresses = {
      "203.0.113.77": "203.0.113.0",
      "2001:db8:aaaa:bbbb::1": "2001:db8:aaaa::",
      "::ffff:198.51.100.9": "198.51.100.0",
      "unix:": "-",
    };
    const lines = Object.keys(addresses).map((address) => entry({ time: day("2026-11-01"), address }));
    const file = join(machine.logs, "access.json-20261102T000000Z");
    writeFileSync(file, `torn 203.0.113.88\n${lines.join("")}`, { mode: 0o640 });
    utimesSync(file, new Date("2026-11-02"), new Date("2026-11-02"));
    await machine.run("2026-11-08T09:00:00+00:00");
    expect(machine.text("access.json-20261102T000000Z")).toContain("203.0.113.77");
    await machine.run("2026-11-08T10:00:00+00:00");
    const packed = "access.json-20261102T000000Z.gz";
    expect(readdirSync(machine.logs)).toEqual([packed]);
    expect(statSync(join(machine.logs, packed)).mode & 0o777).toBe(0o640);
    const [torn, ...short] = machine.text(packed).trim().split("\n");
    expect(torn).toBe("{}");
    expect(short.map((line) => JSON.parse(line).address)).toEqual(Object.values(addresses));
    const rest = (line: string) => ({ ...JSON.parse(line), address: "" });
    expect(short.map(rest)).toEqual(lines.map(rest));
    for (const at of ["2026-11-09T09:00:00+00:00", "2027-01-30T09:00:00+00:00"]) {
      await machine.run(at);
      expect(machine.total("2026-11-01")).toEqual([4, 4000, 400]);
    }
    expect(readdirSync(machine.logs)).toEqual([packed]);
    await machine.run("2027-01-30T10:00:00+00:00");
    expect(readdirSync(machine.logs)).toEqual([]);
    expect(machine.total("2026-11-01")).toEqual([4, 4000, 400]);
  });

  it("shortens only the old lines of a log that was not rotated in time", async () => {
    const file = join(machine.logs, "access.json.1");
    writeFileSync(file, entry({ time: day("2026-11-01") }) + entry({ time: day("2026-11-07"), bytes: 1 }));
    const addresses = () =>
      machine
        .text("access.json.1.gz")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).address);
    await machine.run("2026-11-09T09:00:00+00:00");
    expect(addresses()).toEqual(["203.0.113.0", "203.0.113.77"]);
    await machine.run("2026-11-20T09:00:00+00:00");
    expect(addresses()).toEqual(["203.0.113.0", "203.0.113.0"]);
    expect(machine.total("2026-11-07")).toEqual([1, 1, 100]);
  });

  it("never takes the place of another log", async () => {
    writeFileSync(join(machine.logs, "access.json.1"), entry({ time: day("2026-11-01") }));
    const other = gzipSync(entry({ time: day("2026-11-02"), bytes: 2 }));
    writeFileSync(join(machine.logs, "access.json.1.gz"), other);
    await machine.run(noon);
    expect(readdirSync(machine.logs)).toHaveLength(2);
    expect(machine.text("access.json.1.gz")).toContain("2026-11-02");
    await machine.run(noon);
    expect([machine.total("2026-11-01")[1], machine.total("2026-11-02")[1]]).toEqual([1000, 2]);
  });
});

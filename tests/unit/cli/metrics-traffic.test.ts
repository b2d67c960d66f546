import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tellTraffic } from "../../../cli/metrics/sources.ts";
import { TrafficBook } from "../../../cli/traffic-book.ts";
import type { Month } from "../../../model/berlin-time.ts";
import { exposition } from "../../../model/foresight/exposition.ts";
import type { PlainDate } from "../../../model/plain-date.ts";
import { daysBetween } from "../../../model/traffic-calendar.ts";
import { neighbour, parse, tenant } from "../model/fixtures.ts";

const none = [0, 0, 0];

/** A day as a machine sums it up. */
function day(date: string, sent: number): object {
  const nobody = { people: none, robots: none, clients: none, other: none };
  return {
    day: date,
    complete: true,
    counts: { citizens: { ...nobody, people: [10, sent, 0] }, politicians: nobody, other: nobody },
    leftOut: none,
    paths: {},
  };
}

test("traffic, its forecast and a spike of yesterday are told from what is kept; who cannot be asked is named", async () => {
  const folder = mkdtempSync(join(tmpdir(), "farm-metrics-traffic-"));
  try {
    const book = new TrafficBook("lab", "hohenbrueck", folder);
    const days = daysBetween("2026-11-12" as PlainDate, "2026-12-09" as PlainDate);
    book.addMachine(days.map((date) => day(date, date === "2026-12-09" ? 500_000_000 : 100_000_000)));
    book.save();
    const farm = parse([tenant(), neighbour("nachbar", 12)]);
    const { metrics, failures } = await tellTraffic(farm, {
      ...{ stack: "lab", settings: farm.settings, month: "2026-12" as Month, folder },
      now: new Date("2026-12-10T12:00:00+01:00"),
      ...{ hostKeys: new Map(), agentSocket: undefined, cloudflareToken: undefined },
    });
    const lines = exposition(metrics).split("\n");
    // Eight days of 100 MB and one of 500 MB; 1.3 GB in nine of 31 days.
    expect(lines.filter((line) => line !== "" && !line.startsWith("#"))).toEqual([
      'farm_traffic_bytes{tenant="hohenbrueck"} 1300000000',
      `farm_traffic_forecast_bytes{tenant="hohenbrueck"} ${Math.round((1_300_000_000 * 31) / 9)}`,
      'farm_traffic_included_bytes{tenant="hohenbrueck"} 10000000000',
      'farm_traffic_spike_ratio{tenant="hohenbrueck"} 5',
    ]);
    expect(failures?.map((why) => why.split(":", 1)[0])).toEqual(["hohenbrueck", "nachbar"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

import { createHash } from "node:crypto";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readViews } from "../../cli/measurements/read-views.ts";
import type { Month } from "../../model/berlin-time.ts";
import { ProberReader, type ProberView } from "../../model/measurement/prober-view.ts";
import type { MeasurementRecord } from "../../model/measurement/record.ts";
import { timelineOf } from "../../model/measurement/timeline.ts";
import { administrationMonth } from "../../model/sla/months.ts";
import { administration, type YearSize, year, yearOf } from "./year-log.ts";

/**
 * Measures one year in a process of its own, so that its memory is its own: `--files` from raw logs on disk, otherwise
 * from their lines as they come. Prints one line of JSON.
 */
const [administrations = "1000", outages = "20", intervalSec = "15", way] = process.argv.slice(2);
const size: YearSize = {
  administrations: Number(administrations),
  outages: Number(outages),
  intervalSec: Number(intervalSec),
};
const probers = ["rand-1", "rand-2"];

/** Writes the raw logs as probers do, each line with the hash of the one before. */
function write(folder: string): void {
  probers.forEach((prober, index) => {
    mkdirSync(join(folder, prober), { recursive: true });
    let [seq, prev, day, text] = [0, "0".repeat(64), "", ""];
    const flush = (): void => {
      if (text !== "") appendFileSync(join(folder, prober, `${day}.jsonl`), text);
      text = "";
    };
    for (const { at, facts } of yearOf(size, index * 7000)) {
      const when = new Date(at).toISOString();
      if (when.slice(0, 10) !== day) flush();
      day = when.slice(0, 10);
      const body = JSON.stringify({ seq, prober, at: when, ...facts, prev });
      prev = createHash("sha256").update(body).digest("hex");
      text += `${body.slice(0, -1)},"hash":"${prev}"}\n`;
      seq += 1;
    }
    flush();
  });
}

function fromMemory(): readonly ProberView[] {
  return probers.map((prober, index) => {
    const reader = new ProberReader(prober);
    for (const { at, facts } of yearOf(size, index * 7000)) {
      reader.read({
        seq: 0,
        prober,
        at: new Date(at).toISOString(),
        prev: "",
        hash: "",
        ...facts,
      } as MeasurementRecord);
    }
    return reader.view();
  });
}

/** Twelve months of every administration. @returns how many incidents they have */
function compute(views: readonly ProberView[]): number {
  let incidents = 0;
  for (let index = 0; index < size.administrations; index += 1) {
    const id = administration(index);
    const timeline = timelineOf(views, id);
    for (let month = 1; month <= 12; month += 1) {
      const made = administrationMonth({
        tenant: { id, name: id, kind: "stadt", domain: `${id}.example`, customer: id, contractNumber: "1" },
        ...{ liveFrom: "2026-01-01", month: `2026-${String(month).padStart(2, "0")}` as Month },
        ...{ at: year.end, timeline, decisions: [], windows: [], logs: [] },
      });
      incidents += made.incidents.length;
    }
  }
  return incidents;
}

const folder = way === "--files" ? mkdtempSync(join(tmpdir(), "farm-year-")) : undefined;
try {
  if (folder !== undefined) write(folder);
  const before = process.cpuUsage();
  const begun = performance.now();
  const views = folder === undefined ? fromMemory() : readViews(folder, year).views;
  const read = performance.now();
  const incidents = compute(views);
  const done = performance.now();
  const { user, system } = process.cpuUsage(before);
  const figures = {
    incidents,
    readSec: (read - begun) / 1000,
    computeSec: (done - read) / 1000,
    cpuSec: (user + system) / 1e6,
    maxBytes: process.resourceUsage().maxRSS * 1024,
  };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
} finally {
  if (folder !== undefined) rmSync(folder, { recursive: true });
}

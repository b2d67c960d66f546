import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { writeFileAtomic } from "../lib/atomic-file.ts";
import { FarmError, messageOf } from "../lib/farm-error.ts";
import { farmFolder } from "../lib/paths.ts";
import type { PlainDate } from "../model/plain-date.ts";
import { parseStackName } from "../model/shards.ts";
import { type EdgeDay, type MachineDay, machineDaySchema, totalOf } from "../model/traffic-day.ts";

const edgeDay = z.object({ complete: z.boolean(), requests: z.number(), sent: z.number() });
const bookSchema = z.object({
  version: z.literal(1),
  /** As machines write them, by day. */
  machine: z.record(z.string(), machineDaySchema.loose()),
  edge: z.record(z.string(), edgeDay),
});

/** Days that are kept: a year to compare with, and the month that is disputed. */
const keptDays = 430;

/**
 * The sums of one administration, kept beside the stack's state. A machine that is rebuilt or restored has lost
 * sums, and Cloudflare forgets after days: what was fetched once is not lost with them.
 */
export class TrafficBook {
  private readonly file: string;
  private readonly machineDays: Map<string, unknown>;
  private readonly edgeDays: Map<string, EdgeDay>;

  /**
   * One of a farm's stacks after another may have the administration: its sums stay where they are.
   * @param stack the one that has it
   * @param folder @default - "traffic" in the farm's folder
   */
  constructor(stack: string, tenant: string, folder: string = join(farmFolder, "traffic")) {
    this.file = join(folder, parseStackName(stack).farm, `${tenant}.json`);
    const before = join(folder, stack, `${tenant}.json`);
    const { machine, edge } = read(existsSync(this.file) ? this.file : before);
    this.machineDays = new Map(Object.entries(machine));
    this.edgeDays = new Map(Object.entries(edge));
  }

  /** Days of the machine, as far as they are known. */
  get machine(): readonly MachineDay[] {
    return [...this.machineDays.values()].map((day) => machineDaySchema.parse(day));
  }

  /** Days of the edge, as far as they are known. */
  get edge(): readonly EdgeDay[] {
    return [...this.edgeDays.values()];
  }

  /** Adds what a machine wrote. Of two sums of a day the larger is right: a count only grows. */
  addMachine(days: readonly unknown[]): void {
    for (const written of days) {
      const day = machineDaySchema.parse(written);
      const kept = this.machineDays.get(day.day);
      const isLess = kept !== undefined && requestsOf(day) < requestsOf(machineDaySchema.parse(kept));
      if (!isLess) this.machineDays.set(day.day, written);
    }
  }

  /** Adds what the edge counted; the last word holds, since Cloudflare's figures settle for some minutes. */
  addEdge(day: EdgeDay): void {
    this.edgeDays.set(day.day, day);
  }

  /** Of these days those that the edge has to be asked for: not known, or counted before they were over. */
  openEdgeDays(days: readonly PlainDate[]): readonly PlainDate[] {
    return days.filter((day) => this.edgeDays.get(day)?.complete !== true);
  }

  save(): void {
    mkdirSync(dirname(this.file), { recursive: true });
    const latest = <Value>(days: ReadonlyMap<string, Value>) =>
      Object.fromEntries([...days].sort(([a], [b]) => (a < b ? -1 : 1)).slice(-keptDays));
    const book = { version: 1, machine: latest(this.machineDays), edge: latest(this.edgeDays) };
    writeFileAtomic(this.file, `${JSON.stringify(book)}\n`);
  }
}

function read(file: string): { machine: Record<string, unknown>; edge: Record<string, EdgeDay> } {
  if (!existsSync(file)) return { machine: {}, edge: {} };
  try {
    const raw = JSON.parse(readFileSync(file, "utf8"));
    const { edge } = bookSchema.parse(raw);
    const days = Object.entries(edge).map(([day, sums]) => [day, { day: day as PlainDate, ...sums }]);
    return { machine: raw.machine, edge: Object.fromEntries(days) };
  } catch (error) {
    throw new FarmError({
      what: "The kept traffic sums cannot be read",
      where: file,
      why: messageOf(error),
      next: "restore the file, or move it away: what machines and Cloudflare still know is fetched again",
    });
  }
}

function requestsOf(day: MachineDay): number {
  return totalOf(day).requests + day.leftOut.requests;
}

import { z } from "zod";
import { type PlainDate, parseDate } from "./plain-date.ts";
import type { TrafficSettings } from "./settings.ts";
import { textSchema } from "./value.ts";

/** What one kind of requests came to. */
export interface Count {
  readonly requests: number;
  /** Bytes to the visitor: headers and body, without TLS. */
  readonly sent: number;
  /** Bytes from the visitor. */
  readonly received: number;
}

/** The web areas of a site; `other` is what belongs to neither: redirects, certificates, error pages. */
export const presentations = ["citizens", "politicians", "other"] as const;
export type Presentation = (typeof presentations)[number];

/** Who asks: people's browsers, search robots and crawlers, OParl and iCal clients, everything else. */
export const clientClasses = ["people", "robots", "clients", "other"] as const;
export type ClientClass = (typeof clientClasses)[number];

/** What a machine counted on one day of Europe/Berlin. Probes of the farm are left out of the counts. */
export interface MachineDay {
  readonly day: PlainDate;
  /** Whether the day was over when it was counted. */
  readonly complete: boolean;
  readonly counts: Readonly<Record<Presentation, Readonly<Record<ClientClass, Count>>>>;
  /** The farm's own probes. */
  readonly leftOut: Count;
  /** The paths with the most bytes, without queries. */
  readonly paths: Readonly<Record<string, Count>>;
}

/** What the edge counted on one day of Europe/Berlin for all proxied names of a site, without probes. */
export interface EdgeDay {
  readonly day: PlainDate;
  readonly complete: boolean;
  readonly requests: number;
  /** Bytes to visitors. The edge's API has no figure for the other direction. */
  readonly sent: number;
}

const whole = z.int().min(0);
const count = z
  .tuple([whole, whole, whole])
  .transform(([requests, sent, received]): Count => ({ requests, sent, received }));
const day = textSchema(parseDate);
const byClass = z.strictObject({ people: count, robots: count, clients: count, other: count });

/** One day as `traffic show` on a machine prints it; further fields are of no concern here. */
export const machineDaySchema = z.object({
  day,
  complete: z.boolean(),
  counts: z.strictObject({ citizens: byClass, politicians: byClass, other: byClass }),
  leftOut: count,
  paths: z.record(z.string(), count),
});

/** What `traffic show` on a machine prints. */
export const machineReportSchema = z.object({
  version: z.literal(1),
  /** Lines of the log that a power cut or a full disk destroyed. */
  unreadable: whole,
  days: z.array(machineDaySchema),
});

/** The bytes of a count that the contract counts. */
export function bytesOf({ sent, received }: Count, direction: TrafficSettings["direction"]): number {
  return direction === "both" ? sent + received : sent;
}

/** Counts added up. */
export function sumOf(counts: Iterable<Count>): Count {
  let [requests, sent, received] = [0, 0, 0];
  for (const count of counts) {
    requests += count.requests;
    sent += count.sent;
    received += count.received;
  }
  return { requests, sent, received };
}

/** Everything that a machine counted on a day. */
export function totalOf({ counts }: MachineDay): Count {
  return sumOf(presentations.flatMap((name) => clientClasses.map((kind) => counts[name][kind])));
}

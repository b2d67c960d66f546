import type { PlainDate } from "../plain-date.ts";
import type { PathTraffic } from "../traffic.ts";
import type { ClientClass, Presentation } from "../traffic-day.ts";

/** The traffic of a month as a report tells it. */
export interface TrafficEvidence {
  /** Where the bytes were counted. */
  readonly countedAt: "machine" | "edge";
  readonly unit: "GB" | "GiB";
  /** What counts: bytes to visitors, or those of both directions. */
  readonly direction: "out" | "both";
  readonly bytes: number;
  readonly includedBytes: number;
  readonly byPresentation: Readonly<Record<Presentation, number>>;
  readonly byClass: Readonly<Record<ClientClass, number>>;
  /** Bytes of each day of the month within the contract; null for one that nobody counted. */
  readonly days: readonly { readonly day: PlainDate; readonly bytes: number | null }[];
  /** Past days that were not counted, or only in part. */
  readonly unknownDays: readonly PlainDate[];
  /**
   * The ten paths of the citizens' presentation with the most bytes. Paths of the politicians' are in no report: they
   * may hold names of non-public papers.
   * @default - it was kept before reports told of paths
   */
  readonly publicPaths?: readonly PathTraffic[];
  /** Begun units above what is included. */
  readonly overageUnits: number;
}

/** The backups of a month. */
export interface BackupEvidence {
  /** Days of the month that were over or good, and how many of them have a backup. */
  readonly goodDays: number;
  readonly countedDays: number;
  readonly missingDays: readonly PlainDate[];
}

/** A drill that was done with this administration's site, signed off and unchanged. */
export interface DrillEvidence {
  readonly id: string;
  readonly kind: "failover" | "restore";
  /** RFC 3339. */
  readonly startedAt: string;
  readonly outcome: "passed" | "failed";
  readonly durations: readonly { readonly name: string; readonly seconds: number }[];
}

/** Something that was changed or done at a site. */
export interface ChangeEvidence {
  /** A day, "2026-10-14", or an instant by RFC 3339. */
  readonly at: string;
  /** By the customer's order in the tenant file, by the operators on the machine, or applied from the tenant file. */
  readonly kind:
    | ("order" | "restart" | "access" | "move" | "patches")
    | ("release" | "settings" | "size" | "domain" | "certificate");
  /**
   * Field of the tenant file, German label or key; of a restart what was restarted, of patches how many packages, of
   * what was applied what it is now.
   * @default - nothing to add
   */
  readonly what?: string;
  /** When an order was carried out, RFC 3339. @default - it was not, or nobody noted it */
  readonly appliedAt?: string;
  /** Who ordered it. @default - the operators themselves */
  readonly by?: string;
  /** @default - none was given */
  readonly ticket?: string;
}

/** What a month's report tells beside the service level; null where it could not be read: "nicht gemessen". */
export interface MonthEvidence {
  readonly traffic: TrafficEvidence | null;
  readonly backups: BackupEvidence | null;
  readonly drills: readonly DrillEvidence[] | null;
  /** Orders, interventions and what was applied, oldest first. */
  readonly changes: readonly ChangeEvidence[] | null;
}

/** Nothing could be read. */
export const noEvidence: MonthEvidence = { traffic: null, backups: null, drills: null, changes: null };

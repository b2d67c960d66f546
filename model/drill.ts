import { createHash } from "node:crypto";
import { FarmError } from "../lib/farm-error.ts";

/** A moment of a drill, in the order in which they came. */
export interface DrillMoment {
  /** "host dead seen", "restart decided", "first HTTPS 200". */
  readonly what: string;
  /** RFC 3339, UTC, with milliseconds. */
  readonly at: string;
}

/** A stretch of time that the drill is about. */
export interface DrillDuration {
  /** "detection", "restart", "boot", "restore". */
  readonly name: string;
  readonly seconds: number;
}

/** Something that was compared. */
export interface DrillCheck {
  readonly check: string;
  readonly good: boolean;
  readonly detail: string;
}

/** What a drill saw of one administration. */
export interface DrillSite {
  readonly tenant: string;
  readonly domain: string;
  readonly moments: readonly DrillMoment[];
  readonly durations: readonly DrillDuration[];
  readonly checks: readonly DrillCheck[];
}

/** What a drill leaves to be written down. */
export interface DrillDraft {
  readonly kind: "failover" | "restore";
  /** Whether it happened in the lab: its seconds say nothing about a customer's farm. */
  readonly lab: boolean;
  readonly stack: string;
  /** The host or the administration that it was about. */
  readonly subject: string;
  /** How it was brought about: "the operator pulled the host", "the newest backup, restored as a copy". */
  readonly method: string;
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly sites: readonly DrillSite[];
  /** Whatever else a reader of the record has to know. @default - nothing */
  readonly remarks?: readonly string[];
  /** Name of the person who did it and answers for the record. */
  readonly by: string;
}

/** A drill as it is kept. */
export interface DrillRecord extends Omit<DrillDraft, "startedAt" | "endedAt" | "by" | "remarks"> {
  readonly version: 1;
  /** Also the name of its files: "failover-20261126T041000Z-xcp-nord-2". */
  readonly id: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly remarks: readonly string[];
  /** Passed: there was a site, and every check of every site was good. */
  readonly outcome: "passed" | "failed";
  readonly signedOff: {
    readonly by: string;
    readonly at: string;
    /** SHA-256 of everything else in the record: whoever changes it later has to sign anew. */
    readonly digest: string;
  };
}

/** A drill on a real farm: the only kind that a customer's report may hold. */
export type CustomerDrillRecord = DrillRecord & { readonly lab: false };

/** The record of a drill, signed off by whoever did it. */
export function signDrill(draft: DrillDraft): DrillRecord {
  const { startedAt, endedAt, by, remarks = [], ...facts } = draft;
  const checks = facts.sites.flatMap((site) => site.checks);
  const good = facts.sites.every((site) => site.checks.length > 0) && checks.every((check) => check.good);
  const stamp = startedAt.toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const subject = facts.subject.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  const record = {
    version: 1 as const,
    id: `${facts.kind}-${stamp}-${subject}`,
    ...facts,
    startedAt: startedAt.toISOString(),
    endedAt: endedAt.toISOString(),
    remarks,
    outcome: facts.sites.length > 0 && good ? ("passed" as const) : ("failed" as const),
    signedOff: { by, at: endedAt.toISOString() },
  };
  return { ...record, signedOff: { ...record.signedOff, digest: digestOf(record) } };
}

/** Whether nobody changed a record since it was signed off. */
export function isUnchanged(record: DrillRecord): boolean {
  const { digest, ...signedOff } = record.signedOff;
  return digest === digestOf({ ...record, signedOff });
}

/**
 * A record as a customer's report may use it. Whatever writes such a report takes its drills from here.
 * @throws FarmError for a drill in the lab, and for a record that was changed after it was signed off
 */
export function requireCustomerRecord(record: DrillRecord): CustomerDrillRecord {
  // Asked for false, not for true: a record that does not say is the lab's.
  if (record.lab !== false) {
    throw new FarmError({
      what: "Seconds of the lab never appear in a customer's report",
      where: `drill ${record.id}`,
      why: "one machine with simulated hosts says nothing about how fast the customer's farm is",
      next: `repeat the drill on the farm: ./farm drill ${record.kind} ${record.subject} -s <stack>`,
    });
  }
  if (!isUnchanged(record)) {
    throw new FarmError({
      what: "The record was changed after it was signed off",
      where: `drill ${record.id}`,
      why: "its digest does not fit its content",
      next: "bring the signed record back, or repeat the drill",
    });
  }
  return record as CustomerDrillRecord;
}

function digestOf(value: object): string {
  return createHash("sha256").update(canonical(value)).digest("hex");
}

/** JSON with sorted keys: the same record gives the same text, whoever wrote it. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

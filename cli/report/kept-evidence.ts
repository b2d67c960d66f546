import { type MonthEvidence, noEvidence } from "../../model/report/evidence.ts";
import type { Tenant } from "../../model/tenant.ts";
import type { FoundEvidence } from "./month-evidence.ts";
import type { ReportFolder, ReportStage } from "./report-folder.ts";

/** Where evidence comes from that was not kept. */
export interface EvidenceSource {
  /** Asks machines and Xen Orchestra for what is told beside the service level. */
  readonly collect: (tenants: readonly Tenant[]) => Promise<FoundEvidence>;
  /** Whether they are asked again where their answers were kept. */
  readonly again: boolean;
}

/** Where reports of a stage lie. */
export interface Place {
  readonly folder: ReportFolder;
  readonly stage: ReportStage;
}

/**
 * What is told beside the service level: as it was kept with the report, else as it is found now. What is known is
 * never given up for what does not answer now.
 */
export async function evidenceOf(
  tenants: readonly Tenant[],
  { collect, again }: EvidenceSource,
  { folder, stage }: Place,
): Promise<FoundEvidence> {
  const known = new Map<string, MonthEvidence>();
  for (const { id } of tenants) {
    const kept = stage === "running" ? undefined : folder.tryEvidence(id, stage);
    if (kept !== undefined) known.set(id, kept);
  }
  const asked = tenants.filter(({ id }) => again || !known.has(id));
  const found = asked.length === 0 ? undefined : await collect(asked);
  const merged = [...(found?.evidence ?? [])].map(([id, now]) => [id, merge(now, known.get(id))] as const);
  for (const [id, evidence] of merged) folder.keepEvidence(id, stage, evidence);
  const fresh = new Set<string>(asked.map(({ id }) => id));
  const left = [...known].filter(([id]) => !fresh.has(id));
  return {
    evidence: new Map([...known, ...merged]),
    failures: [...(found?.failures ?? []), ...left.flatMap(([id, evidence]) => gapsOf(id, evidence))],
  };
}

function merge(now: MonthEvidence, before: MonthEvidence = noEvidence): MonthEvidence {
  return {
    traffic: now.traffic ?? before.traffic,
    backups: now.backups ?? before.backups,
    drills: now.drills ?? before.drills,
    changes: now.changes ?? before.changes,
  };
}

/** What an earlier run could not read, and nobody asked for since. */
function gapsOf(id: string, evidence: MonthEvidence): readonly string[] {
  const gaps = Object.entries(evidence).flatMap(([part, value]) => (value === null ? [part] : []));
  if (gaps.length === 0) return [];
  return [`${id}: an earlier run could not read ${gaps.join(", ")}: --collect asks again`];
}

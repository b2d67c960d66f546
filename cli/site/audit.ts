import { join } from "node:path";
import { type AuditDeed, type AuditLine, appendAudit, readAudit } from "../../lib/audit-log.ts";
import { withLock } from "../../lib/lock.ts";
import { farmFolder } from "../../lib/paths.ts";
import { parseStackName, type ShardRule, stacksOf } from "../../model/shards.ts";

/** The log of what people did on a stack's machines. */
export function auditFile(stack: string): string {
  return join(farmFolder, "audit", `${stack}.jsonl`);
}

/** Notes a deed before it is done. Two at a time would both follow the same line. */
export function note(stack: string, deed: AuditDeed): Promise<AuditLine> {
  const file = auditFile(stack);
  const lock = { onWait: () => {}, doing: "writes the audit log", timeout: 10_000 };
  return withLock(`${file}.lock`, lock, async () => appendAudit(file, deed));
}

/** What was done on the machines of a stack, oldest first. @throws FarmError when the log was changed */
export function deedsOf(stack: string, tenant?: string): readonly AuditLine[] {
  return readAudit(auditFile(stack)).filter((line) => tenant === undefined || line.tenant === tenant);
}

/**
 * What was done on the machines of a farm, whichever of its stacks is named: an administration may have moved from one
 * to another since. Oldest first.
 * @param deeds those of one stack
 * @throws FarmError when one of the logs was changed
 */
export function farmDeeds<Deed extends { readonly at: string }>(
  stack: string,
  settings: { readonly shards: Readonly<Record<string, ShardRule>> },
  deeds: (stack: string) => readonly Deed[],
): readonly Deed[] {
  return stacksOfFarm(stack, settings)
    .flatMap((each) => deeds(each))
    .sort((a, b) => (a.at < b.at ? -1 : 1));
}

/** The stacks of a farm, whichever of them is named. */
export function stacksOfFarm(
  stack: string,
  settings: { readonly shards: Readonly<Record<string, ShardRule>> },
): readonly string[] {
  const isSplit = Object.keys(settings.shards).length > 0;
  return isSplit ? stacksOf(parseStackName(stack).farm, settings) : [stack];
}

import { FarmError, messageOf } from "../../lib/farm-error.ts";
import { backupsCheck } from "./backups.ts";
import { Context, type Subject } from "./context.ts";
import { engineCheck } from "./engine.ts";
import { environmentCheck } from "./environment.ts";
import type { Check, Finding } from "./finding.ts";
import { lockCheck } from "./lock.ts";
import { machinesCheck } from "./machines.ts";
import { measurementCheck } from "./measurement.ts";
import { namesCheck } from "./names.ts";
import { pendingCheck } from "./pending.ts";
import { reachCheck } from "./reach.ts";
import { servedCertificatesCheck } from "./served-certificates.ts";
import { snapshotsCheck } from "./snapshots.ts";
import { stateSizeCheck } from "./state-size.ts";
import { tokensCheck } from "./tokens.ts";

/** What one check found. */
export interface CheckResult {
  readonly check: string;
  readonly title: string;
  readonly findings: readonly Finding[];
}

/** All checks, in the order in which they are shown. */
export const checks: readonly Check<Context>[] = [
  engineCheck,
  environmentCheck,
  lockCheck,
  pendingCheck,
  reachCheck,
  tokensCheck,
  machinesCheck,
  namesCheck,
  servedCertificatesCheck,
  backupsCheck,
  snapshotsCheck,
  measurementCheck,
  stateSizeCheck,
];

/**
 * Looks at everything, each check on its own: one that cannot look says why, as a finding.
 * @throws FarmError when there is no stack to look at
 */
export async function examine(subject: Subject): Promise<readonly CheckResult[]> {
  const context = await Context.open(subject);
  try {
    return await Promise.all(
      checks.map(async (check) => ({
        check: check.id,
        title: check.title,
        findings: await check.run(context).catch((error: unknown) => [blind(check, error)]),
      })),
    );
  } finally {
    context.close();
  }
}

function blind({ id }: Check<Context>, error: unknown): Finding {
  if (!(error instanceof FarmError)) {
    // A defect of one check must not hide what the others found.
    return { id: `${id}.unseen`, severity: "broken", detail: `cannot be looked at: ${messageOf(error)}` };
  }
  const { what, where, why, next } = error.parts;
  const said = [what, where, why].filter((part) => part !== undefined).join("; ");
  return {
    id: `${id}.unseen`,
    severity: "broken",
    detail: `cannot be looked at: ${said}`,
    ...(next === undefined ? {} : { next }),
  };
}

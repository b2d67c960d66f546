import { setTimeout as sleep } from "node:timers/promises";
import { freshManifestMinutes, isConsistent } from "../model/backup-status.ts";
import { showBerlin } from "../model/berlin-time.ts";
import type { DrillCheck, DrillDraft, DrillMoment } from "../model/drill.ts";
import { type GuestCheck, type GuestStates, manifestsOf } from "../model/guest-backup.ts";
import { type WrittenDrill, writeDrill } from "./drill-record.ts";
import { type GuestWay, readStates, selfCheck, sentence } from "./guest-backup.ts";
import { Interrupted } from "./interruptible.ts";
import { withCopy } from "./isolated-copy.ts";
import { chooseForCopy } from "./restore-copy.ts";
import { copyWay, liveWay, type RestoreScope } from "./restore-scope.ts";

/** Who signs a drill off, and where it is written down. */
export interface DrillSigner {
  readonly by: string;
  readonly folder: string;
}

/**
 * Restores the newest good backup as a copy in quarantine, boots it and compares what comes out with what the backup
 * promised. A drill that fails is written down like one that passes; the copy is gone afterwards in either case.
 *
 * @throws FarmError when there is nothing to drill with, and Interrupted, which leaves no record
 */
export async function drillRestore(scope: RestoreScope, { by, folder }: DrillSigner): Promise<WrittenDrill> {
  const startedAt = new Date();
  const { tenant, stack, farm, signal } = scope;
  const chosen = await chooseForCopy(scope, {});
  const { archive, hostKey } = chosen;
  const moments: DrillMoment[] = [];
  const moment = (what: string, at = new Date()): void => {
    moments.push({ what, at: at.toISOString() });
  };
  const site = { moments, durations: [] as { name: string; seconds: number }[], checks: [] as DrillCheck[] };
  const check = (name: string, good: boolean, detail: string): void => {
    site.checks.push({ check: name, good, detail });
  };
  const duration = (name: string, seconds: number): void => {
    site.durations.push({ name, seconds });
  };
  moment("data of the backup", new Date(archive.timestamp));
  moment("drill begun", startedAt);
  const promised = await tryReadStates(scope, hostKey);
  try {
    await withCopy(scope, chosen, async ({ restoreSeconds, bootSeconds }) => {
      moment("copy let the operators in");
      duration("restore", restoreSeconds);
      duration("boot", bootSeconds);
      check("boots with the machine's own host key", true, `after ${bootSeconds.toFixed(1)} s`);
      scope.say("the copy is compared with what its backup promised");
      const begun = Date.now();
      const found = await checkOnceUp(copyWay(scope, hostKey), signal);
      moment("compared");
      duration("comparison", (Date.now() - begun) / 1000);
      duration("restore to a site that answers (RTO)", (Date.now() - startedAt.getTime()) / 1000);
      site.checks.push(...compare(found, promised, archive.timestamp));
    });
    check("leaves nothing behind", true, "the copy and its disks are deleted");
  } catch (error) {
    if (error instanceof Interrupted || signal.aborted) throw error;
    check("runs to its end", false, sentence(error));
  }
  const draft: DrillDraft = {
    kind: "restore",
    lab: farm.settings.stage === "lab",
    stack,
    subject: tenant.id,
    method: `the newest good backup, of ${showBerlin(new Date(archive.timestamp))}, as an isolated copy`,
    startedAt,
    endedAt: new Date(),
    sites: [{ tenant: tenant.id, domain: tenant.domain, ...site }],
    remarks: [`archive ${archive.id}, ${archive.size} bytes`],
    by,
  };
  return writeDrill(draft, folder);
}

/** Milliseconds that a copy has for starting its database and its application. */
const starting = 4 * 60_000;

/** Asks the copy until everything is well or it has had its time: ssh answers long before the application does. */
async function checkOnceUp(way: GuestWay, signal: AbortSignal): Promise<GuestCheck> {
  const deadline = Date.now() + starting;
  for (;;) {
    const found = await selfCheck(way, signal);
    // Checksums do not become right by waiting.
    if (found.outcome === "done" || !found.parts.state.well || Date.now() > deadline) return found;
    await sleep(2000, undefined, { signal });
  }
}

/** What the running machine noted about its states: the second, independent witness. */
async function tryReadStates(scope: RestoreScope, hostKey: string): Promise<GuestStates | undefined> {
  try {
    return await readStates(liveWay(scope, hostKey), scope.signal);
  } catch (error) {
    scope.signal.throwIfAborted();
    scope.say(`the running machine says nothing about its states: ${sentence(error)}`);
    return undefined;
  }
}

function compare(
  found: GuestCheck,
  promised: GuestStates | undefined,
  backupStart: number,
): readonly DrillCheck[] {
  const { application, state, database } = found.parts;
  const version = `${found.release.version} (${found.release.build})`;
  const taken = Date.parse(found.takenAt);
  const minutes = ((backupStart - taken) / 60_000).toFixed(0);
  const noted = promised?.states.find(({ takenAt }) => takenAt === found.takenAt);
  const witness = noted?.manifestSha256;
  return [
    {
      check: "release runs and its pages come",
      good: application.well,
      detail: application.reason ?? version,
    },
    {
      check: "files have the checksums of the manifest",
      good: state.well,
      detail: state.reason ?? `${found.files} files, ${found.bytes} bytes, state of ${found.takenAt}`,
    },
    {
      check: "database can be read back from its dump, row by row",
      good: database.well,
      detail: database.reason ?? `${found.databaseBytes} bytes`,
    },
    {
      check: "manifest is the one that the machine noted",
      good: witness === undefined || witness === found.manifestSha256,
      detail:
        witness === undefined
          ? `not compared: the running machine has no note of it; SHA-256 ${found.manifestSha256}`
          : `SHA-256 ${found.manifestSha256}, noted ${witness}`,
    },
    {
      check: "backup is consistent",
      good: isConsistent(backupStart, promised === undefined ? [taken] : [taken, ...manifestsOf(promised)]),
      detail: `state written ${minutes} minutes before the backup, at most ${freshManifestMinutes}`,
    },
  ];
}

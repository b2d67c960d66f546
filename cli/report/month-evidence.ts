import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FarmError, messageOf } from "../../lib/farm-error.ts";
import { loadParameterLabels } from "../../loading/parameter-labels.ts";
import type { AppliedChange } from "../../model/applied.ts";
import type { Month } from "../../model/berlin-time.ts";
import type { DrillRecord } from "../../model/drill.ts";
import type { Environment } from "../../model/environment.ts";
import type { Farm } from "../../model/farm.ts";
import { type MonthEvidence, noEvidence } from "../../model/report/evidence.ts";
import { changeEvidence, type NotedDeed } from "../../model/report/find-changes.ts";
import { backupEvidence, drillEvidence, trafficEvidence } from "../../model/report/find-evidence.ts";
import { byOwnStack } from "../../model/shards.ts";
import type { Tenant } from "../../model/tenant.ts";
import { noteApplied, readApplied } from "../applied/applied-book.ts";
import { backupRows } from "../backup-status.ts";
import { drillFolder, readCustomerDrill } from "../drill-record.ts";
import type { Output } from "../output.ts";
import { type PatchEntry, patchLogOf, readPatches } from "../patch-log.ts";
import { farmHostKeys } from "../pinned-keys.ts";
import { deedsOf, farmDeeds, stacksOfFarm } from "../site/audit.ts";
import { readState } from "../stack-state.ts";
import { countTraffic } from "../traffic-count.ts";

/** Where evidence is asked for. */
export interface EvidenceScope {
  readonly stack: string;
  readonly farm: Farm;
  readonly environment: Environment;
  readonly month: Month;
  readonly now: Date;
  readonly output: Output;
}

/** What was found, and why the rest was not. */
export interface FoundEvidence {
  readonly evidence: ReadonlyMap<string, MonthEvidence>;
  /** For the operators; one sentence each. */
  readonly failures: readonly string[];
}

/** Asks machines, Cloudflare, Xen Orchestra and the farm's own records; what does not answer is left unknown. */
export async function collectEvidence(
  tenants: readonly Tenant[],
  scope: EvidenceScope,
): Promise<FoundEvidence> {
  const failures: string[] = [];
  const attempt = async <Value>(what: string, ask: () => Promise<Value> | Value): Promise<Value | null> => {
    try {
      return await ask();
    } catch (error) {
      failures.push(`${what}: ${sentenceOf(error)}`);
      return null;
    }
  };
  const { stack, month, now, output } = scope;
  const traffic = await attempt("traffic", () => askTraffic(tenants, scope, failures));
  const backups = await attempt("backups", () => backupRows(stack, { now, month, output }));
  const drills = await attempt("drills", () => readDrills());
  const deeds = await attempt("audit log", () =>
    farmDeeds(stack, scope.farm.settings, (each) => [
      ...deedsOf(each),
      ...patchDeeds(readPatches(patchLogOf(each))),
    ]),
  );
  const applied = await attempt("applied changes", () => lookAtApplied(tenants, scope));
  const labels = loadParameterLabels();
  const evidence = tenants.map((tenant): [string, MonthEvidence] => {
    const { id } = tenant;
    const days = backups?.find((row) => row.tenant === id)?.days;
    return [
      id,
      {
        ...noEvidence,
        traffic: traffic?.get(id) ?? null,
        backups: days === undefined ? null : backupEvidence(days, tenant.contract.endsOn),
        drills: drills === null ? null : drillEvidence(drills, { tenant: id, stack, month }),
        changes:
          deeds === null || applied === null
            ? null
            : changeEvidence(
                tenant,
                {
                  deeds: deeds.filter((deed) => deed.tenant === id),
                  applied: applied.filter((change) => change.tenant === id),
                },
                month,
                labels,
              ),
      },
    ];
  });
  return { evidence: new Map(evidence), failures };
}

/**
 * What was applied at the farm's sites, also by who has another machine's books, such as a pipeline: of that the state
 * tells.
 */
export async function lookAtApplied(
  tenants: readonly Tenant[],
  { stack, farm: { settings } }: Pick<EvidenceScope, "stack" | "farm">,
): Promise<readonly AppliedChange[]> {
  // One after the other: each is an engine of its own.
  for (const own of byOwnStack(stack, tenants, settings).keys()) await noteApplied(own, await readState(own));
  return stacksOfFarm(stack, settings).flatMap((each) => readApplied(each));
}

/** Patches that were applied, as deeds; what was held or taken back has changed nothing. */
export function patchDeeds(
  entries: readonly PatchEntry[],
): readonly (NotedDeed & { readonly tenant: string })[] {
  return entries
    .filter(({ result }) => result === "patched")
    .map(({ at, tenant, changes }) => ({
      at,
      tenant,
      what: "patches",
      detail: "",
      packages: changes.length,
    }));
}

async function askTraffic(
  tenants: readonly Tenant[],
  { stack, farm, environment, month, now }: EvidenceScope,
  failures: string[],
): Promise<ReadonlyMap<string, MonthEvidence["traffic"]>> {
  const { settings } = farm;
  const rows = await countTraffic(tenants, {
    stack,
    settings,
    month,
    now,
    hostKeys: await farmHostKeys(stack, tenants, settings),
    agentSocket: environment["SSH_AUTH_SOCK"],
    cloudflareToken: environment["CLOUDFLARE_API_TOKEN"],
  });
  failures.push(
    ...rows.flatMap(({ tenant, failures: own }) => own.map((why) => `traffic of ${tenant}: ${why}`)),
  );
  return new Map(
    rows.map(({ tenant, traffic, countedAt }) => [
      tenant,
      traffic === null ? null : trafficEvidence(traffic, settings.traffic, countedAt),
    ]),
  );
}

/**
 * The signed records of drills. Those of a lab are none for a customer.
 * @throws FarmError for a record that was changed: nobody knows whom it was about
 */
export function readDrills(folder: string = drillFolder): readonly DrillRecord[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return files.sort().flatMap((name) => {
    const file = join(folder, name);
    return isOfLab(file) ? [] : [readCustomerDrill(file)];
  });
}

function isOfLab(file: string): boolean {
  try {
    const record: unknown = JSON.parse(readFileSync(file, "utf8"));
    return typeof record === "object" && record !== null && "lab" in record && record.lab === true;
  } catch {
    // Said by whoever reads it as a record.
    return false;
  }
}

/** One line, whatever was thrown. */
function sentenceOf(error: unknown): string {
  if (!(error instanceof FarmError)) return messageOf(error).split("\n", 1).join("");
  const { what, next } = error.parts;
  return next === undefined ? what : `${what}; ${next}`;
}

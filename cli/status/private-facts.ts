import { FarmError, messageOf } from "../../lib/farm-error.ts";
import { backupStatus } from "../../model/backup-status.ts";
import { daysBefore, monthOf } from "../../model/berlin-time.ts";
import type { Farm } from "../../model/farm.ts";
import { ownStack } from "../../model/shards.ts";
import type {
  BackupFact,
  CertificateFact,
  PrivateFacts,
  Unseen,
  VersionFact,
} from "../../model/status/private-facts.ts";
import type { Tenant } from "../../model/tenant.ts";
import type { SshServer } from "../../providers/ssh/connect.ts";
import { type FarmBackups, findTenantBackups, readFarmBackups } from "../backup-facts.ts";
import type { Context } from "../doctor/context.ts";
import { endOfServed } from "../doctor/served-certificates.ts";
import { atMost } from "../patch-fleet.ts";
import { examineSite } from "../release-health.ts";
import { routeTo } from "../site-route.ts";
import { driftFacts, driftFile } from "./drift-facts.ts";

/** Sites that are looked at at a time: each is a connection of its own through the jump host. */
const together = 8;
/** Milliseconds of one look. */
const patience = 10_000;
/** Days back in which the last good backup is looked for. */
const backupDays = 100;

/**
 * What only the provider may know of each administration. What cannot be looked at is said with its reason, and stops
 * nothing else.
 * @param drift file of the last look for drift. @default - where ./farm refresh keeps that of each stack
 */
export async function readPrivateFacts(
  context: Context,
  farm: Farm,
  drift?: string,
): Promise<ReadonlyMap<string, PrivateFacts>> {
  const after = daysBefore(context.now, backupDays);
  const backups = seen(() => readFarmBackups(context.admin(), after, AbortSignal.timeout(10 * 60_000)));
  const lookedAt = new Map<string, ReturnType<typeof driftFacts>>();
  const driftOf = (tenant: Tenant): ReturnType<ReturnType<typeof driftFacts>> => {
    const file = drift ?? driftFile(ownStack(context.stack, tenant, farm.settings));
    const facts = lookedAt.get(file) ?? driftFacts(file);
    lookedAt.set(file, facts);
    return facts(tenant.id);
  };
  const { jump } = farm.settings.access;
  const agentSocket = context.environment["SSH_AUTH_SOCK"];
  const way = jump && { ...jump, agentSocket, timeout: patience };
  const facts = await atMost(together, farm.tenants, async (tenant): Promise<[string, PrivateFacts]> => {
    const [backup, certificate, version] = await Promise.all([
      seen(async () => backupOf(tenant, context, await backups)),
      seen(() => certificateOf(tenant, way)),
      seen(() => versionOf(tenant, farm, context)),
    ]);
    return [tenant.id, { backup, certificate, version, drift: driftOf(tenant) }];
  });
  return new Map(facts);
}

async function backupOf(
  { id, contract }: Tenant,
  context: Context,
  backups: FarmBackups | Unseen,
): Promise<BackupFact | Unseen> {
  if ("unseen" in backups) return backups;
  const signal = AbortSignal.timeout(60_000);
  const mine = await findTenantBackups(context.xo(), backups, { stack: context.stack, tenant: id }, signal);
  const about = { now: context.now, month: monthOf(context.now), since: contract.liveFrom };
  const { lastGood, ageHours, red } = backupStatus(mine.vm, backups.facts, about);
  return { lastGood: lastGood?.at ?? null, ageHours, red };
}

async function certificateOf(
  { address, domain }: Tenant,
  way: SshServer | undefined,
): Promise<CertificateFact> {
  return { ends: (await endOfServed(address, domain, way)).getTime() };
}

async function versionOf(tenant: Tenant, farm: Farm, context: Context): Promise<VersionFact | Unseen> {
  const wanted = tenant.allrisnet.release;
  const release = farm.releases.find(({ version }) => version === wanted);
  if (release === undefined) return { unseen: `das Release ${wanted} ist nicht bekannt` };
  const outlook = { xo: context.xo(), stack: `allris-farm/${context.stack}`, route: routeTo(context.stack) };
  const { healthy, detail } = await examineSite(tenant, release, outlook);
  return { wanted, runs: healthy, detail };
}

/** The fact, or in one line why there is none. */
async function seen<Fact>(look: () => Promise<Fact>): Promise<Fact | Unseen> {
  try {
    return await look();
  } catch (error) {
    const said = error instanceof FarmError ? error.parts.what : messageOf(error);
    return { unseen: said.split("\n", 1).join("").slice(0, 200) };
  }
}

import { join } from "node:path";
import { FarmError } from "../../lib/farm-error.ts";
import { planDns } from "../../model/dns-plan.ts";
import { findTenantState } from "../../model/tenant-state.ts";
import type { CertificateEnd } from "../../model/termination-record.ts";
import { exportReadme, zoneLines } from "../../model/termination-texts.ts";
import { backUpNow } from "../backup-run.ts";
import { liveWay, type RestoreScope } from "../restore-scope.ts";
import { onMachine } from "../site/on-machine.ts";
import { readState } from "../stack-state.ts";
import { exportSite } from "./export.ts";
import { loadTermination, saveTermination, type TerminationJournal, terminationFolder } from "./journal.ts";

/** Folder of what an administration is handed over. */
export function exportFolder(stack: string, tenant: string): string {
  return join(terminationFolder(stack, tenant), "export");
}

/** A termination that has come as far as its site being closed. */
export type Closed = TerminationJournal &
  Required<Pick<TerminationJournal, "closedAt" | "lastArchive" | "export" | "exportSha256" | "certificate">>;

/**
 * Closes a site: nobody gets in any more, then its data is saved for the last time and exported, then its certificate
 * is taken back. What an interrupted call has done is not done again; a second call does the rest.
 * @throws FarmError that says what could not be done
 */
export async function closeSite(scope: RestoreScope): Promise<Closed> {
  const { stack, tenant, farm, say, signal } = scope;
  let journal = loadTermination(stack, tenant.id);
  const { hostKey } = findTenantState(await readState(stack), tenant.id, stack);
  const way = liveWay(scope, hostKey);
  const note = (part: Partial<TerminationJournal>): void => {
    journal = saveTermination({ ...journal, ...part });
  };
  // What is written after the last backup would be lost: first nobody gets in.
  say("closing the site: visitors get the page that says so");
  // By a rule of systemd-tmpfiles: /run is empty after a reboot, and the site has to stay closed.
  const rule = "/etc/tmpfiles.d/farm-closed.conf";
  await onMachine(
    way,
    `echo 'f /run/farm/maintenance 0644' | sudo -n tee ${rule} > /dev/null && sudo -n systemd-tmpfiles --create ${rule}`,
    signal,
  );
  if (journal.closedAt === undefined) note({ closedAt: new Date().toISOString() });
  if (journal.lastArchive === undefined) {
    const backup = await backUpNow(scope);
    const [archive] = backup.good ? backup.archives : [];
    if (!backup.good || archive === undefined || !backup.consistent) {
      throw new FarmError({
        what: `The last backup of ${tenant.id} is not good, so the site does not end yet`,
        where: `job ${backup.job}, run ${backup.run}`,
        why: backup.good ? "the machine wrote no state before it" : backup.reason,
        next: `mend that, then run again: ./farm tenant terminate ${tenant.id} -s ${stack}`,
      });
    }
    note({ lastArchive: archive });
  }
  if (journal.exportSha256 === undefined) {
    say("exporting database and files");
    const records = zoneLines(planDns({ ...tenant, lifecycle: { state: "active" } }, farm.settings).records);
    const readme = exportReadme(tenant, farm.settings.provider, journal.closedAt ?? "");
    const { files, sha256 } = await exportSite(
      way,
      exportFolder(stack, tenant.id),
      { records, readme },
      signal,
    );
    note({ records, export: files, exportSha256: sha256 });
  }
  if (journal.certificate === undefined) {
    say("taking the certificate back");
    note({ certificate: await endCertificate(scope, hostKey) });
  }
  return journal as Closed;
}

/** Cloudflare's certificate is taken back by the next `up`, which deletes it; the machine's own by the machine. */
async function endCertificate(scope: RestoreScope, hostKey: string): Promise<CertificateEnd> {
  const { issuer } = scope.tenant.certificate;
  if (issuer === "customer") return "theirs";
  if (issuer === "cloudflare-origin") return "revoked";
  const said = await onMachine(
    liveWay(scope, hostKey),
    "sudo -n /usr/local/lib/farm/certificate revoke",
    scope.signal,
  );
  return /"state": "none"/.test(said) ? "none" : "revoked";
}

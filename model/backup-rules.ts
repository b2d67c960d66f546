import type { BackupSettings } from "./backup-settings.ts";
import { slotsOf } from "./backup-slot.ts";
import type { ProductionRules, Report } from "./rules.ts";
import { reportRepeats } from "./rules.ts";
import type { SettingsFields } from "./settings-rules.ts";

/** The rules of the settings of backups, alone and against the pools. */
export function checkBackup({ backup, pools }: SettingsFields, report: Report): void {
  if (backup === undefined) return;
  const repositories = Object.entries(backup.repositories);
  if (repositories.length === 0) report(["backup", "repositories"], "must have at least one repository");
  for (const [name, { url, keyVariable, secretVariable }] of repositories) {
    const path = ["backup", "repositories", name];
    for (const [field, variable] of Object.entries({ keyVariable, secretVariable })) {
      if (/^s3/.test(url) && variable === undefined) report([...path, field], "is missing; s3:// needs it");
      if (!/^s3/.test(url) && variable !== undefined) report([...path, field], "goes with s3:// alone");
    }
  }
  reportRepeats(
    repositories.map(([, { url }]) => url),
    (at) => ["backup", "repositories", repositories[at]?.[0] ?? "", "url"],
    report,
  );
  reportRepeats(backup.reportRecipients ?? [], (at) => ["backup", "reportRecipients", at], report);
  if (slotsOf(backup).length === 0) {
    report(["backup", "window"], `leaves no room for a backup of ${backup.slotMinutes} minutes`);
  }
  for (const [key, { storage }] of Object.entries(pools ?? {})) {
    const own = [...new Set(Object.values(storage).map(({ location }) => location))].sort();
    if (repositories.length === 0 || repositories.some(([, { location }]) => !own.includes(location)))
      continue;
    report(
      ["backup", "repositories"],
      `must have one at another location than the storage of the pool "${key}", which stands in ${own.join(", ")}`,
    );
  }
}

/** What production demands of the settings of backups: papers that are not public leave the storage here. */
export function checkBackupInProduction(
  backup: BackupSettings,
  rules: ProductionRules,
  report: Report,
): void {
  for (const [name, { url, encryptionKeyVariable }] of Object.entries(backup.repositories)) {
    const path = ["backup", "repositories", name];
    if (encryptionKeyVariable === undefined) {
      report([...path, "encryptionKeyVariable"], "is missing; production encrypts backups (BSI CON.3)");
    }
    if (url.startsWith("file:"))
      report([...path, "url"], "lies on Xen Orchestra's own disk, which production refuses");
    if (url.startsWith("s3+http:")) report([...path, "url"], "must begin with s3:// in production");
    const [, host] = /^[a-z0-9+]+:\/\/([^/:]+)/.exec(url) ?? [];
    rules.host([...path, "url"], host);
  }
  backup.reportRecipients?.forEach((email, at) => {
    rules.email(["backup", "reportRecipients", at], email);
  });
}

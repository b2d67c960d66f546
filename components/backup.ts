import type * as pulumi from "@pulumi/pulumi";
import { type BackupSlot, slotTimezone } from "../model/backup-slot.ts";
import type { Tenant } from "../model/tenant.ts";
import { BackupJob } from "../providers/xenops/sdk-backup.ts";
import type { SitePlatform } from "./site-platform.ts";
import type { VirtualMachine } from "./virtual-machine.ts";

/** What is backed up, and when. */
export interface SiteBackupArgs {
  readonly tenant: Tenant;
  /** Name of the job in XO: that of the machine, so that each is found by the other. */
  readonly label: string;
  readonly machine: VirtualMachine;
  readonly slot: BackupSlot;
  readonly platform: SitePlatform;
}

/**
 * The backups of one administration: a job of its own, since jobs are what XO keeps retention, logs and reports by,
 * and what a contract is about. It needs the machine and nothing on it, so a roll-out that fails leaves no
 * administration without backups. It stays as it is while a site is being wound up: until the machine is deleted
 * somebody may ask for its data, and a job that is gone would leave what it made to nobody.
 */
export function backUp(name: string, args: SiteBackupArgs, parent: pulumi.Resource): BackupJob {
  const { tenant, machine, platform } = args;
  const { reportRecipients } = platform.backups;
  return new BackupJob(
    `${name}-backup`,
    {
      name: args.label,
      vmIds: [machine.vm.id],
      repositories: [...platform.backups.repositories],
      mode: "delta",
      schedule: { cron: args.slot.cron, timezone: slotTimezone },
      // The newest one counts by itself as well: one that somebody starts by hand is kept until the next.
      retention: { last: 1, ...tenant.backup.retention },
      ...(reportRecipients === undefined ? {} : { reportRecipients: [...reportRecipients] }),
    },
    { parent, protect: platform.protection },
  );
}

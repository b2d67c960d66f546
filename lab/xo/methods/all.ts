import type { Method } from "../rpc/method.ts";
import { accountMethods } from "./accounts.ts";
import { backupArchiveMethods } from "./backup-archives.ts";
import { backupJobMethods } from "./backup-jobs.ts";
import { customFieldMethods } from "./custom-fields.ts";
import { diskMethods } from "./disks.ts";
import { hostUpdateMethods } from "./host-updates.ts";
import { labMethods } from "./lab.ts";
import { labBackupMethods } from "./lab-backup.ts";
import { labFaultMethods } from "./lab-faults.ts";
import { networkMethods } from "./networks.ts";
import { objectMethods } from "./objects.ts";
import { poolMethods } from "./pools.ts";
import { remoteMethods } from "./remotes.ts";
import { resourceSetMethods } from "./resource-sets.ts";
import { scheduleMethods } from "./schedules.ts";
import { sessionMethods } from "./session.ts";
import { vmMethods } from "./vm.ts";
import { vmCreateMethods } from "./vm-create.ts";
import { vmDeviceMethods } from "./vm-devices.ts";
import { vmPowerMethods } from "./vm-power.ts";
import { vmSnapshotMethods } from "./vm-snapshot.ts";

/** Every method by name. */
export const allMethods: ReadonlyMap<string, Method> = new Map(
  [
    accountMethods,
    backupArchiveMethods,
    backupJobMethods,
    customFieldMethods,
    diskMethods,
    hostUpdateMethods,
    labBackupMethods,
    labMethods,
    labFaultMethods,
    networkMethods,
    objectMethods,
    poolMethods,
    remoteMethods,
    resourceSetMethods,
    scheduleMethods,
    sessionMethods,
    vmCreateMethods,
    vmDeviceMethods,
    vmMethods,
    vmPowerMethods,
    vmSnapshotMethods,
  ].flatMap((methods) => Object.entries(methods)),
);

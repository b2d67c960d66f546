import type { Method } from "../rpc/method.ts";
import { accountMethods } from "./accounts.ts";
import { customFieldMethods } from "./custom-fields.ts";
import { diskMethods } from "./disks.ts";
import { labMethods } from "./lab.ts";
import { networkMethods } from "./networks.ts";
import { objectMethods } from "./objects.ts";
import { poolMethods } from "./pools.ts";
import { resourceSetMethods } from "./resource-sets.ts";
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
    customFieldMethods,
    diskMethods,
    labMethods,
    networkMethods,
    objectMethods,
    poolMethods,
    resourceSetMethods,
    sessionMethods,
    vmCreateMethods,
    vmDeviceMethods,
    vmMethods,
    vmPowerMethods,
    vmSnapshotMethods,
  ].flatMap((methods) => Object.entries(methods)),
);

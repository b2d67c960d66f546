import type { Method } from "../rpc/method.ts";
import { accountMethods } from "./accounts.ts";
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

/** Every method by name. */
export const allMethods: ReadonlyMap<string, Method> = new Map(
  [
    accountMethods,
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
  ].flatMap((methods) => Object.entries(methods)),
);

import { operationBlocked } from "../errors.ts";
import type { VmRecord } from "../records.ts";

/** @throws XoError 19 with the reason that was given for it, when one of the operations is blocked on the VM. */
export function requireUnblocked(vm: VmRecord, ...operations: readonly string[]): void {
  const blocked = operations.find((operation) => Object.hasOwn(vm.blockedOperations, operation));
  // XAPI's second parameter is the value of blocked_operations, not the name of the operation.
  if (blocked !== undefined) throw operationBlocked(vm.id, vm.blockedOperations[blocked] ?? "");
}

import { FarmError, type FarmErrorParts } from "../../lib/farm-error.ts";

/** The pool's master could not be reached, or the connection broke. */
export class XapiUnreachable extends FarmError {}

/** XAPI answered a call with an error. */
export class XapiCallError extends FarmError {
  /** XAPI's name of it, for example `HA_IS_ENABLED`. */
  readonly code: string;
  readonly params: readonly string[];

  constructor(address: string, method: string, code: string, params: readonly string[]) {
    super(explain(address, method, code, params));
    this.code = code;
    this.params = params;
  }
}

interface Explanation {
  readonly why: string;
  readonly next?: string;
}

/** What XAPI's errors about high availability mean, and what to do. */
const explanations: Readonly<Record<string, (params: readonly string[]) => Explanation>> = {
  HA_CONSTRAINT_VIOLATION_SR_NOT_SHARED: ([sr]) => ({
    why: `storage repository ${sr} is not shared by all hosts: a heartbeat there, or a machine with a disk or a medium there, would be lost with its host`,
    next: "choose shared repositories, move the disk to one (XO: migrate disk), or eject the medium",
  }),
  HA_CONSTRAINT_VIOLATION_NETWORK_NOT_SHARED: ([network]) => ({
    why: `network ${network} does not exist on every host, so a machine on it could not be restarted anywhere`,
    next: "give every host a network card in it, or plug the machine into a network of the whole pool",
  }),
  HA_OPERATION_WOULD_BREAK_FAILOVER_PLAN: () => ({
    why: "after it the pool could no longer restart all protected machines when as many hosts fail as are to be tolerated",
    next: "add memory or a host, take a machine out of the pool, or lower pools.<pool>.ha.hostFailures",
  }),
  HA_NO_PLAN: () => ({
    why: "there is no way to place the protected machines on the hosts that are left",
    next: "bring hosts back or take protected machines out of the pool, then run again",
  }),
  HA_IS_ENABLED: () => ({
    why: "this cannot be done while high availability is on",
    next: "import what is there (./farm pulumi import), or switch it off in XO first",
  }),
  HA_NOT_ENABLED: () => ({
    why: "high availability is off: somebody switched it off",
    next: "run ./farm pulumi refresh, then again",
  }),
  HA_FAILED_TO_FORM_LIVESET: ([host]) => ({
    why: `the hosts did not find each other by heartbeat${host === undefined ? "" : `; host ${host} is away`}`,
    next: "start every host of the pool, check the management network and the heartbeat repositories, then run again",
  }),
  HA_HOST_CANNOT_ACCESS_STATEFILE: ([host]) => ({
    why: `host ${host} does not reach a heartbeat repository`,
    next: "plug the repository in on that host (XO: host, storage), or choose another heartbeat repository",
  }),
  HA_ABORT_NEW_MASTER: ([reason]) => ({
    why: `the hosts are just choosing a new master${reason === undefined ? "" : `: ${reason}`}`,
    next: "wait a minute, then run again",
  }),
  HA_TOO_FEW_HOSTS: () => ({
    why: "high availability needs two hosts, and three to be safe",
    next: "join a host to the pool",
  }),
  VM_REQUIRES_SR: ([vm, sr]) => ({
    why: `machine ${vm} has a disk on ${sr}, which the other host does not reach`,
    next: "move the disk to a shared repository, or plug the repository in on every host",
  }),
  SR_FULL: ([wanted, free]) => ({
    why: `the repository has ${free} bytes free and needs ${wanted}`,
    next: "free space on it, or choose another heartbeat repository",
  }),
  HOST_OFFLINE: ([host]) => ({
    why: `host ${host} does not run`,
    next: "start it, or wait until it counts as failed",
  }),
  UUID_INVALID: ([kind, uuid]) => ({
    why: `the pool has no ${kind} ${uuid}`,
    next: "somebody deleted it: run ./farm pulumi refresh, then again",
  }),
  RBAC_PERMISSION_DENIED: ([permission]) => ({
    why: `the account's role lacks the right ${permission}`,
    next: "give the account the role pool-operator (xe subject-role-add)",
  }),
  SESSION_AUTHENTICATION_FAILED: ([user]) => ({
    why: `name or password of ${user} is not right`,
    next: "correct the password variable of the account (pools.<pool>.xapi), then run again",
  }),
};

function explain(address: string, method: string, code: string, params: readonly string[]): FarmErrorParts {
  const found = explanations[code]?.(params);
  const details = params.length === 0 ? code : `${code}: ${params.join(", ").slice(0, 500)}`;
  return {
    what: `XAPI refused ${method}`,
    where: address,
    why: found === undefined ? details : `${found.why} (${code})`,
    ...(found?.next === undefined ? {} : { next: found.next }),
  };
}

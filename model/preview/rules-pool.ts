import { type ImpactRule, larger, smaller } from "./rule.ts";

const ha = "xenops:index:PoolHighAvailability";
const pool = "xenops:index:PoolSettings";
const order = "xenops:index:VmRestartOrder";

const calm = { level: "calm", outage: 0, window: false, impact: "changed in place" } as const;
const notice = { ...calm, level: "notice" } as const;
const danger = { ...calm, level: "danger" } as const;

/** Failover and settings of pools: the farm's own provider. */
export const poolRules: readonly ImpactRule[] = [
  {
    ...calm,
    id: "ha-new",
    resource: ha,
    op: "create",
    impact: "failover on",
    why: "Refused when the pool could not bear a host's failure.",
  },
  {
    ...danger,
    id: "ha-off",
    resource: ha,
    op: "delete",
    impact: "failover off",
    why: "No machine of the pool is started elsewhere when its host fails.",
  },
  {
    ...danger,
    id: "ha-replaced",
    resource: ha,
    op: "replace",
    impact: "failover off",
    why: "Off for the old pool.",
  },
  {
    ...danger,
    id: "ha-fewer",
    resource: ha,
    op: "update",
    path: "hostFailuresToTolerate",
    when: smaller,
    impact: "failover reduced",
    why: "Fewer hosts may fail with everything started again.",
  },
  {
    ...calm,
    id: "ha-more",
    resource: ha,
    op: "update",
    path: "hostFailuresToTolerate",
    when: larger,
    impact: "failover extended",
    why: "Refused when the pool could not bear it.",
  },
  {
    ...notice,
    id: "ha-heartbeat",
    resource: ha,
    op: "update",
    path: "heartbeatRepositories[]",
    impact: "failover off and on",
    why: "While the heartbeat is moved, nothing is started elsewhere.",
  },
  {
    ...notice,
    id: "ha-timeout",
    resource: ha,
    op: "update",
    path: "timeoutSeconds",
    impact: "failover off and on",
    why: "While it is set, nothing is started elsewhere.",
  },
  { ...calm, id: "ha-account", resource: ha, op: "update", path: "*", why: "How the pool is reached." },
  {
    ...calm,
    id: "pool-new",
    resource: pool,
    op: "create",
    impact: "pool settings",
    why: "What the pool does is written down.",
  },
  {
    ...notice,
    id: "pool-changed",
    resource: pool,
    op: "update",
    path: "*",
    impact: "pool settings",
    why: "Counts for the next migration, backup or disk of the pool.",
  },
  {
    ...notice,
    id: "pool-left",
    resource: pool,
    op: "delete",
    impact: "pool settings",
    why: "The pool keeps what was set.",
  },
  {
    ...notice,
    id: "pool-replaced",
    resource: pool,
    op: "replace",
    impact: "pool settings",
    why: "Another pool gets them.",
  },
  {
    ...calm,
    id: "order-new",
    resource: order,
    op: "create",
    impact: "restart order",
    why: "Counts when hosts fail.",
  },
  {
    ...notice,
    id: "order-changed",
    resource: order,
    op: "update",
    path: "*",
    impact: "restart order",
    why: "Counts when hosts fail.",
  },
  {
    ...notice,
    id: "order-gone",
    resource: order,
    op: "delete",
    impact: "restart order",
    why: "The machine is started with the first ones when hosts fail.",
  },
  {
    ...notice,
    id: "order-replaced",
    resource: order,
    op: "replace",
    impact: "restart order",
    why: "Another machine gets the place.",
  },
];

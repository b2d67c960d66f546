import { setTimeout as sleep } from "node:timers/promises";
import { FarmError } from "../../lib/farm-error.ts";
import { comparePlain } from "../kit/compare.ts";
import { checkFields, type Fields } from "../kit/fields.ts";
import { type Context, type Properties, type ResourceType, Unknown, type Value } from "../kit/types.ts";
import { refuseRepositories } from "./heartbeat.ts";
import { overcommitted } from "./overcommit.ts";
import { findPoolById, textsOf, tryFindPool, type XoObject } from "./pool-objects.ts";
import { accountFields, accountOf, checkAccount, hasPassword, isKnownAccount } from "./xapi-account.ts";
import { withXapi, type XapiSession } from "./xapi-client.ts";
import { XapiCallError } from "./xapi-errors.ts";
import type { XoClient } from "./xo-client.ts";

const fields: Fields = {
  pool: { type: "text", required: true },
  heartbeatRepositories: { type: "texts", required: true },
  hostFailuresToTolerate: { type: "number", required: true },
  timeoutSeconds: { type: "number" },
  xapi: { type: "object", required: true, fields: accountFields },
};

const compared = ["pool", "heartbeatRepositories", "hostFailuresToTolerate", "timeoutSeconds"];
const rules = {
  replace: ["pool"],
  sets: ["heartbeatRepositories"],
  // XAPI has one in any case.
  computed: ["timeoutSeconds"],
};

type PoolContext = Context<XoClient>;

const isOn = (pool: XoObject): boolean => pool.HA_enabled === true;

function sameSet(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((each) => right.includes(each));
}

function isKnown(inputs: Properties): boolean {
  const { xapi, heartbeatRepositories, ...rest } = inputs;
  if (heartbeatRepositories instanceof Unknown) return false;
  const values: Value[] = [...Object.values(rest), ...(heartbeatRepositories as Value[])];
  return isKnownAccount(xapi) && values.every((value) => !(value instanceof Unknown));
}

/** What XAPI knows of the pool's high availability. */
async function plan(session: XapiSession, pool: string): Promise<Properties> {
  const record = await session.record("pool", await session.ref("pool", pool));
  const configuration = (record.ha_configuration ?? {}) as Readonly<Record<string, string>>;
  const timeout = Number(configuration.timeout);
  return {
    hostFailuresToTolerate: Number(record.ha_host_failures_to_tolerate),
    ...(timeout > 0 ? { timeoutSeconds: timeout } : {}),
    planExistsFor: Number(record.ha_plan_exists_for),
    maxHostFailuresToTolerate: await possible(session),
    overcommitted: record.ha_overcommitted === true,
    allowOvercommit: record.ha_allow_overcommit === true,
  };
}

async function possible(session: XapiSession): Promise<number> {
  return Number(await session.call("pool.ha_compute_max_host_failures_to_tolerate"));
}

/** @throws FarmError with the numbers when the pool cannot bear what is asked */
async function requireRoom(context: PoolContext, session: XapiSession, inputs: Properties): Promise<void> {
  const [asked, most] = [Number(inputs.hostFailuresToTolerate), await possible(session)];
  if (asked <= most) return;
  const pool = await findPoolById(context.client, String(inputs.pool), context.signal);
  throw await overcommitted(context.client, pool, asked, most, context.signal);
}

async function enable(context: PoolContext, session: XapiSession, inputs: Properties): Promise<void> {
  const ids = textsOf(inputs.heartbeatRepositories);
  const repositories = await Promise.all(ids.map((id) => session.ref("SR", id)));
  const timeout = inputs.timeoutSeconds;
  context.log("info", "high availability is being switched on");
  await session.call(
    "pool.enable_ha",
    repositories,
    timeout === undefined ? {} : { timeout: String(timeout) },
  );
  // XO learns of it a moment later, and what reads the pool next reads it there.
  for (let tries = 0; tries < 120; tries++) {
    const pool = await findPoolById(context.client, String(inputs.pool), context.signal);
    if (isOn(pool) && sameSet(textsOf(pool.haSrs), ids)) return;
    await sleep(500, undefined, { signal: context.signal });
  }
  context.log("warning", "Xen Orchestra does not show yet that high availability is on");
}

async function disable(context: PoolContext, session: XapiSession): Promise<void> {
  context.log("info", "high availability is being switched off");
  await session.call("pool.disable_ha").catch((error: unknown) => {
    if (!(error instanceof XapiCallError) || error.code !== "HA_NOT_ENABLED") throw error;
  });
}

/** Sets what may be set while high availability is on, and reads back what came of it. */
async function settle(session: XapiSession, inputs: Properties): Promise<Properties> {
  const pool = String(inputs.pool);
  const ref = await session.ref("pool", pool);
  await session.call("pool.set_ha_allow_overcommit", ref, false);
  await session.call("pool.set_ha_host_failures_to_tolerate", ref, Number(inputs.hostFailuresToTolerate));
  return { ...inputs, ...(await plan(session, pool)) };
}

/** Whether a preview has to do without XAPI: whoever only looks at a plan need not have the pool's password. */
function withoutXapi({ preview, log }: PoolContext, inputs: Properties): boolean {
  const account = accountOf(inputs);
  if (!preview || hasPassword(account)) return false;
  log("warning", `${account.passwordVariable} is not set: whether the pool can bear it is asked by up`);
  return true;
}

/** Refuses to take over high availability that somebody has switched on with other settings. */
function requireSame(pool: XoObject, inputs: Properties): void {
  if (sameSet(textsOf(pool.haSrs), textsOf(inputs.heartbeatRepositories))) return;
  throw new FarmError({
    what: `high availability of pool ${String(pool.name_label)} is on already`,
    why: `its heartbeat is on other storage repositories: ${textsOf(pool.haSrs).join(", ")}`,
    next: `import it (./farm pulumi import xenops:index:PoolHighAvailability <name> ${String(pool.id)}), or switch it off in XO`,
  });
}

const unknownPlan = {
  planExistsFor: Unknown.value,
  maxHostFailuresToTolerate: Unknown.value,
  overcommitted: Unknown.value,
  allowOvercommit: false,
};

/** High availability of a pool, through XAPI itself: XO hides XAPI's refusals from everybody but administrators. */
export const poolHighAvailability: ResourceType<XoClient> = {
  async check({ client, signal }, news, olds) {
    const { inputs, failures } = checkFields(news, fields);
    const reasons = [...failures, ...checkAccount(inputs.xapi)];
    const fail = (property: string, reason: string): void => {
      reasons.push({ property, reason });
    };
    for (const [name, least] of [
      ["hostFailuresToTolerate", 1],
      ["timeoutSeconds", 5],
    ] as const) {
      const value = inputs[name];
      if (typeof value === "number" && !(Number.isInteger(value) && value >= least)) {
        fail(name, `must be a whole number, ${least} or more`);
      }
    }
    const ids = inputs.heartbeatRepositories;
    if (!Array.isArray(ids) || reasons.length > 0) return { inputs, failures: reasons };
    if (ids.length === 0) fail("heartbeatRepositories", "must name at least one storage repository");
    const known = textsOf(ids);
    if (new Set(known).size < known.length) fail("heartbeatRepositories", "names one repository twice");
    // Asked when they change, not at every run: a repository that fails later must not stop other changes.
    const isNew = olds.pool !== inputs.pool || !sameSet(textsOf(olds.heartbeatRepositories), known);
    if (isNew && known.length === ids.length && typeof inputs.pool === "string" && reasons.length === 0) {
      for (const [index, reason] of await refuseRepositories(client, inputs.pool, known, signal)) {
        fail(`heartbeatRepositories[${index}]`, reason);
      }
    }
    return { inputs, failures: reasons };
  },

  diff(_context, _id, olds, news) {
    // An import knows no account: that one is declared afterwards is no change.
    const inputs = olds.xapi === undefined ? compared : [...compared, "xapi"];
    const differences = comparePlain(olds, news, { ...rules, inputs });
    return {
      differences:
        olds.allowOvercommit === true ? { ...differences, allowOvercommit: "update" } : differences,
    };
  },

  async create(context, inputs) {
    const { client, preview, signal } = context;
    if (!isKnown(inputs)) return { id: "", outputs: { ...inputs, ...unknownPlan } };
    const pool = await findPoolById(client, String(inputs.pool), signal);
    if (isOn(pool)) requireSame(pool, inputs);
    if (withoutXapi(context, inputs)) return { id: "", outputs: { ...inputs, ...unknownPlan } };
    return withXapi(accountOf(inputs), client.insecure, async (session) => {
      await requireRoom(context, session, inputs);
      if (preview) return { id: "", outputs: { ...inputs, ...unknownPlan } };
      // On already: switched on by a run that was interrupted, or by hand.
      if (!isOn(pool)) await enable(context, session, inputs);
      return { id: String(inputs.pool), outputs: await settle(session, inputs) };
    });
  },

  async read({ client, signal }, id, olds, oldInputs) {
    const pool = await tryFindPool(client, id, signal);
    // Switched off it is gone, and the next run switches it on.
    if (pool === undefined || !isOn(pool)) return undefined;
    const found = await withXapi(accountOf(oldInputs, olds), client.insecure, (session) => plan(session, id));
    const [before, now] = [textsOf(olds.heartbeatRepositories), textsOf(pool.haSrs)];
    const xapi = oldInputs.xapi ?? olds.xapi;
    const inputs: Properties = {
      pool: id,
      heartbeatRepositories: sameSet(before, now) ? before : now.sort(),
      hostFailuresToTolerate: found.hostFailuresToTolerate ?? 0,
      ...(xapi === undefined ? {} : { xapi }),
    };
    const isImport = oldInputs.pool === undefined;
    const states = (isImport || oldInputs.timeoutSeconds !== undefined) && found.timeoutSeconds !== undefined;
    return {
      outputs: { ...inputs, ...found },
      inputs: states ? { ...inputs, timeoutSeconds: found.timeoutSeconds ?? null } : inputs,
    };
  },

  async update(context, _id, olds, news) {
    const { client, preview, signal } = context;
    const [before, after] = [textsOf(olds.heartbeatRepositories), textsOf(news.heartbeatRepositories)];
    const otherTimeout = news.timeoutSeconds !== undefined && news.timeoutSeconds !== olds.timeoutSeconds;
    const again = !sameSet(before, after) || otherTimeout;
    if (again) {
      const what = sameSet(before, after) ? "timeout" : "heartbeat repositories";
      context.log(
        preview ? "warning" : "info",
        `another ${what}: high availability is switched off and on again, and for that time nothing is restarted`,
      );
    }
    if (!isKnown(news) || withoutXapi(context, news)) return { ...news, ...unknownPlan };
    return withXapi(accountOf(news), client.insecure, async (session) => {
      await requireRoom(context, session, news);
      if (preview) return { ...news, ...unknownPlan };
      const pool = await findPoolById(client, String(news.pool), signal);
      if (isOn(pool) && again) await disable(context, session);
      if (!isOn(pool) || again) await enable(context, session, news);
      return settle(session, news);
    });
  },

  async delete(context, id, olds) {
    const pool = await tryFindPool(context.client, id, context.signal);
    if (pool === undefined || !isOn(pool)) return;
    await withXapi(accountOf(olds), context.client.insecure, (session) => disable(context, session));
  },
};

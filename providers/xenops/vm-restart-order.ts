import { comparePlain } from "../kit/compare.ts";
import { checkFields, type Fields } from "../kit/fields.ts";
import { type Properties, type ResourceType, Unknown } from "../kit/types.ts";
import { accountFields, accountOf, checkAccount } from "./xapi-account.ts";
import { withXapi, type XapiSession } from "./xapi-client.ts";
import { XapiCallError } from "./xapi-errors.ts";
import type { XoClient } from "./xo-client.ts";

const fields: Fields = {
  vmId: { type: "text", required: true },
  order: { type: "number", required: true },
  startDelay: { type: "number" },
  xapi: { type: "object", required: true, fields: accountFields },
};

const compared = ["vmId", "order", "startDelay"];
const rules = { replace: ["vmId"], computed: ["startDelay"] };

/** The reference of a machine, or undefined when the pool has none of this uuid. */
async function tryFindVm(session: XapiSession, uuid: string): Promise<string | undefined> {
  try {
    return await session.ref("VM", uuid);
  } catch (error) {
    if (error instanceof XapiCallError && error.code === "UUID_INVALID") return undefined;
    throw error;
  }
}

async function set(client: XoClient, inputs: Properties): Promise<Properties> {
  return withXapi(accountOf(inputs), client.insecure, async (session) => {
    const ref = await session.ref("VM", String(inputs.vmId));
    await session.call("VM.set_order", ref, Number(inputs.order));
    if (inputs.startDelay !== undefined) {
      await session.call("VM.set_start_delay", ref, Number(inputs.startDelay));
    }
    return inputs;
  });
}

/** A machine's place in the restart order of its pool. */
export const vmRestartOrder: ResourceType<XoClient> = {
  check(_context, news) {
    const { inputs, failures } = checkFields(news, fields);
    const numbers = (["order", "startDelay"] as const).flatMap((property) => {
      const value = inputs[property];
      const isWrong = typeof value === "number" && !(Number.isInteger(value) && value >= 0);
      return isWrong ? [{ property, reason: "must be a whole number, 0 or more" }] : [];
    });
    return { inputs, failures: [...failures, ...numbers, ...checkAccount(inputs.xapi)] };
  },

  diff(_context, _id, olds, news) {
    // An import knows no account: that one is declared afterwards is no change.
    const inputs = olds.xapi === undefined ? compared : [...compared, "xapi"];
    return { differences: comparePlain(olds, news, { ...rules, inputs }) };
  },

  async create({ client, preview }, inputs) {
    const id = inputs.vmId instanceof Unknown ? "" : String(inputs.vmId);
    return { id: preview ? "" : id, outputs: preview ? inputs : await set(client, inputs) };
  },

  async read({ client }, id, olds, oldInputs) {
    const record = await withXapi(accountOf(oldInputs, olds), client.insecure, async (session) => {
      const ref = await tryFindVm(session, id);
      return ref === undefined ? undefined : session.record("VM", ref);
    });
    if (record === undefined) return undefined;
    const xapi = oldInputs.xapi ?? olds.xapi;
    const inputs: Properties = {
      vmId: id,
      order: Number(record.order),
      ...(oldInputs.startDelay === undefined ? {} : { startDelay: Number(record.start_delay) }),
      ...(xapi === undefined ? {} : { xapi }),
    };
    return { outputs: inputs, inputs };
  },

  update: ({ client, preview }, _id, _olds, news) => (preview ? Promise.resolve(news) : set(client, news)),

  async delete({ client }, id, olds) {
    await withXapi(accountOf(olds), client.insecure, async (session) => {
      const ref = await tryFindVm(session, id);
      if (ref !== undefined) await session.call("VM.set_order", ref, 0);
    });
  },
};

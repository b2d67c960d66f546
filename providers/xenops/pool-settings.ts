import { FarmError } from "../../lib/farm-error.ts";
import { comparePlain } from "../kit/compare.ts";
import { checkFields, type Fields } from "../kit/fields.ts";
import { type Context, type Properties, type ResourceType, Unknown } from "../kit/types.ts";
import { findPoolById, tryFindPool, type XoObject } from "./pool-objects.ts";
import type { XoClient } from "./xo-client.ts";

const fields: Fields = {
  pool: { type: "text", required: true },
  migrationNetwork: { type: "text" },
  backupNetwork: { type: "text" },
  defaultRepository: { type: "text" },
  autoPoweron: { type: "boolean", default: false },
};

const rules = {
  inputs: Object.keys(fields),
  replace: ["pool"],
  // What is left out is not touched.
  computed: ["migrationNetwork", "backupNetwork", "defaultRepository"],
};

/** The settings as XO shows them. */
function settingsOf(pool: XoObject): Properties {
  const other = (pool.otherConfig ?? {}) as Readonly<Record<string, string>>;
  const found = {
    migrationNetwork: other["xo:migrationNetwork"],
    backupNetwork: other["xo:backupNetwork"],
    defaultRepository: typeof pool.default_SR === "string" ? pool.default_SR : undefined,
  };
  const set = Object.entries(found).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { pool: String(pool.id), ...Object.fromEntries(set), autoPoweron: pool.auto_poweron === true };
}

function requireNoTwoStarters(pool: XoObject, inputs: Properties): void {
  if (pool.HA_enabled !== true || inputs.autoPoweron !== true) return;
  throw new FarmError({
    what: `pool ${String(pool.name_label)} cannot start machines by itself`,
    where: "autoPoweron",
    why: "high availability is on and starts them: both would start the same machine",
    next: "leave autoPoweron out",
  });
}

async function apply({ client, signal, preview }: Context<XoClient>, inputs: Properties): Promise<void> {
  if (inputs.pool instanceof Unknown) return;
  const pool = await findPoolById(client, String(inputs.pool), signal);
  requireNoTwoStarters(pool, inputs);
  if (preview) return;
  const { migrationNetwork, backupNetwork, autoPoweron } = inputs;
  const changes = Object.entries({ migrationNetwork, backupNetwork, auto_poweron: autoPoweron });
  const given = changes.filter(([, value]) => value !== undefined);
  await client.call("pool.set", { id: pool.id, ...Object.fromEntries(given) }, { signal });
  if (inputs.defaultRepository !== undefined && inputs.defaultRepository !== pool.default_SR) {
    await client.call("pool.setDefaultSr", { sr: inputs.defaultRepository }, { signal });
  }
}

/** Settings of a pool. */
export const poolSettings: ResourceType<XoClient> = {
  check: (_context, news) => checkFields(news, fields),

  diff: (_context, _id, olds, news) => ({ differences: comparePlain(olds, news, rules) }),

  async create(context, inputs) {
    await apply(context, inputs);
    return { id: context.preview ? "" : String(inputs.pool), outputs: inputs };
  },

  async read({ client, signal }, id, _olds, oldInputs) {
    const pool = await tryFindPool(client, id, signal);
    if (pool === undefined) return undefined;
    const found = settingsOf(pool);
    const isImport = oldInputs.pool === undefined;
    // A setting that was declared and has been taken away is drift; one that never was is somebody else's.
    const inputs = Object.fromEntries(
      Object.entries(found).filter(([name]) => isImport || oldInputs[name] !== undefined),
    );
    return { outputs: inputs, inputs };
  },

  async update(context, _id, _olds, news) {
    await apply(context, news);
    return news;
  },

  async delete({ log }) {
    log("info", "the pool keeps its settings; only the farm no longer looks after them");
  },
};

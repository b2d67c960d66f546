import { FarmError } from "../../lib/farm-error.ts";
import { comparePlain } from "../kit/compare.ts";
import { checkFields, type Fields } from "../kit/fields.ts";
import { type Properties, type ResourceType, Unknown } from "../kit/types.ts";
import { deleteSnapshot, type Snapshot, takeSnapshot, tryFindSnapshot } from "./snapshots.ts";
import type { XoClient } from "./xo-client.ts";

const fields: Fields = {
  vmId: { type: "text", required: true },
  name: { type: "text", required: true },
  description: { type: "text", default: "" },
};

const rules = { inputs: Object.keys(fields), replace: ["vmId"] };

function inputsOf({ vmId, name, description }: Snapshot): Properties {
  return { vmId, name, description };
}

/** What is known of a snapshot; when it was taken in the form of RFC 3339. */
function outputsOf(snapshot: Snapshot): Properties {
  return { ...inputsOf(snapshot), takenAt: new Date(snapshot.takenAt * 1000).toISOString() };
}

async function mustFind(client: XoClient, id: string, signal: AbortSignal): Promise<Snapshot> {
  const found = await tryFindSnapshot(client, id, signal);
  if (found !== undefined) return found;
  throw new FarmError({
    what: `Xen Orchestra has no snapshot ${id}`,
    next: "somebody deleted it: run ./farm pulumi refresh, then again",
  });
}

/** A snapshot of a VM's disks. It belongs to one VM for good; name and description may change. */
export const vmSnapshot: ResourceType<XoClient> = {
  check: (_context, news) => checkFields(news, fields),

  diff: (_context, _id, olds, news) => ({ differences: comparePlain(olds, news, rules) }),

  async create({ client, preview, signal }, inputs) {
    if (preview) return { id: "", outputs: { ...inputs, takenAt: Unknown.value } };
    const wanted = {
      vmId: String(inputs.vmId),
      name: String(inputs.name),
      description: String(inputs.description),
    };
    const id = await takeSnapshot(client, wanted, signal);
    return { id, outputs: outputsOf(await mustFind(client, id, signal)) };
  },

  async read({ client, signal }, id) {
    const found = await tryFindSnapshot(client, id, signal);
    return found && { outputs: outputsOf(found), inputs: inputsOf(found) };
  },

  async update({ client, preview, signal }, id, olds, news) {
    if (preview) return { ...olds, ...news };
    await client.call(
      "vm.set",
      { id, name_label: String(news.name), name_description: String(news.description) },
      { signal },
    );
    return outputsOf(await mustFind(client, id, signal));
  },

  async delete({ client, signal }, id) {
    await deleteSnapshot(client, id, signal);
  },
};

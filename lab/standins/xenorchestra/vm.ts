import type { Properties, ResourceType } from "../../../providers/kit/types.ts";
import { PartialFailure } from "../../../providers/kit/types.ts";
import { diffFields, inputsAtImport, inputsFrom, withoutUnknown } from "../fields.ts";
import type { XoClient } from "./client.ts";
import { NotFound } from "./client.ts";
import { text } from "./json.ts";
import { createVm } from "./vm-create.ts";
import { vmFields } from "./vm-fields.ts";
import { checkVm, planVm } from "./vm-plan.ts";
import { readVm } from "./vm-read.ts";
import { textsOf } from "./vm-state.ts";
import { updateVm } from "./vm-update.ts";

/** What is kept when an operation fails on the way: the plan, as if it had been reached, and the reason. */
function halfway(id: string, planned: Properties, error: unknown): PartialFailure {
  const message = error instanceof Error ? error.message : String(error);
  return new PartialFailure(id, withoutUnknown(planned), message, { cause: error });
}

/** `xenorchestra:index/vm:Vm` as the official provider handles it. */
export const vm: ResourceType<XoClient> = {
  check: (_context, news, olds) => checkVm(news, olds),

  diff: (_context, _id, olds, news) => ({ differences: diffFields(vmFields, olds, planVm(olds, news)) }),

  async create(context, inputs) {
    const planned = planVm({}, inputs);
    if (context.preview) return { id: "", outputs: planned };
    const { client } = context;
    const made = await createVm(context, inputs);
    const id = text(made, "id");
    try {
      const operations = textsOf(inputs, "blockedOperations");
      if (operations.length === 0) return { id, outputs: await readVm(client, made, planned) };
      const blockedOperations = Object.fromEntries(operations.map((operation) => [operation, "true"]));
      await client.order("vm.set", { id, blockedOperations });
      return { id, outputs: await readVm(client, { ...made, blockedOperations }, planned) };
    } catch (error) {
      throw halfway(id, planned, error);
    }
  },

  async read({ client }, id, olds, oldInputs) {
    try {
      const outputs = await readVm(client, await client.vm(id), olds);
      const imported = Object.keys(oldInputs).length === 0;
      return {
        outputs,
        inputs: imported ? inputsAtImport(vmFields, outputs) : inputsFrom(vmFields, outputs, oldInputs),
      };
    } catch (error) {
      if (error instanceof NotFound && error.type === "Vm") return undefined;
      throw error;
    }
  },

  async update(context, id, olds, news) {
    const planned = planVm(olds, news);
    if (context.preview) return planned;
    try {
      return await readVm(context.client, await updateVm(context, id, olds, planned), planned);
    } catch (error) {
      throw halfway(id, planned, error);
    }
  },

  async delete({ client }, id) {
    await client.call("vm.delete", { id });
  },
};

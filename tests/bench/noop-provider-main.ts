import { comparePlain } from "../../providers/kit/compare.ts";
import { serve } from "../../providers/kit/serve.ts";

// The measure of all others: a resource that does nothing, made with the kit that the real ones are made with.
await serve({
  name: "noop",
  version: "1.0.0",
  checkConfig: (args) => ({ inputs: args, failures: [] }),
  configure: () => undefined,
  resources: {
    "noop:index:Noop": {
      check: (_context, news) => ({ inputs: news, failures: [] }),
      diff: (_context, _id, olds, news) => ({
        differences: comparePlain(olds, news, { inputs: ["number"] }),
      }),
      create: async (_context, inputs) => ({ id: `noop-${String(inputs.number)}`, outputs: inputs }),
      update: async (_context, _id, _olds, news) => news,
      read: async (_context, _id, olds, oldInputs) => ({ outputs: olds, inputs: oldInputs }),
      delete: async () => {},
    },
  },
  functions: {},
});

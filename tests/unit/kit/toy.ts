import { setTimeout as sleep } from "node:timers/promises";
import { FarmError } from "../../../lib/farm-error.ts";
import { comparePlain } from "../../../providers/kit/compare.ts";
import {
  PartialFailure,
  type Properties,
  type Provider,
  Secret,
  Unknown,
} from "../../../providers/kit/types.ts";

/** The server that the toy provider works with. */
export class Shelf {
  readonly boxes = new Map<string, Properties>();
  readonly deleted: string[] = [];
  readonly label: string;
  private next = 1;

  constructor(label: string) {
    this.label = label;
  }

  put(box: Properties): string {
    const id = `box-${this.next++}`;
    this.boxes.set(id, box);
    return id;
  }
}

const rules = { inputs: ["name", "size", "tags", "pin", "parts"], replace: ["name"], sets: ["tags"] };

/** A provider with one of everything that a provider can do or fail at. */
export function toyProvider(shelf: Shelf, seen: Properties[] = []): Provider<Shelf> {
  return {
    name: "toy",
    version: "1.2.3",
    checkConfig(args) {
      const failures = args.label === "" ? [{ property: "label", reason: "must not be empty" }] : [];
      return { inputs: { label: "default", ...args }, failures };
    },
    replacingArguments: ["label"],
    configure(args) {
      seen.push(args);
      if (args.label === "broken") throw new FarmError({ what: "no shelf", next: "buy one" });
      return shelf;
    },
    resources: {
      "toy:index:Box": {
        secretProperties: ["pin"],
        secretWithInputs: ["echo"],
        check(_context, news) {
          const failures = news.size === -1 ? [{ property: "size", reason: "must not be negative" }] : [];
          return { inputs: { size: 1, ...news }, failures };
        },
        diff: (_context, _id, olds, news) => ({ differences: comparePlain(olds, news, rules) }),
        async create(context, inputs) {
          seen.push(inputs);
          if (context.preview) return { id: "", outputs: { ...inputs, serial: Unknown.value } };
          context.log("info", `making ${String(inputs.name)}`);
          if (inputs.name === "endless") await sleep(60_000, undefined, { signal: context.signal });
          const outputs: Properties = { ...inputs, serial: 7, echo: `${String(inputs.name)}!` };
          if (inputs.name === "half") throw new PartialFailure("box-half", outputs, "the lid is missing");
          if (inputs.name === "defect") throw new TypeError("lid is undefined");
          return { id: context.client.put(outputs), outputs };
        },
        async read(context, id) {
          const box = context.client.boxes.get(id);
          if (box === undefined) return undefined;
          const { serial: _serial, echo: _echo, ...inputs } = box;
          return { outputs: box, inputs };
        },
        async update(context, id, olds, news) {
          const outputs = { ...olds, ...news };
          if (!context.preview) context.client.boxes.set(id, outputs);
          return outputs;
        },
        async delete(context, id) {
          context.client.deleted.push(id);
        },
      },
      "toy:index:Stone": {
        check: (_context, news) => ({ inputs: news, failures: [] }),
        diff: (_context, _id, olds, news) => ({
          differences: comparePlain(olds, news, { inputs: ["weight"] }),
          deleteBeforeReplace: true,
        }),
        create: async (_context, inputs) => ({
          id: "stone",
          outputs: { ...inputs, key: new Secret("made here") },
        }),
        read: async () => undefined,
        delete: async () => {},
      },
    },
    functions: {
      "toy:index:shout": async (context, args) => {
        if (args.word === "fail") throw new FarmError({ what: "cannot shout", why: "it is night" });
        return { word: `${String(args.word).toUpperCase()} ${context.client.label}` };
      },
    },
  };
}

import type { CheckFailure, Context, Properties, ResourceType } from "../../../providers/kit/types.ts";
import { Unknown } from "../../../providers/kit/types.ts";
import type { Field, Fields } from "../fields.ts";
import { checkFields, diffFields, inputsAtImport, inputsFrom, planFields } from "../fields.ts";
import type { CloudflareApi } from "./api.ts";
import { ApiRefusal } from "./api.ts";

/** What the framework below handles for every type. */
export interface Description {
  readonly fields: Fields;
  /** Outputs that no program sets. */
  readonly outputs: readonly string[];
  /** Those of the outputs that every update changes. @default - none */
  readonly volatile?: readonly string[];
  /** Further reasons against checked inputs. @default - none */
  readonly refuse?: (inputs: Properties, failures: CheckFailure[]) => void;
  /** Inputs of an imported object beyond those that the fields tell. @default - none */
  readonly adopt?: (outputs: Properties) => Properties;
  /** Adjusts the plan of an update. @default - as the fields say */
  readonly adjust?: (planned: Properties, olds: Properties, oldInputs: Properties) => void;
}

/** The work of a type; `planned` may hold unknown values. Answers are the outputs as the API tells them. */
export interface Work {
  create(context: Context<CloudflareApi>, planned: Properties): Promise<{ id: string; answer: Properties }>;
  /** @param olds empty at an import */
  read(context: Context<CloudflareApi>, id: string, olds: Properties): Promise<Properties>;
  /** @default - every change replaces */
  update?(
    context: Context<CloudflareApi>,
    id: string,
    olds: Properties,
    planned: Properties,
  ): Promise<Properties>;
  delete(context: Context<CloudflareApi>, id: string, olds: Properties): Promise<void>;
}

/** The plan, with what it left open taken from the answer: what the server made of an input is not looked at. */
function fillIn(planned: Properties, answer: Properties): Properties {
  const filled: Properties = {};
  for (const [key, value] of Object.entries(planned)) {
    const known = value === Unknown.value ? answer[key] : value;
    if (known !== undefined) filled[key] = known;
  }
  return filled;
}

/** Joins a description and its work. */
export function resource(description: Description, work: Work): ResourceType<CloudflareApi> {
  const { fields, outputs, volatile = [] } = description;

  const plan = (olds: Properties, news: Properties, oldInputs: Properties): Properties => {
    const planned = planFields(fields, olds, news);
    description.adjust?.(planned, olds, oldInputs);
    for (const key of outputs) if (olds[key] !== undefined) planned[key] = olds[key];
    return planned;
  };
  const planUpdate = (olds: Properties, news: Properties): Properties => {
    const planned = plan(olds, news, {});
    for (const key of volatile) planned[key] = Unknown.value;
    return planned;
  };
  const { update } = work;

  return {
    check(_context, news) {
      const failures: CheckFailure[] = [];
      const inputs = checkFields(fields, news, failures);
      description.refuse?.(inputs, failures);
      return { inputs, failures };
    },

    diff: (_context, _id, olds, news, oldInputs) => ({
      differences: diffFields(fields, olds, plan(olds, news, oldInputs)),
    }),

    async create(context, inputs) {
      const planned = planFields(fields, {}, inputs);
      for (const key of outputs) planned[key] = Unknown.value;
      if (context.preview) return { id: "", outputs: planned };
      const { id, answer } = await work.create(context, planned);
      if (id === "") throw new Error("the API answered with an empty id");
      return { id, outputs: fillIn(planned, answer) };
    },

    async read(context, id, olds, oldInputs) {
      try {
        const answer = await work.read(context, id, olds);
        const imported = Object.keys(oldInputs).length === 0;
        const inputs = imported
          ? { ...inputsAtImport(fields, answer), ...description.adopt?.(answer) }
          : inputsFrom(fields, answer, oldInputs);
        return { outputs: answer, inputs };
      } catch (error) {
        if (!(error instanceof ApiRefusal) || error.status !== 404) throw error;
        context.log(
          "warning",
          "Resource not found: it was not found on the server and is removed from the state",
        );
        return undefined;
      }
    },

    ...(update && {
      async update(context: Context<CloudflareApi>, id: string, olds: Properties, news: Properties) {
        const planned = planUpdate(olds, news);
        return context.preview ? planned : fillIn(planned, await update(context, id, olds, planned));
      },
    }),

    delete: (context, id, olds) => work.delete(context, id, olds),
  };
}

/** What the official provider says instead of deleting an object that the API cannot delete. */
export function warnOfRemains(context: Context<CloudflareApi>): void {
  context.log(
    "warning",
    "Resource Destruction Considerations: this resource cannot be destroyed. It stays in the API as it is until it is changed there.",
  );
}

/** The last part of an id: an imported object's id is a path such as `<zone>/<record>`. */
export function ownId(id: string): string {
  return id.slice(id.lastIndexOf("/") + 1);
}

/** The zone of an object: from its state, or from the path that it is imported by. @throws Error */
export function zoneOf(id: string, olds: Properties): string {
  if (typeof olds.zoneId === "string") return olds.zoneId;
  const [zone, ...rest] = id.split("/");
  if (zone && rest.length === 1) return zone;
  throw new Error(`invalid ID ${JSON.stringify(id)}: expected the form "<zone_id>/<id>"`);
}

/** A field that has to be given and moves the object when it changes. */
export const placeField: Field = { type: "string", required: true, replaces: true };

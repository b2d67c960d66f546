import { randomBytes } from "node:crypto";
import type { CommandArgs } from "@pulumi/command/remote/command.js";
import { FarmError } from "../../../lib/farm-error.ts";
import { comparePlain } from "../../../providers/kit/compare.ts";
import { checkFields, type Field } from "../../../providers/kit/fields.ts";
import {
  type Context,
  type Properties,
  type ResourceType,
  Unknown,
  type Value,
} from "../../../providers/kit/types.ts";
import { connectionField, dial } from "../../../providers/ssh/dial.ts";
import { droppedVariables, runCommand } from "../../../providers/ssh/run-command.ts";

const fields = {
  connection: connectionField,
  create: { type: "text" },
  update: { type: "text" },
  delete: { type: "text" },
  stdin: { type: "text" },
  environment: { type: "map" },
  logging: { type: "text", allowed: ["stdout", "stderr", "stdoutAndStderr", "none"] },
  addPreviousOutputInEnv: { type: "boolean", default: true },
  triggers: { type: "list" },
} satisfies Record<keyof CommandArgs, Field>;

const rules = { inputs: Object.keys(fields), replace: ["triggers"] };

/** Variables that hold what the command before wrote. */
const previousVariables = { stdout: "PULUMI_COMMAND_STDOUT", stderr: "PULUMI_COMMAND_STDERR" };

const acceptEnv =
  "sshd takes only the variables of its AcceptEnv; write them before the command instead: NAME=value command";

function hasUnknown(value: Value): boolean {
  if (value instanceof Unknown) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(hasUnknown);
}

function textsByName(value: Value | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries((value as Properties | undefined) ?? {}).map(([k, v]) => [k, String(v)]),
  );
}

function previousOutput(inputs: Properties, olds: Properties): Record<string, string> {
  const variables: Record<string, string> = {};
  if (inputs.addPreviousOutputInEnv === false) return variables;
  for (const [output, variable] of Object.entries(previousVariables)) {
    const text = olds[output];
    if (typeof text === "string" && text !== "") variables[variable] = text;
  }
  return variables;
}

/** Runs one of the three commands of a resource with the inputs it goes with. */
async function perform(
  context: Context<unknown>,
  command: string,
  inputs: Properties,
  olds: Properties,
): Promise<Properties> {
  const connection = await dial(context, inputs.connection as Properties);
  try {
    const own = textsByName(inputs.environment);
    const environment = { ...own, ...previousOutput(inputs, olds) };
    for (const name of await droppedVariables(connection.client, environment, context.signal)) {
      const parts = { what: `the server did not take the environment variable ${name}`, why: acceptEnv };
      if (name in own) throw new FarmError(parts);
      context.log("warning", `${parts.what}: ${parts.why}`);
    }
    const logging = inputs.logging ?? "stdoutAndStderr";
    const output = await runCommand(
      connection.client,
      {
        command,
        stdin: typeof inputs.stdin === "string" ? inputs.stdin : "",
        environment,
        onLine(stream, line) {
          if (logging === "stdoutAndStderr" || logging === stream) context.log("info", line);
        },
      },
      context.signal,
    );
    return { ...output };
  } finally {
    connection.close();
  }
}

/** The name of a resource: the last part of its URN. */
function nameIn(urn: string): string {
  return urn.split("::").at(-1) ?? "";
}

/** `command.remote.Command`: any change runs `update`, or `create` when there is none; triggers replace. */
export const remoteCommand: ResourceType<undefined> = {
  secretProperties: ["connection"],
  secretWithInputs: ["stdout", "stderr"],
  check: (_context, news) => checkFields(news, fields),
  diff: (_context, _id, olds, news) => ({ differences: comparePlain(olds, news, rules) }),
  async create(context, inputs) {
    if (context.preview)
      return { id: "", outputs: { ...inputs, stdout: Unknown.value, stderr: Unknown.value } };
    const id = `${nameIn(context.urn)}${randomBytes(4).toString("hex")}`;
    const nothing = { stdout: "", stderr: "" };
    if (typeof inputs.create !== "string") return { id, outputs: { ...inputs, ...nothing } };
    return { id, outputs: { ...inputs, ...(await perform(context, inputs.create, inputs, nothing)) } };
  },
  read: async (_context, _id, olds, oldInputs) => ({ outputs: olds, inputs: oldInputs }),
  async update(context, _id, olds, news) {
    const kept = { stdout: olds.stdout ?? "", stderr: olds.stderr ?? "" };
    if (context.preview) {
      const planned = hasUnknown(news) ? { stdout: Unknown.value, stderr: Unknown.value } : kept;
      return { ...news, ...planned };
    }
    const command = news.update ?? news.create;
    if (typeof command !== "string") return { ...news, ...kept };
    return { ...news, ...(await perform(context, command, news, olds)) };
  },
  async delete(context, _id, olds) {
    if (typeof olds.delete === "string") await perform(context, olds.delete, olds, olds);
  },
};

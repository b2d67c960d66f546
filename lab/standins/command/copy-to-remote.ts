import { randomBytes } from "node:crypto";
import type { CopyToRemoteArgs } from "@pulumi/command/remote/copyToRemote.js";
import { comparePlain } from "../../../providers/kit/compare.ts";
import { checkFields, type Field } from "../../../providers/kit/fields.ts";
import { Asset, type Context, type Properties, type ResourceType } from "../../../providers/kit/types.ts";
import { connectionField, dial } from "../../../providers/ssh/dial.ts";
import { type CopySource, SftpCopy } from "../../../providers/ssh/sftp-copy.ts";

const fields = {
  connection: connectionField,
  source: { type: "asset", required: true },
  remotePath: { type: "text", required: true },
  triggers: { type: "list" },
} satisfies Record<keyof CopyToRemoteArgs, Field>;

const rules = { inputs: Object.keys(fields), replace: ["triggers"] };

/** Why this source cannot be copied. */
function reasonAgainst(source: Asset): string | undefined {
  if (source.path !== undefined || (source.kind === "asset" && source.text !== undefined)) return undefined;
  return source.kind === "asset"
    ? "must be a file of this machine or a text"
    : "must be an archive that is a file or folder of this machine";
}

function copySource(source: Asset): CopySource {
  return source.path === undefined ? { text: source.text ?? "" } : { path: source.path };
}

async function copy(context: Context<unknown>, inputs: Properties): Promise<void> {
  const connection = await dial(context, inputs.connection as Properties);
  const stop = (): void => connection.close();
  context.signal.addEventListener("abort", stop, { once: true });
  try {
    const sftp = await SftpCopy.open(connection.client);
    await Promise.race([
      sftp.copy(copySource(inputs.source as Asset), String(inputs.remotePath)),
      // A copy whose connection is gone never calls back.
      new Promise<never>((_resolve, reject) =>
        connection.client.once("close", () => reject(lost(context.signal))),
      ),
    ]);
  } finally {
    context.signal.removeEventListener("abort", stop);
    connection.close();
  }
}

function lost(signal: AbortSignal): unknown {
  return signal.aborted ? signal.reason : new Error("the ssh connection was lost while copying");
}

/** `command.remote.CopyToRemote`: copies when the content or the target path changed, and never looks back. */
export const copyToRemote: ResourceType<undefined> = {
  secretProperties: ["connection"],
  check(_context, news) {
    const { inputs, failures } = checkFields(news, fields);
    const reason = inputs.source instanceof Asset ? reasonAgainst(inputs.source) : undefined;
    return {
      inputs,
      failures: reason === undefined ? failures : [...failures, { property: "source", reason }],
    };
  },
  diff: (_context, _id, olds, news) => ({ differences: comparePlain(olds, news, rules) }),
  async create(context, inputs) {
    if (context.preview) return { id: "", outputs: inputs };
    await copy(context, inputs);
    return { id: randomBytes(4).toString("hex"), outputs: inputs };
  },
  read: async (_context, _id, olds, oldInputs) => ({ outputs: olds, inputs: oldInputs }),
  async update(context, _id, olds, news) {
    // Another host alone copies nothing: that takes triggers.
    const same = hashOf(news) === hashOf(olds) && news.remotePath === olds.remotePath;
    if (!context.preview && !same) await copy(context, news);
    return news;
  },
  delete: async () => {
    // What was copied stays, as the official provider leaves it.
  },
};

function hashOf(properties: Properties): string | undefined {
  return properties.source instanceof Asset ? properties.source.hash : undefined;
}

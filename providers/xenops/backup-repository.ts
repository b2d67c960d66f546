import { FarmError, messageOf } from "../../lib/farm-error.ts";
import { comparePlain } from "../kit/compare.ts";
import { checkFields, type Fields } from "../kit/fields.ts";
import type { CheckFailure, Context, Properties, ResourceType, Value } from "../kit/types.ts";
import { fullUrl, isSamePlace, keyCharacters, kindOf, marker, shownAddress } from "./backup-url.ts";
import type { XoClient } from "./xo-client.ts";
import { XoCallError, xoCodes } from "./xo-errors.ts";

const fields: Fields = {
  name: { type: "text", required: true },
  url: { type: "text", required: true },
  user: { type: "text" },
  password: { type: "text" },
  encryptionKey: { type: "text" },
  options: { type: "text" },
  enabled: { type: "boolean", default: true },
};

const secrets = ["user", "password", "encryptionKey"] as const;

type XoContext = Context<XoClient>;
type Remote = Record<string, unknown>;

function textOf(value: Value | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function problems(inputs: Properties): CheckFailure[] {
  const found: CheckFailure[] = [];
  const fail = (property: string, reason: string): void => void found.push({ property, reason });
  const url = textOf(inputs.url);
  const kind = url === undefined ? undefined : kindOf(url);
  if (url !== undefined && kind === undefined) {
    fail("url", "must be file:///path, nfs://host:/export or s3://host/bucket/path, without user and secret");
  }
  if (url?.replace(/[?#].*$/, "").endsWith("xo-vm-backups")) {
    fail("url", "must not end with xo-vm-backups: XO makes that folder itself");
  }
  for (const name of ["user", "password"] as const) {
    if (kind === "s3" && inputs[name] === undefined) fail(name, "is needed for S3");
    if (kind !== undefined && kind !== "s3" && inputs[name] !== undefined) fail(name, "belongs to S3 alone");
  }
  if (kind !== undefined && kind !== "nfs" && inputs.options !== undefined) {
    fail("options", "are mount options of NFS");
  }
  const key = textOf(inputs.encryptionKey);
  if (key !== undefined && key.length !== keyCharacters) {
    fail("encryptionKey", `must have exactly ${keyCharacters} characters`);
  }
  return found;
}

/** What XO shows of a repository, with the secrets that only the state knows. */
function outputsOf(remote: Remote, known: Properties): Properties {
  const shown = shownAddress(String(remote.url));
  const same = typeof known.url === "string" && isSamePlace(known.url, shown.url);
  const outputs: Properties = {
    name: String(remote.name),
    url: same && typeof known.url === "string" ? known.url : shown.url,
    enabled: remote.enabled === true,
  };
  if (typeof remote.options === "string" && remote.options !== "") outputs.options = remote.options;
  for (const name of secrets) {
    const value = shown[name];
    // XO shows the marker: whether it is still the secret of before, nobody can tell.
    if (value !== undefined) outputs[name] = value === marker ? (known[name] ?? marker) : value;
  }
  return outputs;
}

async function tryGet({ client, signal }: XoContext, id: string): Promise<Remote | undefined> {
  try {
    return (await client.admin.call("remote.get", { id }, { signal, reads: true })) as Remote;
  } catch (error) {
    if (error instanceof XoCallError && error.code === xoCodes.noSuchObject) return undefined;
    throw error;
  }
}

function addressOf(inputs: Properties): string {
  const [user, password, encryptionKey] = secrets.map((name) => textOf(inputs[name]));
  return fullUrl({ url: String(inputs.url), user, password, encryptionKey });
}

/** @throws FarmError with XO's reason when it cannot write and read there */
async function test({ client, signal }: XoContext, id: string, inputs: Properties): Promise<void> {
  let why: string;
  try {
    const result = (await client.admin.call("remote.test", { id }, { signal, timeout: 120_000 })) as Remote;
    if (result.success === true) return;
    const error = result.error as { readonly message?: unknown } | undefined;
    why = `${String(result.step)}: ${String(error?.message ?? JSON.stringify(error))}`;
  } catch (error) {
    if (!(error instanceof XoCallError)) throw error;
    why = error.message.split("\n")[0] ?? "";
  }
  throw new FarmError({
    what: `the backup repository ${String(inputs.name)} cannot be used`,
    where: String(inputs.url),
    why,
    next: "check that Xen Orchestra reaches it, may write there, and that the encryption key is that of the archives it holds; then run again",
  });
}

/** The repository of this name at this place, which a run that was cut off has made. */
async function tryFindMade({ client, signal }: XoContext, inputs: Properties): Promise<Remote | undefined> {
  const all = (await client.admin.call("remote.getAll", {}, { signal, reads: true })) as Remote[];
  const found = all.filter(
    (remote) =>
      remote.name === inputs.name && isSamePlace(shownAddress(String(remote.url)).url, String(inputs.url)),
  );
  return found.length === 1 ? found[0] : undefined;
}

async function write(context: XoContext, id: string, inputs: Properties): Promise<void> {
  const { name, options, enabled } = inputs;
  const params = { id, name, url: addressOf(inputs), options: options ?? null, enabled };
  await context.client.admin.call("remote.set", params, { signal: context.signal });
}

/** Jobs that write to a repository, by name. */
async function jobsOn({ client, signal }: XoContext, id: string): Promise<string[]> {
  const jobs = (await client.admin.call("backupNg.getAllJobs", {}, { signal, reads: true })) as Remote[];
  return jobs
    .filter(({ remotes }) => JSON.stringify(remotes ?? {}).includes(JSON.stringify(id)))
    .map((job) => String(job.name ?? job.id))
    .sort();
}

/** A backup repository. Its archives stay where they are, whatever becomes of it in XO. */
export const backupRepository: ResourceType<XoClient> = {
  secretProperties: secrets,

  check(_context, news) {
    const { inputs, failures } = checkFields(news, fields);
    return { inputs, failures: failures.length > 0 ? failures : problems(inputs) };
  },

  diff(_context, _id, olds, news) {
    const differences = { ...comparePlain(olds, news, { inputs: Object.keys(fields) }) };
    for (const name of secrets) {
      if (olds[name] === marker && news[name] !== undefined) delete differences[name];
    }
    return { differences };
  },

  async create(context, inputs) {
    if (context.preview) return { id: "", outputs: inputs };
    const made = await tryFindMade(context, inputs);
    if (made !== undefined) {
      const id = String(made.id);
      context.log("info", `${String(inputs.name)} is there already and is taken over`);
      await write(context, id, inputs);
      if (inputs.enabled !== false) await test(context, id, inputs);
      return { id, outputs: inputs };
    }
    const { client, signal } = context;
    const { name, options } = inputs;
    const params = { name, url: addressOf(inputs), ...(options === undefined ? {} : { options }) };
    const { id } = (await client.admin.call("remote.create", params, { signal })) as { readonly id: string };
    try {
      await test(context, id, inputs);
      if (inputs.enabled === false) await client.admin.call("remote.set", { id, enabled: false }, { signal });
    } catch (error) {
      // Nothing is left of one that does not work: the next run makes it anew.
      await client.admin.call("remote.delete", { id }).catch((left: unknown) => {
        context.log("warning", `${String(name)} is left in XO: ${messageOf(left)}`);
      });
      throw error;
    }
    return { id, outputs: inputs };
  },

  async read(context, id, olds, oldInputs) {
    const remote = await tryGet(context, id);
    if (remote === undefined) return undefined;
    const outputs = outputsOf(remote, { ...olds, ...oldInputs });
    return { outputs, inputs: outputs };
  },

  async update(context, id, olds, news) {
    if (context.preview) return news;
    await write(context, id, news);
    if (news.enabled !== false) {
      await test(context, id, news).catch(async (error: unknown) => {
        // Jobs go on with what worked, as far as its secrets are known.
        if (!secrets.some((name) => olds[name] === marker)) {
          await write(context, id, olds).catch((left: unknown) => {
            context.log("warning", `${String(news.name)} keeps what does not work: ${messageOf(left)}`);
          });
        }
        throw error;
      });
    }
    return news;
  },

  async delete(context, id, olds) {
    const jobs = await jobsOn(context, id);
    if (jobs.length > 0) {
      throw new FarmError({
        what: `the backup repository ${String(olds.name)} is still used`,
        where: `backup jobs: ${jobs.join(", ")}`,
        why: "Xen Orchestra would go on to run them, and each would fail",
        next: "give these jobs another repository or remove them first",
      });
    }
    if ((await tryGet(context, id)) === undefined) return;
    await context.client.admin.call("remote.delete", { id }, { signal: context.signal });
  },
};

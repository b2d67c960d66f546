import { FarmError, messageOf } from "../../lib/farm-error.ts";
import { comparePlain } from "../kit/compare.ts";
import { checkFields, type Fields } from "../kit/fields.ts";
import { type Context, type Properties, type ResourceType, Unknown } from "../kit/types.ts";
import { HostKeyMismatch, SignInRefused, type SshServer } from "../ssh/connect.ts";
import { fingerprint, formatHostKey, type HostKey, parseHostKey } from "../ssh/host-key.ts";
import { withPatience } from "../ssh/patience.ts";
import { readHostKey } from "../ssh/read-host-key.ts";

const fields: Fields = {
  host: { type: "text", required: true },
  port: { type: "number", default: 22 },
  proxy: {
    type: "object",
    fields: {
      host: { type: "text", required: true },
      port: { type: "number", default: 22 },
      user: { type: "text", default: "root" },
      hostKey: { type: "text", required: true },
    },
  },
  vmId: { type: "text", required: true },
  waitSeconds: { type: "number", default: 180 },
};

/** Milliseconds of one attempt; a machine that boots answers at once or not at all. */
const attemptTime = 8000;

function text(properties: Properties, name: string): string {
  const value = properties[name];
  if (typeof value !== "string") throw new Error(`${name} is no text`);
  return value;
}

function machine(inputs: Properties): SshServer {
  // The user name is never sent: the handshake ends before anybody signs in.
  return { host: text(inputs, "host"), port: Number(inputs.port ?? 22), user: "root", timeout: attemptTime };
}

function jumpHost(inputs: Properties): SshServer | undefined {
  const proxy = inputs.proxy as Properties | undefined;
  if (proxy === undefined || proxy === null) return undefined;
  return {
    host: text(proxy, "host"),
    port: Number(proxy.port ?? 22),
    user: text(proxy, "user"),
    hostKey: text(proxy, "hostKey"),
    timeout: attemptTime,
  };
}

function place(inputs: Properties): string {
  const proxy = jumpHost(inputs);
  const through =
    proxy === undefined ? "" : `, through the jump host ${proxy.user}@${proxy.host}:${proxy.port}`;
  return `${text(inputs, "host")}:${Number(inputs.port ?? 22)}${through}`;
}

/** Reads the key, as patiently as the inputs say. */
async function firstContact(context: Context<unknown>, inputs: Properties): Promise<HostKey> {
  const wait = Number(inputs.waitSeconds ?? 180);
  const end = Date.now() + wait * 1000;
  const attempt = (): Promise<HostKey> => readHostKey(machine(inputs), jumpHost(inputs), context.signal);
  const permanent = (error: unknown): boolean =>
    error instanceof HostKeyMismatch || error instanceof SignInRefused;
  const patience = {
    again: (_failures: number, error: unknown): boolean => !permanent(error) && Date.now() < end,
    onFailure: (failures: number, error: unknown): void => {
      if (failures === 10)
        context.log("info", `still waiting for ssh on ${place(inputs)}: ${messageOf(error)}`);
    },
  };
  return withPatience(attempt, patience, context.signal).catch((error: unknown) => {
    if (permanent(error) || context.signal.aborted) throw error;
    throw new FarmError(
      {
        what: `no ssh server answered at ${place(inputs)} within ${wait} s`,
        where: `VM ${text(inputs, "vmId")}`,
        why: messageOf(error),
        next: "look at the VM's console in XO: has it booted, has it this address, does sshd run and its firewall let the jump host in; then run again",
      },
      { cause: error },
    );
  });
}

function outputsOf(inputs: Properties, key: HostKey): Properties {
  return { ...inputs, publicKey: formatHostKey(key), fingerprintSha256: fingerprint(key) };
}

/** @throws FarmError that refuses a machine whose key is another than the stored one */
function refuseOther(urn: string, inputs: Properties, stored: HostKey, shown: HostKey): void {
  if (stored.blob.equals(shown.blob)) return;
  throw new FarmError({
    what: `the machine at ${place(inputs)} has another ssh host key than the one that was pinned`,
    where: `VM ${text(inputs, "vmId")}: pinned ${fingerprint(stored)}, now ${fingerprint(shown)}`,
    why: "it was rebuilt outside the farm, its host keys were made anew, or somebody stands in between",
    next: `compare the fingerprint on the VM's console: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub; if it is right, take the new key: ./farm pulumi up --replace '${urn}'; if not, treat it as an attack`,
  });
}

/** The ed25519 host key of a machine, read at the first contact and then kept. */
export const sshHostKey: ResourceType<unknown> = {
  check(_context, news) {
    const result = checkFields(news, fields);
    const proxy = result.inputs.proxy as Properties | undefined;
    if (result.failures.length > 0 || typeof proxy?.hostKey !== "string") return result;
    try {
      parseHostKey(proxy.hostKey);
      return result;
    } catch (error) {
      return { ...result, failures: [{ property: "proxy.hostKey", reason: messageOf(error) }] };
    }
  },

  diff(_context, _id, olds, news) {
    return { differences: comparePlain(olds, news, { inputs: Object.keys(fields), replace: ["vmId"] }) };
  },

  async create(context, inputs) {
    if (context.preview) {
      return { id: "", outputs: { ...inputs, publicKey: Unknown.value, fingerprintSha256: Unknown.value } };
    }
    const key = await firstContact(context, inputs);
    return { id: text(inputs, "vmId"), outputs: outputsOf(inputs, key) };
  },

  async read(context, _id, olds, oldInputs) {
    if (typeof olds.publicKey !== "string") {
      throw new FarmError({
        what: "a pinned ssh host key cannot be imported",
        next: "declare the resource: it reads the key at the first contact",
      });
    }
    const same = { outputs: olds, inputs: oldInputs };
    let shown: HostKey;
    try {
      shown = await readHostKey(machine(olds), jumpHost(olds), context.signal);
    } catch (error) {
      // A machine that is halted, or a jump host that is away, says nothing about the key.
      context.log(
        "warning",
        `${place(olds)} cannot be asked for its ssh host key, the pinned one stays: ${messageOf(error)}`,
      );
      return same;
    }
    refuseOther(context.urn, olds, parseHostKey(olds.publicKey), shown);
    return same;
  },

  async update(context, _id, olds, news) {
    const stored = parseHostKey(text(olds, "publicKey"));
    const moved = olds.host !== news.host || olds.port !== news.port;
    // The same machine at another address must still be the same machine.
    if (moved && !context.preview) refuseOther(context.urn, news, stored, await firstContact(context, news));
    return outputsOf(news, stored);
  },

  async delete() {
    // There is nothing outside the state.
  },
};

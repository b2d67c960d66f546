import { FarmError, messageOf } from "../../lib/farm-error.ts";
import type { Settings } from "../../model/settings.ts";
import { connect, type SshServer } from "../../providers/ssh/connect.ts";
import { fingerprint, formatHostKey } from "../../providers/ssh/host-key.ts";
import { readHostKey } from "../../providers/ssh/read-host-key.ts";
import { runCommand } from "../../providers/ssh/run-command.ts";
import type { AdoptScope } from "./scope.ts";

/** A machine's ssh host key. */
export interface SeenKey {
  /** "ssh-ed25519 AAAA…" */
  readonly hostKey: string;
  /** "SHA256:…" */
  readonly fingerprint: string;
}

/**
 * The ed25519 host key that a machine shows through the jump host.
 * @param expected the fingerprint that somebody read on the machine's console. @default - nobody did
 * @throws FarmError when it does not answer or shows another one
 */
export async function seeHostKey(
  { agentSocket, signal }: AdoptScope,
  settings: Settings,
  address: string,
  expected?: string,
): Promise<SeenKey> {
  const jump = { ...settings.access.jump, agentSocket };
  const key = await readHostKey({ host: address, port: 22, user: "root" }, jump, signal).catch(
    (error: unknown) => {
      throw new FarmError(
        {
          what: `The machine does not answer ssh at ${address}`,
          where: `through the jump host ${jump.host}:${jump.port}`,
          why: messageOf(error).split("\n", 1).join(""),
          next: "let sshd run there with an ed25519 host key, and let the jump host in",
        },
        { cause: error },
      );
    },
  );
  const seen = { hostKey: formatHostKey(key), fingerprint: fingerprint(key) };
  if (expected === undefined || expected === seen.fingerprint) return seen;
  throw new FarmError({
    what: `The machine at ${address} shows another ssh host key than the one that was expected`,
    where: `expected ${expected}, shown ${seen.fingerprint}`,
    why: "another machine has the address, or somebody stands in between",
    next: "compare on the machine's console: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub",
  });
}

/** What the roll-out needs there: Debian, a user who may become root, Python. */
const look = 'set -e; . /etc/os-release; sudo -n true; sudo -n /usr/bin/python3 -c pass; echo "$ID"';

/**
 * Whether the farm's own user can work on the machine.
 * @throws FarmError with what is missing
 */
export async function requireWay(
  { agentSocket, signal }: AdoptScope,
  settings: Settings,
  address: string,
  { hostKey }: SeenKey,
): Promise<void> {
  const { user, jump } = settings.access;
  const machine: SshServer = { host: address, port: 22, user, hostKey, agentSocket };
  const refuse = (why: string, cause?: unknown): FarmError =>
    new FarmError(
      {
        what: `The farm cannot work on the machine at ${address}`,
        where: `as ${user}, through the jump host ${jump.host}`,
        why,
        next: `on the machine: a user ${user} with the key of access.authorizedKeys, who may become root by sudo without a password; python3; Debian`,
      },
      { cause },
    );
  try {
    const connection = await connect(machine, { ...jump, agentSocket }, signal);
    try {
      const nothing = { stdin: "", environment: {}, onLine: () => {} };
      const { stdout } = await runCommand(connection.client, { command: look, ...nothing }, signal);
      const system = stdout.trim().split("\n").at(-1);
      if (system !== "debian") throw refuse(`its system is ${system || "unknown"}, not Debian`);
    } finally {
      connection.close();
    }
  } catch (error) {
    if (error instanceof FarmError && error.parts.where?.startsWith("as ")) throw error;
    throw refuse(messageOf(error).split("\n", 2).join(": "), error);
  }
}

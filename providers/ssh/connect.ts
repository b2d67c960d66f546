import { Client, type ClientChannel, type ConnectConfig } from "ssh2";
import { FarmError } from "../../lib/farm-error.ts";
import {
  algorithmsFor,
  fingerprint,
  formatHostKey,
  type HostKey,
  hostKeyFromBlob,
  parseHostKey,
} from "./host-key.ts";

/** One ssh server and how to sign in. */
export interface SshServer {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** `ssh-ed25519 AAAA…`; any other key is refused. @default - any key is taken */
  readonly hostKey?: string | undefined;
  readonly password?: string | undefined;
  /** OpenSSH or PEM text. */
  readonly privateKey?: string | undefined;
  readonly privateKeyPassword?: string | undefined;
  /** Socket of an ssh agent. @default - SSH_AUTH_SOCK */
  readonly agentSocket?: string | undefined;
  /** Milliseconds for one attempt, 0 for no limit. @default 15000 */
  readonly timeout?: number | undefined;
}

/** An open connection. */
export interface SshConnection {
  readonly client: Client;
  close(): void;
}

/** The server showed another key than the one that is pinned: trying again cannot help. */
export class HostKeyMismatch extends FarmError {}

/** The server lets nobody in with these credentials. */
export class SignInRefused extends FarmError {}

/** `user@host:port`, for messages. */
export function addressOf(server: SshServer): string {
  return `${server.user}@${server.host}:${server.port}`;
}

function mismatch(server: SshServer, pinned: HostKey, shown: HostKey): HostKeyMismatch {
  return new HostKeyMismatch({
    what: `${addressOf(server)} showed another ssh host key than the pinned one`,
    where: `pinned ${fingerprint(pinned)}, shown ${fingerprint(shown)} (${formatHostKey(shown)})`,
    why: "the machine was rebuilt, or somebody stands in between",
    next: "find out which before anything else; nothing was sent to it",
  });
}

function configFor(server: SshServer, sock: ClientChannel | undefined): ConnectConfig {
  const agent = server.agentSocket ?? process.env.SSH_AUTH_SOCK;
  return {
    host: server.host,
    port: server.port,
    username: server.user,
    readyTimeout: server.timeout ?? 15_000,
    keepaliveInterval: 15_000,
    ...(sock === undefined ? {} : { sock }),
    ...(server.password === undefined ? {} : { password: server.password, tryKeyboard: true }),
    ...(server.privateKey === undefined ? {} : { privateKey: server.privateKey }),
    ...(server.privateKeyPassword === undefined ? {} : { passphrase: server.privateKeyPassword }),
    ...(agent === undefined || agent === "" ? {} : { agent }),
  };
}

function open(server: SshServer, sock: ClientChannel | undefined, signal: AbortSignal): Promise<Client> {
  const config = configFor(server, sock);
  const pinned = server.hostKey === undefined ? undefined : parseHostKey(server.hostKey);
  let refused: HostKeyMismatch | undefined;
  if (pinned !== undefined) {
    config.algorithms = { serverHostKey: algorithmsFor(pinned) };
    config.hostVerifier = (blob: Buffer): boolean => {
      if (blob.equals(pinned.blob)) return true;
      refused = mismatch(server, pinned, hostKeyFromBlob(blob));
      return false;
    };
  }
  return new Promise((resolve, reject) => {
    const client = new Client();
    const stop = (): void => {
      client.destroy();
      reject(signal.reason);
    };
    signal.throwIfAborted();
    signal.addEventListener("abort", stop, { once: true });
    client.on("keyboard-interactive", (_name, _instructions, _language, prompts, finish) =>
      finish(prompts.map(() => server.password ?? "")),
    );
    client.once("ready", () => {
      signal.removeEventListener("abort", stop);
      resolve(client);
    });
    client.on("error", (error) => {
      signal.removeEventListener("abort", stop);
      client.destroy();
      reject(refused ?? readable(error, server, pinned));
    });
    // A server that hangs up before anything was said reports no error.
    client.once("close", () => reject(new Error(`${addressOf(server)} closed the connection`)));
    client.connect(config);
    // Each packet leaves in two pieces; the second must not wait for the first one's acknowledgement.
    client.setNoDelay(true);
  });
}

function readable(error: Error & { level?: string }, server: SshServer, pinned: HostKey | undefined): Error {
  if (error.level === "client-authentication") {
    return new SignInRefused(
      {
        what: `${addressOf(server)} refused to let us in`,
        why: error.message,
        next: "check that the key is loaded (ssh-add -l) and that the machine knows it",
      },
      { cause: error },
    );
  }
  if (pinned !== undefined && /no matching host key/i.test(error.message)) {
    return new HostKeyMismatch(
      {
        what: `${addressOf(server)} has no ${pinned.type} host key, but one is pinned (${fingerprint(pinned)})`,
      },
      { cause: error },
    );
  }
  return error;
}

/** Opens a TCP connection from a jump host to a server behind it. */
function forward(proxy: Client, server: SshServer, signal: AbortSignal): Promise<ClientChannel> {
  const limit = server.timeout ?? 15_000;
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`from the jump host: ${why}`));
    // The jump host itself would wait for a dead address as long as its kernel does, which is minutes.
    const timer = limit > 0 ? setTimeout(() => fail(`no answer within ${limit / 1000} s`), limit) : undefined;
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    proxy.once("close", () => fail("it closed the connection"));
    proxy.forwardOut("127.0.0.1", 0, server.host, server.port, (error, channel) => {
      clearTimeout(timer);
      if (error === undefined) resolve(channel);
      else fail(error.message.replace(/^\(SSH\) /, ""));
    });
  });
}

/** A way to a server behind a jump host; undefined when there is none between. */
export interface SshRoute {
  readonly channel: ClientChannel | undefined;
  close(): void;
}

/** Opens the way to a server, through the jump host if there is one. */
export async function openRoute(
  server: SshServer,
  proxy: SshServer | undefined,
  signal: AbortSignal,
): Promise<SshRoute> {
  if (proxy === undefined) return { channel: undefined, close: () => {} };
  const client = await open(proxy, undefined, signal);
  try {
    return { channel: await forward(client, server, signal), close: () => client.destroy() };
  } catch (error) {
    client.destroy();
    throw error;
  }
}

/**
 * Connects and signs in, through a jump host if one is given. One attempt.
 * @throws HostKeyMismatch, SignInRefused, or what the network said
 */
export async function connect(
  server: SshServer,
  proxy: SshServer | undefined,
  signal: AbortSignal,
): Promise<SshConnection> {
  const route = await openRoute(server, proxy, signal);
  try {
    const client = await open(server, route.channel, signal);
    const close = (): void => {
      client.destroy();
      route.close();
    };
    // A machine that goes away ends only its half of the way through the jump host, and ssh2 looks no further
    // then: without this a command that was under way would be waited for without end.
    client.once("end", close);
    client.once("error", close);
    return { client, close };
  } catch (error) {
    route.close();
    throw error;
  }
}

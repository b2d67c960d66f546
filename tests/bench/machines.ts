import type { AddressInfo } from "node:net";
import type { Attributes, Connection, ServerChannel, Session } from "ssh2";
import ssh2 from "ssh2";
import { makeKeyPair } from "../support/key-pair.ts";
import { openPaperWeb } from "./paper-web.ts";

/** All machines of a farm on paper, and the jump host before them. */
export interface PaperMachines {
  readonly port: number;
  /** `ssh-ed25519 AAAA…`: the jump host's and every machine's. */
  readonly hostKey: string;
  /** The input that each command had the last time, by the machine's address and the command. */
  readonly told: ReadonlyMap<string, ReadonlyMap<string, string>>;
  stop(): void;
}

/**
 * One ssh server that is the jump host and, behind it, every machine: it answers forwarded connections
 * itself, lets everybody in, takes files without keeping them and says of each command that it went well. Nothing is
 * ever installed on a machine, and every release that is asked for is said to be.
 */
export async function startPaperMachines(): Promise<PaperMachines> {
  const serveWeb = await openPaperWeb();
  const pair = makeKeyPair();
  const connections = new Set<Connection>();
  const told = new Map<string, Map<string, string>>();
  const server = new ssh2.Server({ hostKeys: [pair.privateKey] }, (connection, { ip }) => {
    const note = (command: string, input: string): void => {
      told.set(ip, (told.get(ip) ?? new Map<string, string>()).set(command, input));
    };
    connections.add(connection);
    connection.on("error", () => {});
    connection.on("close", () => connections.delete(connection));
    connection.on("authentication", (context) => context.accept());
    connection.on("session", (accept) => serve(accept(), note));
    connection.on("tcpip", (accept, _reject, { destIP, destPort }) => {
      if (destPort === 443) serveWeb(accept());
      else server.injectSocket(asSocket(accept(), destIP));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    hostKey: pair.publicKey,
    told,
    stop() {
      for (const connection of connections) connection.end();
      server.close();
    },
  };
}

type Socket = Parameters<InstanceType<typeof ssh2.Server>["injectSocket"]>[0];

/** A forwarded connection as the server takes it: a stream does, but for what only sockets have. */
function asSocket(channel: ServerChannel, machine: string): Socket {
  const nothing = (): ServerChannel => channel;
  // The server names its connections by it: each is one of the machine that was asked for.
  Object.assign(channel, { remoteAddress: machine });
  Object.assign(channel, { setNoDelay: nothing, setKeepAlive: nothing, setTimeout: nothing });
  return channel as unknown as Socket;
}

/** What a command prints: the release program's answers are read, those of all others are not. */
function sayOf(command: string): string {
  if (command === "pwd") return "/home/farm\n";
  if (command.includes("/etc/os-release")) return "debian\n";
  const [, verb] = /\/farm\/release (status|begin|follow)/.exec(command) ?? [];
  const done = { outcome: "done", story: "installed on paper" };
  switch (verb) {
    case "status":
      return JSON.stringify({ current: null, health: {}, maintenance: false });
    case "begin":
      return JSON.stringify(done);
    case "follow":
      return `${JSON.stringify({ result: done })}\n`;
    default:
      return "";
  }
}

function serve(session: Session, note: (command: string, input: string) => void): void {
  // ssh2's server takes no request after the end of the input; sshd does (RFC 4254, 6.9).
  Object.defineProperty(session, "_ending", { get: () => false, set: () => {} });
  session.on("env", (accept) => accept?.());
  session.on("exec", (accept, _reject, { command }) => {
    const channel = accept();
    const input: Buffer[] = [];
    channel.on("error", () => {});
    channel.on("data", (chunk: Buffer) => input.push(chunk));
    channel.on("end", () => {
      note(command, Buffer.concat(input).toString());
      channel.write(sayOf(command));
      channel.exit(0);
      channel.end();
    });
  });
  session.on("sftp", (accept) => {
    const sftp = accept();
    const { OK, NO_SUCH_FILE } = ssh2.utils.sftp.STATUS_CODE;
    const done = (id: number): void => sftp.status(id, OK);
    // There are folders, and nothing lies in them: a path with a dot in its name is a file's.
    const look = (id: number, path: string): void => {
      if (/\.\w+$/.test(path)) sftp.status(id, NO_SUCH_FILE);
      else sftp.attrs(id, { mode: 0o40755, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 } as Attributes);
    };
    sftp.on("STAT", look);
    sftp.on("LSTAT", look);
    sftp.on("OPEN", (id) => sftp.handle(id, Buffer.alloc(4)));
    for (const event of ["WRITE", "FSETSTAT", "CLOSE", "MKDIR"] as const) sftp.on(event, done);
  });
}

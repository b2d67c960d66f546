import type { AddressInfo } from "node:net";
import type { Attributes, Connection, ServerChannel, Session } from "ssh2";
import ssh2 from "ssh2";

/** All machines of a farm on paper, and the jump host before them. */
export interface PaperMachines {
  readonly port: number;
  /** `ssh-ed25519 AAAA…`: the jump host's and every machine's. */
  readonly hostKey: string;
  stop(): void;
}

/**
 * One ssh server that is the jump host and, behind it, every machine: it answers forwarded connections
 * itself, lets everybody in, takes files without keeping them and says of each command that it went well.
 */
export async function startPaperMachines(): Promise<PaperMachines> {
  const pair = ssh2.utils.generateKeyPairSync("ed25519");
  const connections = new Set<Connection>();
  const server = new ssh2.Server({ hostKeys: [pair.private] }, (connection) => {
    connections.add(connection);
    connection.on("error", () => {});
    connection.on("close", () => connections.delete(connection));
    connection.on("authentication", (context) => context.accept());
    connection.on("session", (accept) => serve(accept()));
    connection.on("tcpip", (accept) => server.injectSocket(asSocket(accept())));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    hostKey: pair.public.split(" ").slice(0, 2).join(" "),
    stop() {
      for (const connection of connections) connection.end();
      server.close();
    },
  };
}

type Socket = Parameters<InstanceType<typeof ssh2.Server>["injectSocket"]>[0];

/** A forwarded connection as the server takes it: a stream does, but for what only sockets have. */
function asSocket(channel: ServerChannel): Socket {
  const nothing = (): ServerChannel => channel;
  Object.assign(channel, { setNoDelay: nothing, setKeepAlive: nothing, setTimeout: nothing });
  return channel as unknown as Socket;
}

function serve(session: Session): void {
  // ssh2's server takes no request after the end of the input; sshd does (RFC 4254, 6.9).
  Object.defineProperty(session, "_ending", { get: () => false, set: () => {} });
  session.on("env", (accept) => accept?.());
  session.on("exec", (accept) => {
    const channel = accept();
    channel.on("error", () => {});
    channel.on("end", () => {
      channel.exit(0);
      channel.end();
    });
    channel.resume();
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

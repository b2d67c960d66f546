import { type ChildProcess, spawn } from "node:child_process";
import { type AddressInfo, connect } from "node:net";
import type { AuthContext, Connection, ServerChannel, Session } from "ssh2";
import ssh2 from "ssh2";
import type { KeyPair } from "../../support/key-pair.ts";
import { serveSftp } from "./sftp-server.ts";

/** How a server behaves. */
export interface SshServerOptions {
  readonly hostKeys: readonly KeyPair[];
  /** Keys that may sign in, as `type base64`. */
  readonly authorizedKeys?: readonly string[];
  readonly password?: string;
  /** Variables that a client may set. @default - none */
  readonly acceptEnv?: readonly string[];
  /** @default - a free one */
  readonly port?: number;
  /** Folder in which commands start. @default - that of this process */
  readonly home?: string;
  /** Variables that every command has. @default - PATH alone */
  readonly environment?: Readonly<Record<string, string>>;
  /** Ports of this machine that stand for ports that somebody wants to be forwarded to. @default - none */
  readonly ports?: Readonly<Record<number, number>>;
}

/** An ssh server in this process: commands really run, files are really written, forwarding is real. */
export class SshServer {
  readonly users: string[] = [];
  readonly commands: string[] = [];
  readonly forwarded: string[] = [];
  readonly running = new Set<ChildProcess>();
  private readonly server: InstanceType<typeof ssh2.Server>;
  private readonly options: SshServerOptions;
  private readonly connections = new Set<Connection>();
  port = 0;

  private constructor(options: SshServerOptions) {
    this.options = options;
    const hostKeys = options.hostKeys.map(({ privateKey }) => privateKey);
    this.server = new ssh2.Server({ hostKeys }, (connection) => this.accept(connection));
  }

  static async start(options: SshServerOptions): Promise<SshServer> {
    const server = new SshServer(options);
    await new Promise<void>((resolve, reject) => {
      server.server.once("error", reject);
      server.server.listen(options.port ?? 0, "127.0.0.1", resolve);
    });
    server.port = (server.server.address() as AddressInfo).port;
    return server;
  }

  /** Breaks every connection; what runs goes on, as with sshd. */
  drop(): void {
    for (const connection of this.connections) connection.end();
  }

  /** Ends every connection without a word, as the kernel does for processes that are killed. */
  hangUp(): void {
    for (const connection of this.connections) {
      (connection as unknown as { readonly _sock: { end(): void } })._sock.end();
    }
  }

  async stop(): Promise<void> {
    for (const child of this.running) child.kill("SIGKILL");
    for (const connection of this.connections) connection.end();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private accept(connection: Connection): void {
    this.connections.add(connection);
    (connection as unknown as { setNoDelay(on: boolean): void }).setNoDelay(true);
    connection.on("error", () => {});
    connection.on("close", () => this.connections.delete(connection));
    connection.on("authentication", (context) =>
      this.isAllowed(context) ? context.accept() : context.reject(["publickey", "password"]),
    );
    connection.on("session", (accept) => this.session(accept()));
    connection.on("tcpip", (accept, reject, { destIP, destPort }) => {
      this.forwarded.push(`${destIP}:${destPort}`);
      const socket = connect(this.options.ports?.[destPort] ?? destPort, destIP);
      socket.once("error", () => reject());
      socket.once("connect", () => {
        const channel = accept();
        channel.on("error", () => {});
        // As sshd: the end of one half says so, and leaves the other open.
        socket.pipe(channel, { end: false }).pipe(socket);
        socket.once("end", () => channel.eof());
        socket.off("error", reject).on("error", () => {});
        channel.on("close", () => socket.destroy());
      });
    });
  }

  private isAllowed(context: AuthContext): boolean {
    if (context.method === "password") return context.password === this.options.password;
    if (context.method !== "publickey") return false;
    const key = `${context.key.algo} ${context.key.data.toString("base64")}`;
    if (!this.options.authorizedKeys?.includes(key)) return false;
    const parsed = ssh2.utils.parseKey(key);
    if (parsed instanceof Error || Array.isArray(parsed)) return false;
    // The first request only asks whether the key would do.
    if (context.signature === undefined || context.blob === undefined) return true;
    if (parsed.verify(context.blob, context.signature, context.hashAlgo) !== true) return false;
    this.users.push(context.username);
    return true;
  }

  private session(session: Session): void {
    const environment: Record<string, string> = {};
    let child: ChildProcess | undefined;
    // ssh2's server takes no request after the end of the input; sshd does (RFC 4254, 6.9).
    Object.defineProperty(session, "_ending", { get: () => false, set: () => {} });
    session.on("env", (accept, reject, { key, val }) => {
      if (!this.options.acceptEnv?.includes(key)) return reject?.();
      environment[key] = val;
      accept?.();
    });
    session.on("signal", (_accept, _reject, { name }) => {
      child?.kill((name.startsWith("SIG") ? name : `SIG${name}`) as NodeJS.Signals);
    });
    session.on("exec", (accept, _reject, { command }) => {
      this.commands.push(command);
      child = this.execute(accept(), command, environment);
    });
    session.on("sftp", (accept) => serveSftp(accept()));
  }

  private execute(
    channel: ServerChannel,
    command: string,
    environment: Record<string, string>,
  ): ChildProcess {
    const child = spawn("sh", ["-c", command], {
      cwd: this.options.home,
      env: { PATH: process.env.PATH, ...this.options.environment, ...environment },
    });
    this.running.add(child);
    child.stdout.on("data", (chunk) => channel.write(chunk));
    child.stderr.on("data", (chunk) => channel.stderr.write(chunk));
    child.stdin.on("error", () => {});
    // What runs on behind a lost connection may still write, to both.
    channel.on("error", () => {});
    channel.stderr.on("error", () => {});
    channel.pipe(child.stdin);
    child.on("close", (code, signal) => {
      this.running.delete(child);
      if (code === null) channel.exit(String(signal).replace("SIG", ""));
      else channel.exit(code);
      channel.end();
    });
    return child;
  }
}

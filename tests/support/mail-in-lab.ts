import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { join as joined } from "../../lab/gateway/forward.ts";
import { labPlaces } from "../../lab/lab-file.ts";
import { namespaceFile } from "../../lab/network/ip.ts";
import { addresses } from "../../lab/network/names.ts";
import { run } from "../../lib/run.ts";
import { MailServer } from "./mail-server.ts";

/** Where the lab's machines find the mail server: the address of the lab's own, which is not started here. */
export const mailAddress = addresses.mail;

/** Runs in the lab's namespace; a socket in a folder is the same in all of them. */
const relay = `
const { connect, createServer } = require("node:net");
const [socket, port, address] = process.argv.slice(1);
const options = { allowHalfOpen: true };
createServer(options, (client) => {
  const other = connect({ path: socket, ...options });
  for (const [from, to] of [[client, other], [other, client]]) from.on("error", () => to.destroy()).pipe(to);
}).listen(Number(port), address, () => console.log("listens"));
`;

/** A mail server of this machine that the lab's machines reach as well, at an address of the lab and the same port. */
export class MailInLab {
  readonly server: MailServer;
  readonly #folder = mkdtempSync(join(tmpdir(), "farm-relay-"));
  #outside: Server | undefined;
  #inside: ChildProcess | undefined;

  private constructor(server: MailServer) {
    this.server = server;
  }

  /** Starts the server, which nobody in a lab reaches yet. */
  static async start(): Promise<MailInLab> {
    return new MailInLab(await MailServer.start([mailAddress]));
  }

  /** Lets the machines of the lab reach it, which has to be up. */
  async open(): Promise<void> {
    const { host, port } = this.server;
    const { namespace } = labPlaces();
    await run("ip", ["-n", namespace, "addr", "replace", `${mailAddress}/32`, "dev", "lo"]);
    const socket = join(this.#folder, "smtp.sock");
    this.#outside = createServer({ allowHalfOpen: true }, (client) =>
      joined(client, connect({ host, port, allowHalfOpen: true })),
    ).listen(socket);
    const enter = `--net=${namespaceFile(namespace)}`;
    const command = [enter, process.execPath, "-e", relay, socket, String(port), mailAddress];
    this.#inside = spawn("nsenter", command, { stdio: ["ignore", "pipe", "inherit"] });
    if (this.#inside.stdout) await once(this.#inside.stdout, "data");
  }

  async stop(): Promise<void> {
    this.#inside?.kill("SIGKILL");
    this.#outside?.close();
    await this.server.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

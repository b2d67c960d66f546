import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { issueCustomerCertificate } from "../../../lab/ca/customer.ts";
import { checkout } from "../../../lib/paths.ts";
import { tryRun } from "../../../lib/run.ts";
import { ChainReader } from "../../../model/measurement/chain.ts";
import type { MeasurementRecord } from "../../../model/measurement/record.ts";
import { freePort } from "../../support/free-port.ts";

/** What the scene's web server says to a visit. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  /** Where it leads, as UTF-8. @default - nowhere */
  readonly location?: string;
}

/** The first page of ALLRIS net as it is recognised. */
export function allrisPage(tenant: string, version = "4.1.7 (4170039)"): Answer {
  const body = `<meta name="description" content="ALLRIS net Version ${version}">
<meta name="farm-site" content="${tenant}">`;
  return { status: 200, body };
}

/** A prober process on a folder of its own, and a web server with a certificate for any number of sites. */
export class ProberScene {
  readonly root: string = mkdtempSync(join(tmpdir(), "prober-"));
  readonly log: string = join(this.root, "log");
  /** What a visit gets; undefined cuts the connection. */
  answer: (domain: string, path: string) => Answer | undefined = (domain) =>
    allrisPage(domain.split(".")[0] ?? "");
  port = 0;
  /** Name of the prober. */
  readonly name: string;
  #server: Server | undefined;
  #running: { readonly child: ChildProcess; readonly words: string[] } | undefined;

  constructor(name = "rand-1") {
    this.name = name;
  }

  /** @param names that the certificate is for */
  async serve(names: readonly string[]): Promise<void> {
    const folder = join(this.root, "certificate");
    const authorities = join(this.root, "ca");
    await issueCustomerCertificate({ folder, names, days: 3, authorities, roots: this.root });
    const read = (file: string): Buffer => readFileSync(join(folder, file));
    this.#server = createServer({ cert: read("chain.pem"), key: read("key.pem") }, (request, response) => {
      const answer = this.answer(request.headers.host ?? "", request.url ?? "");
      if (answer === undefined) request.socket.destroy();
      else {
        // Node writes headers byte by byte.
        const location = Buffer.from(answer.location ?? "").toString("latin1");
        response.writeHead(answer.status, location === "" ? {} : { location }).end(answer.body);
      }
    });
    await this.listen();
  }

  /** Opens the sites' port, the same as before. */
  async listen(): Promise<void> {
    const server = this.#server;
    if (server === undefined) throw new Error("serve() comes first");
    // While it is shut no connection that goes out may take it.
    if (this.port === 0) this.port = await freePort();
    server.listen(this.port, "127.0.0.1");
    await once(server, "listening");
  }

  /** Closes it: a connection is refused. */
  shut(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }

  /** Settings and targets as the roll-out writes them. */
  write(settings: object, sites: readonly object[]): void {
    const ca = join(this.root, "customer-ca.pem");
    const own = { prober: this.name, ...(existsSync(ca) && { caFile: ca }), ...settings };
    writeFileSync(join(this.root, "settings.json"), JSON.stringify(own));
    writeFileSync(join(this.root, "targets.json"), JSON.stringify({ sites }));
  }

  /** A site of the web server with the targets that decide. */
  site(tenant: string, more: readonly object[] = []): object {
    const targets = [
      { target: "citizens", decides: true, path: "/public/", marker: "ALLRIS net Version " },
      { target: "politicians", decides: true, path: "/ri/logon", marker: "ALLRIS net Version " },
      { target: "tls", decides: false },
      ...more,
    ];
    return { tenant, domain: `${tenant}.example`, address: "127.0.0.1", port: this.port, targets };
  }

  clock(facts: object): void {
    writeFileSync(join(this.root, "clock.json"), JSON.stringify(facts));
  }

  arguments(command: string): string[] {
    const file = (name: string): string => join(this.root, name);
    return [
      ...["-I", join(checkout, "guest/prober.py"), "--log", this.log],
      ...["--settings", file("settings.json"), "--targets", file("targets.json")],
      ...["--state", file("state.json"), "--clock-file", file("clock.json"), command],
    ];
  }

  start(): void {
    if (!existsSync(join(this.root, "clock.json"))) this.clock({ speed: 1 });
    const words: string[] = [];
    const child = spawn("python3", this.arguments("run"), { stdio: ["ignore", "ignore", "pipe"] });
    child.stderr.on("data", (chunk: Buffer) => words.push(chunk.toString()));
    this.#running = { child, words };
  }

  /** Ends the prober. @returns its exit code and what it said on standard error */
  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<{ code: number | null; words: string }> {
    const running = this.#running;
    if (running === undefined) throw new Error("it does not run");
    this.#running = undefined;
    const { child, words } = running;
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await once(child, "exit");
    }
    return { code: child.exitCode, words: words.join("") };
  }

  signal(signal: NodeJS.Signals): void {
    this.#running?.child.kill(signal);
  }

  /** Of the running process. */
  get pid(): number | undefined {
    return this.#running?.child.pid;
  }

  /** Seconds of processor time of the running process. */
  processorSeconds(): number {
    const stat = readFileSync(`/proc/${this.pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  call(command: string): ReturnType<typeof tryRun> {
    return tryRun("python3", this.arguments(command));
  }

  /** Texts of all lines in all files. */
  lines(): readonly string[] {
    if (!existsSync(this.log)) return [];
    const files = readdirSync(this.log).filter((name) => name.endsWith(".jsonl"));
    const text = files.sort().map((name) => readFileSync(join(this.log, name), "utf8"));
    return text.join("").split("\n").slice(0, -1);
  }

  /** All lines; the chain has to be whole. */
  records(): readonly MeasurementRecord[] {
    const chain = new ChainReader(this.name);
    const records = this.lines().map((text) => chain.read(text));
    if (chain.fault !== undefined) throw new Error(`${chain.fault.line}: ${chain.fault.text}`);
    return records.flatMap((record) => (record === undefined ? [] : [record]));
  }

  /** Waits until the log says something. @returns all lines */
  async until(
    what: string,
    holds: (records: readonly MeasurementRecord[]) => boolean,
    seconds = 120,
  ): Promise<readonly MeasurementRecord[]> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const records = this.records();
      if (holds(records)) return records;
      if (Date.now() > deadline)
        throw new Error(`not within ${seconds} s: ${what}\n${this.lines().join("\n")}`);
      await sleep(50);
    }
  }

  async remove(): Promise<void> {
    if (this.#running !== undefined) await this.end("SIGKILL");
    this.shut();
    rmSync(this.root, { recursive: true });
  }
}

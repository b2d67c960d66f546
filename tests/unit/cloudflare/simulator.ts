import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import Cloudflare from "cloudflare";
import { checkout } from "../../../lib/paths.ts";
import { run } from "../../../lib/run.ts";

export const token = "unit-test-token-0123456789-0123456789-0123";
export const accountId = "a1121500000000000000000000000001";

/** A simulator in a process and a folder of its own. */
export class Simulator {
  readonly folder: string = mkdtempSync(join(tmpdir(), "cloudflare-"));
  readonly roots: string = join(this.folder, "roots");
  private child: ChildProcess | undefined;
  private ports: Record<"port" | "dns" | "edgeHttp" | "edgeHttps", number> | undefined;

  /** Starts it, also again on the same folder. Further arguments go to its command line. */
  async start(...extra: string[]): Promise<this> {
    if (this.child) throw new Error("the simulator runs already");
    mkdirSync(this.folder, { recursive: true });
    const secrets = join(this.folder, "secrets.json");
    writeFileSync(secrets, JSON.stringify({ cloudflare: { token } }), { mode: 0o600 });
    const fixed = [
      "--port",
      "0",
      "--state",
      join(this.folder, "state"),
      "--secrets",
      secrets,
      "--roots",
      this.roots,
    ];
    const main = join(checkout, "lab/cloudflare/main.ts");
    this.child = spawn(process.execPath, [main, ...fixed, ...extra], { stdio: ["ignore", "pipe", "pipe"] });
    const errors: Buffer[] = [];
    this.child.stderr?.on("data", (chunk: Buffer) => errors.push(chunk));
    const lines = createInterface({ input: this.child.stdout as NodeJS.ReadableStream });
    const first = await Promise.race([once(lines, "line"), once(this.child, "exit")]);
    if (typeof first[0] !== "string") throw new Error(Buffer.concat(errors).toString());
    this.ports = JSON.parse(first[0]);
    return this;
  }

  port(which: "port" | "dns" | "edgeHttp" | "edgeHttps"): number {
    const port = this.ports?.[which];
    if (port === undefined) throw new Error(`the simulator has no ${which}`);
    return port;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.port("port")}`;
  }

  /** Cloudflare's own client, without second tries. */
  get client(): Cloudflare {
    return new Cloudflare({ apiToken: token, baseURL: `${this.baseUrl}/client/v4`, maxRetries: 0 });
  }

  /** A plain call. */
  async call(method: string, path: string, body?: unknown, authorization = `Bearer ${token}`) {
    const response = await fetch(`${this.baseUrl}${path}`, {
      method,
      headers: authorization === "" ? {} : { authorization },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as Envelope };
  }

  /** Makes a zone and returns its id. */
  async zone(name: string): Promise<string> {
    return (await this.client.zones.create({ account: { id: accountId }, name, type: "full" })).id;
  }

  /** Makes a record and returns its id. */
  async record(zoneId: string, record: Record<string, unknown>): Promise<string> {
    const reply = await this.call("POST", `/client/v4/zones/${zoneId}/dns_records`, record);
    if (reply.status !== 200) throw new Error(JSON.stringify(reply.body));
    return (reply.body.result as { id: string }).id;
  }

  /** Asks with dig; returns what it prints. */
  dig(...args: string[]): Promise<string> {
    return run("dig", ["@127.0.0.1", "-p", String(this.port("dns")), "+tries=1", "+time=5", ...args]);
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    const child = this.child;
    this.child = undefined;
    if (child === undefined || child.exitCode !== null) return null;
    const exited = once(child, "exit");
    child.kill(signal);
    return (await exited)[0];
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true });
  }
}

interface Envelope {
  readonly success: boolean;
  readonly errors: readonly {
    readonly code: number;
    readonly message: string;
    readonly error_chain?: unknown[];
  }[];
  readonly result: unknown;
  readonly result_info?: Record<string, number>;
}

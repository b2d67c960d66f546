import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { checkout } from "../../../lib/paths.ts";
import { type RunResult, tryRun } from "../../../lib/run.ts";

/** One line of nginx's log, with what differs. */
export function entry(differs: Readonly<Record<string, unknown>> = {}): string {
  const line = {
    time: "2026-11-25T10:00:00+00:00",
    address: "203.0.113.77",
    host: "ratsinfo.hohenbrueck.example",
    method: "GET",
    path: "/public/si010",
    status: 200,
    bytes: 1000,
    presentation: "citizens",
    agent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
    seconds: 0.01,
    received: 100,
    ...differs,
  };
  return `${JSON.stringify(line)}\n`;
}

type Triple = [requests: number, sent: number, received: number];

/** A day's sums as the program writes them. */
export interface WrittenDay {
  readonly day: string;
  readonly complete: boolean;
  readonly counts: Readonly<Record<string, Readonly<Record<string, Triple>>>>;
  readonly leftOut: Triple;
  readonly paths: Readonly<Record<string, Triple>>;
}

/** The traffic program on a root of its own. */
export class TrafficMachine {
  readonly root: string = mkdtempSync(join(tmpdir(), "traffic-"));
  readonly logs: string = join(this.root, "var/log/nginx");
  readonly book: string = join(this.root, "var/lib/farm/traffic");
  readonly live: string = join(this.logs, "access.json");
  readonly command: readonly string[] = [
    "python3",
    "-I",
    join(checkout, "guest/traffic.py"),
    "--root",
    this.root,
  ];

  constructor() {
    mkdirSync(this.logs, { recursive: true });
    mkdirSync(join(this.root, "run"));
  }

  start(at: string, ...args: string[]): Promise<RunResult> {
    const [program = "", ...fixed] = this.command;
    return tryRun(program, [...fixed, "--at", at, ...args]);
  }

  /** Runs it to its end. @throws when it fails or warns */
  async run(at: string): Promise<void> {
    const result = await this.start(at, "run");
    if (result.code !== 0 || result.stderr !== "") throw new Error(`${result.code}: ${result.stderr}`);
  }

  /** A day's file; undefined when there is none. */
  day(day: string): WrittenDay | undefined {
    try {
      return JSON.parse(readFileSync(join(this.book, `${day}.json`), "utf8"));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  /** Requests, bytes sent and received of a day, all presentations and classes together. */
  total(day: string): Triple {
    const sum: Triple = [0, 0, 0];
    for (const classes of Object.values(this.day(day)?.counts ?? {})) {
      for (const [requests, sent, received] of Object.values(classes)) {
        sum[0] += requests;
        sum[1] += sent;
        sum[2] += received;
      }
    }
    return sum;
  }

  /** The text of a log, compressed or not. */
  text(name: string): string {
    const bytes = readFileSync(join(this.logs, name));
    return (name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString();
  }

  remove(): void {
    rmSync(this.root, { recursive: true });
  }
}

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { run } from "../../../../lib/run.ts";
import { Postgres } from "../release/postgres.ts";
import { installed } from "../release/scene.ts";
import { ScratchMachine, type TestRelease } from "../release/scratch.ts";

/** What one call of the backup program answered. */
export interface BackupAnswer {
  readonly code: number;
  // biome-ignore lint/suspicious/noExplicitAny: each verb has facts of its own.
  readonly result: Record<string, any>;
  /** Standard output as it came: a stream, where the verb is an export. */
  readonly bytes: Buffer;
}

/** A release whose rows name files, as `ScratchMachine.write` makes them. */
export const paperRelease: TestRelease = {
  version: "4.1.7",
  build: "4170039",
  references: "SELECT words || '.pdf' FROM note\n",
};

/** A site with ALLRIS net on a folder that is a machine, and the backup program on it. */
export class BackupScene {
  readonly #postgres: Postgres;
  #machine: ScratchMachine | undefined;

  constructor(postgres: Postgres) {
    this.#postgres = postgres;
  }

  get machine(): ScratchMachine {
    if (this.#machine === undefined) throw new Error("the machine is made by `fresh` or `furnish`");
    return this.#machine;
  }

  /** A machine on which nothing is installed. */
  async fresh(): Promise<void> {
    await this.end();
    this.#machine = await ScratchMachine.make(this.#postgres);
    const driver = join(import.meta.dirname, "driver.py");
    const line = `exec python3 -I '${driver}' '${this.machine.root}' ${this.machine.port} "$@"`;
    this.machine.put("bin/backup", `#!/bin/sh\n${line}\n`);
    chmodSync(this.machine.path("bin/backup"), 0o755);
  }

  /** The release, with a paper and a folder of papers, and no state. An installation is only made where there is none. */
  async furnish(): Promise<void> {
    if (this.#machine?.current() !== "generations/1" || this.machine.generations().length > 1) {
      await this.fresh();
      await installed(this.machine, paperRelease);
    } else {
      await this.#empty();
    }
    await this.machine.write("first");
    this.file("motions/2026/one.pdf", "one");
    this.file("motions/2026/two.pdf", "two");
    chmodSync(this.path("motions/2026/two.pdf"), 0o640);
  }

  /** Takes away what the test before has left, but for the installed release. */
  async #empty(): Promise<void> {
    const made = ["var/backups", "var/lib/farm/backup", "srv/allrisnet/imports", "run/farm", "etc/farm"];
    for (const name of made) rmSync(this.machine.path(name), { recursive: true, force: true });
    // By a program: Node takes a name that is no UTF-8 for another one.
    await run("find", [this.path("."), "-mindepth", "1", "-delete"]);
    for (const name of await this.machine.databases())
      if (name !== "allrisnet_1")
        await this.machine.postgres.query("postgres", `DROP DATABASE IF EXISTS ${name}`);
    await this.machine.postgres.query("allrisnet_1", "TRUNCATE note RESTART IDENTITY");
    await this.machine.boot();
    await expect.poll(() => this.machine.version().catch(() => "none")).toBe("4.1.7");
  }

  async end(): Promise<void> {
    await this.#machine?.end();
    this.#machine = undefined;
  }

  /** Absolute path of one of the application's files. */
  path(name: string): string {
    return this.machine.path(`srv/allrisnet/current/files/${name}`);
  }

  file(name: string, text: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
  }

  /** Files of the application with their modes and content. */
  files(): Record<string, string> {
    return tree(this.path("."));
  }

  /** Runs a verb to its end. */
  async call(
    args: readonly string[],
    options: { readonly input?: Buffer; readonly env?: Record<string, string> } = {},
  ): Promise<BackupAnswer> {
    const child = this.spawn(args, options.env);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (block: Buffer) => out.push(block));
    child.stderr.on("data", (block: Buffer) => err.push(block));
    child.stdin.end(options.input ?? Buffer.alloc(0));
    const code = await new Promise<number>((resolve) => child.once("close", (exit) => resolve(exit ?? -1)));
    const [bytes, told] = [Buffer.concat(out), Buffer.concat(err).toString()];
    const said = args[0] === "export" ? told : bytes.toString();
    const line = said
      .split("\n")
      .filter((text) => text.startsWith("{"))
      .at(-1);
    if (line === undefined) throw new Error(`backup ${args.join(" ")} said nothing: ${said} ${told}`);
    return { code, result: JSON.parse(line) as BackupAnswer["result"], bytes };
  }

  /** Runs a verb that has to go well. */
  async well(args: readonly string[], input?: Buffer): Promise<BackupAnswer> {
    const answer = await this.call(args, input === undefined ? {} : { input });
    expect([answer.code, answer.result["story"]]).toEqual([0, answer.result["story"]]);
    return answer;
  }

  /** Starts a verb and kills it at a fault point, as a lost power would; what was in memory goes with it. */
  async cut(step: string, args: readonly string[], input = Buffer.alloc(0)): Promise<void> {
    this.machine.fault(step, "cut");
    const child = this.spawn(args);
    child.stdin.end(input);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const reached = this.machine.path("run/farm/fault-reached");
    for (let tries = 0; !existsSync(reached); tries++) {
      if (tries > 600) throw new Error(`the fault point ${step} was not reached`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    child.kill("SIGKILL");
    await ended;
    await this.machine.crash();
  }

  /** Starts a verb. */
  spawn(args: readonly string[], env: Record<string, string> = {}) {
    const child = spawn(this.machine.path("bin/backup"), args, {
      env: { ...process.env, ...this.machine.environment, ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    // A program that refuses a stream, or is killed, does not read it to its end.
    child.stdin.on("error", () => undefined);
    return child;
  }

  /** The stamp that `current` names, or "none". */
  current(): string {
    const link = this.machine.path("var/backups/farm/current");
    return lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(link) : "none";
  }

  /** Path below the newest state. */
  state(name: string): string {
    return this.machine.path(join("var/backups/farm", this.current(), name));
  }

  /** Folders of states, the unfinished ones too. */
  states(): string[] {
    return readdirSync(this.machine.path("var/backups/farm"))
      .filter((name) => name !== "current")
      .sort();
  }

  manifest(): BackupAnswer["result"] {
    return JSON.parse(readFileSync(this.state("manifest.json"), "utf8")) as BackupAnswer["result"];
  }

  /** Rows of the application's table. */
  async rows(): Promise<string[]> {
    return (await this.machine.notes()).rows;
  }

  /** Ids of imports whose replaced things are kept. */
  imports(): string[] {
    const folder = this.machine.path("srv/allrisnet/imports");
    return existsSync(folder) ? readdirSync(folder).sort() : [];
  }

  /** Makes all imports so many hours old. */
  age(hours: number): void {
    const then = Date.now() / 1000 - hours * 3600;
    for (const id of this.imports())
      utimesSync(this.machine.path(`srv/allrisnet/imports/${id}/result.json`), then, then);
  }

  /** The process that puts back. */
  servicePid(): number {
    return this.machine.serviceProcess("farm-backup-import.service");
  }

  removeFile(name: string): void {
    rmSync(this.path(name));
  }
}

/** Everything below a folder: mode and content of files by their path. */
export function tree(root: string): Record<string, string> {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter(
    (entry) => !entry.isDirectory(),
  );
  const described = entries.map((entry) => {
    const path = join(entry.parentPath, entry.name);
    const mode = (lstatSync(path).mode & 0o7777).toString(8);
    const content = entry.isSymbolicLink() ? `→ ${readlinkSync(path)}` : readFileSync(path, "utf8");
    return [path.slice(join(root, "/").length), `${mode} ${content}`];
  });
  return Object.fromEntries(described.sort()) as Record<string, string>;
}

/** SHA-256 of a text or of bytes. */
export function sha256(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

/** A scene for all tests of a file, with a database server. */
export function useScene(): () => BackupScene {
  let postgres: Postgres | undefined;
  let scene: BackupScene | undefined;
  beforeAll(async () => {
    postgres = await Postgres.start();
    scene = new BackupScene(postgres);
  });
  afterAll(async () => {
    await scene?.end();
    await postgres?.stop();
  });
  return () => {
    if (scene === undefined) throw new Error("the scene is made before the first test");
    return scene;
  };
}

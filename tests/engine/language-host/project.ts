import { type ChildProcess, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { checkout } from "../../../lib/paths.ts";
import { tryRecord } from "../../../lib/process-record.ts";
import { type RunResult, run, tryRun } from "../../../lib/run.ts";
import { type Engine, ensureEngine } from "../../../toolchain/engine.ts";

let prepared: Promise<Engine> | undefined;

/** Sees to it that the engine is there, which takes minutes when it has to be built. */
export function prepareEngine(): Promise<Engine> {
  prepared ??= ensureEngine((line) => process.stderr.write(`${line}\n`));
  return prepared;
}

/** A small Pulumi project of one program file in a temporary folder, with a home, a state and a stack of its own. */
export class Project {
  readonly folder: string;
  private readonly engine: Engine;
  private readonly env: Record<string, string>;

  private constructor(engine: Engine) {
    this.engine = engine;
    this.folder = mkdtempSync(join(tmpdir(), "language-host-"));
    const languageHost = join(checkout, "toolchain/language-host");
    this.env = {
      // This checkout's own host, also where the engine came with another.
      PATH: [languageHost, engine.binFolder, process.env.PATH].join(delimiter),
      PULUMI_HOME: join(this.folder, "home"),
      PULUMI_BACKEND_URL: `file://${join(this.folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "only a test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_CONTINUE_ON_ERROR: "true",
    };
  }

  /**
   * Makes the project and its stack.
   * @param program text of index.ts, an ES module that Node itself runs
   * @param settings more of Pulumi.yaml
   */
  static async create(program: string, settings = "", typescript = false): Promise<Project> {
    const project = new Project(await prepareEngine());
    mkdirSync(join(project.folder, "state"));
    project.write("package.json", JSON.stringify({ name: "small", type: "module", main: "index.ts" }));
    project.write(
      "Pulumi.yaml",
      `name: small\nruntime: {name: nodejs, options: {typescript: ${typescript}}}\n${settings}`,
    );
    project.write("index.ts", program);
    for (const name of ["@pulumi/pulumi", "@types/node"]) project.link(name);
    await project.must("stack", "init", "dev");
    return project;
  }

  /** Writes a file of the project. */
  write(name: string, content: string): void {
    mkdirSync(dirname(join(this.folder, name)), { recursive: true });
    writeFileSync(join(this.folder, name), content);
  }

  /** The content of a file of the project once it is there. */
  async waitForFile(name: string): Promise<string> {
    const path = join(this.folder, name);
    const deadline = Date.now() + 60_000;
    while (!existsSync(path)) {
      if (Date.now() > deadline) throw new Error(`the program has not written ${name}`);
      await sleep(50);
    }
    return readFileSync(path, "utf8");
  }

  /** Runs the engine to its end; colours are off. */
  pulumi(...args: readonly string[]): Promise<RunResult> {
    return tryRun(this.engine.pulumi, ["--color=never", "--non-interactive", ...args], {
      cwd: this.folder,
      env: this.env,
    });
  }

  /** Runs the engine and returns what it prints. @throws FarmError when it fails */
  must(...args: readonly string[]): Promise<string> {
    return run(this.engine.pulumi, ["--color=never", "--non-interactive", ...args], {
      cwd: this.folder,
      env: this.env,
    });
  }

  /** Starts the engine in a process group of its own, as a shell does with a command. */
  start(...args: readonly string[]): ChildProcess {
    return spawn(this.engine.pulumi, args, {
      cwd: this.folder,
      env: { ...process.env, ...this.env },
      detached: true,
      stdio: "ignore",
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private link(name: string): void {
    const path = join(this.folder, "node_modules", name);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(join(checkout, "node_modules", name), path);
  }
}

/** Waits until none of the processes is there. @throws Error when one still is after a minute */
export async function waitUntilGone(pids: readonly number[]): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (let left = pids; left.length > 0; left = left.filter((pid) => tryRecord(pid) !== undefined)) {
    if (Date.now() > deadline) throw new Error(`still there: ${left.join(", ")}`);
    await sleep(50);
  }
}

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { run, tryRun } from "../../../../lib/run.ts";
import { freePort } from "../../../support/free-port.ts";
import type { Postgres } from "./postgres.ts";

/** What one run of the program answered. */
export interface Answer {
  readonly code: number;
  readonly result: Record<string, unknown>;
  readonly told: readonly Record<string, unknown>[];
}

/** An archive that a test installs. */
export interface TestRelease {
  readonly version: string;
  readonly build: string;
  readonly behaviour?: Readonly<Record<string, unknown>>;
  /** SQL by name, on top of the first migration that every archive has. */
  readonly migrations?: Readonly<Record<string, string>>;
  /** The question which files its rows name. */
  readonly references?: string;
}

const folder = import.meta.dirname;
const firstMigration = "CREATE TABLE note (id serial PRIMARY KEY, words text NOT NULL);\n";

/** A folder that is a machine for the release program: a real database, real processes, real requests. */
export class ScratchMachine {
  readonly root: string;
  readonly port: number;
  readonly postgres: Postgres;
  private readonly archives = new Map<string, string>();

  private constructor(root: string, port: number, postgres: Postgres) {
    this.root = root;
    this.port = port;
    this.postgres = postgres;
  }

  static async make(postgres: Postgres): Promise<ScratchMachine> {
    const root = mkdtempSync(join(tmpdir(), "farm-release-"));
    chmodSync(root, 0o755);
    const machine = new ScratchMachine(root, await freePort(), postgres);
    machine.put("usr/share/farm/base-image", "2\n");
    machine.put("usr/share/farm/lab", "lab\n");
    for (const version of ["4.1.7", "4.1.8", "4.1.9"])
      mkdirSync(join(root, "etc/allrisnet", version), { recursive: true });
    mkdirSync(join(root, "run"));
    mkdirSync(join(root, "bin"));
    for (const name of ["systemctl", "systemd-run", "journalctl"])
      symlinkSync(join(folder, "systemctl.py"), join(root, "bin", name));
    const line = `exec python3 -I '${join(folder, "driver.py")}' '${root}' ${machine.port} "$@"`;
    machine.put("bin/release", `#!/bin/sh\n${line}\n`);
    for (const name of [join(root, "bin/release"), join(folder, "systemctl.py")]) chmodSync(name, 0o755);
    return machine;
  }

  path(name: string): string {
    return join(this.root, name);
  }

  /** The process of a unit, as systemctl.py wrote it down: its number, then when it began. */
  serviceProcess(unit: string): number {
    return Number(readFileSync(this.path(`services/${unit}`), "utf8").split(" ")[0]);
  }

  put(name: string, text: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
  }

  /** With what its programs run. */
  get environment(): Record<string, string> {
    return {
      ...this.postgres.environment,
      PATH: `${this.path("bin")}:${process.env.PATH}`,
      SCRATCH_ROOT: this.root,
      SCRATCH_PORT: String(this.port),
    };
  }

  /** Runs a verb to its end. */
  async call(args: readonly string[], request?: object): Promise<Answer> {
    const env = this.environment;
    const input = request === undefined ? "" : JSON.stringify(request);
    const { code, stdout, stderr } = await tryRun(this.path("bin/release"), args, { env, input });
    const lines = (text: string): Record<string, unknown>[] =>
      text
        .split("\n")
        .filter((line) => line.startsWith("{"))
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    const result = lines(stdout).at(-1);
    if (result === undefined) throw new Error(`release ${args.join(" ")} said nothing: ${stderr}`);
    return { code, result, told: [...lines(stdout).slice(0, -1), ...lines(stderr)] };
  }

  /** Starts a verb and kills it, as a power cut would, once it has reached the fault point. */
  async cut(step: string, args: readonly string[], request: object): Promise<void> {
    this.fault(step, "cut");
    const child = spawn(this.path("bin/release"), args, {
      env: { ...process.env, ...this.environment },
      stdio: ["pipe", "ignore", "ignore"],
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(JSON.stringify(request));
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const reached = this.path("run/farm/fault-reached");
    for (let tries = 0; !existsSync(reached); tries++) {
      if (tries > 300) throw new Error(`the fault point ${step} was not reached`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    child.kill("SIGKILL");
    await ended;
    await this.crash();
  }

  /** The memory goes with the power: processes, and everything below /run. */
  async crash(): Promise<void> {
    await this.stopServices();
    rmSync(this.path("run"), { recursive: true });
    mkdirSync(this.path("run"));
  }

  private async stopServices(): Promise<void> {
    if (!existsSync(this.path("services"))) return;
    for (const name of readdirSync(this.path("services")).filter((entry) => entry.endsWith(".service")))
      await run(this.path("bin/systemctl"), ["stop", name], { env: this.environment });
  }

  fault(step: string, action: "cut" | "fail"): void {
    this.put("run/farm/fault-point", JSON.stringify({ step, action }));
  }

  /** What the boot does. */
  async boot(): Promise<void> {
    for (const verb of ["recover", "start"]) {
      const { code, result } = await this.call([verb]);
      if (code !== 0) throw new Error(`${verb}: ${JSON.stringify(result)}`);
    }
  }

  /** The request for an archive that is made here. */
  async request(release: TestRelease, more: object = {}): Promise<Record<string, unknown>> {
    const { version, build } = release;
    const key = JSON.stringify(release);
    const kept = this.archives.get(key) ?? (await this.build(release));
    this.archives.set(key, kept);
    // The program removes what it was given.
    const archive = this.path(`upload-${version}.war`);
    writeFileSync(archive, readFileSync(kept));
    const sha256 = createHash("sha256").update(readFileSync(kept)).digest("hex");
    const checks = { citizens: "/public/", politicians: "/ri/", oparl: "/public/oparl/system" };
    return {
      version,
      build,
      sha256,
      archive,
      minimumBaseImage: 2,
      domain: "ratsinfo.example",
      checks,
      ...more,
    };
  }

  private async build(release: TestRelease): Promise<string> {
    const content = mkdtempSync(join(this.root, "archive-"));
    const { version, build, behaviour = {}, migrations = {}, references } = release;
    mkdirSync(join(content, "WEB-INF/migrations"), { recursive: true });
    writeFileSync(join(content, "WEB-INF/release.json"), JSON.stringify({ version, build, behaviour }));
    for (const [name, sql] of Object.entries({ "001-notes": firstMigration, ...migrations }))
      writeFileSync(join(content, "WEB-INF/migrations", `${name}.sql`), sql);
    if (references !== undefined) writeFileSync(join(content, "WEB-INF/references.sql"), references);
    writeFileSync(join(content, "application.py"), readFileSync(join(folder, "application.py")));
    const archive = `${content}.war`;
    await run("python3", ["-m", "zipfile", "-c", archive, "WEB-INF", "application.py"], { cwd: content });
    return archive;
  }

  /** Brings back the program of an unpacked release, and lets the machine run again what `current` names. */
  async restoreApplication(file: string): Promise<void> {
    writeFileSync(file, readFileSync(join(folder, "application.py")));
    rmSync(this.path("run/farm"), { recursive: true, force: true });
    await this.boot();
  }

  /** The generation that `current` names, or "none". */
  current(): string {
    return existsSync(this.path("srv/allrisnet/current"))
      ? readlinkSync(this.path("srv/allrisnet/current"))
      : "none";
  }

  generations(): string[] {
    const path = this.path("srv/allrisnet/generations");
    return existsSync(path) ? readdirSync(path).sort() : [];
  }

  releases(): string[] {
    return readdirSync(this.path("srv/allrisnet/releases")).sort();
  }

  databases(): Promise<string[]> {
    return this.postgres.query(
      "postgres",
      "SELECT datname FROM pg_database WHERE datname LIKE 'allrisnet%' ORDER BY 1",
    );
  }

  changes(): Record<string, unknown>[] {
    const text = readFileSync(this.path("var/lib/farm/changes.jsonl"), "utf8");
    return text
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  async version(): Promise<string> {
    const answer = await fetch(`http://127.0.0.1:${this.port}/internal/health`);
    return ((await answer.json()) as { version: string }).version;
  }

  /** Data in both places: the database and the files. */
  async write(words: string): Promise<void> {
    const number = this.current().split("/")[1];
    await this.postgres.query(`allrisnet_${number}`, `INSERT INTO note (words) VALUES ('${words}')`);
    writeFileSync(this.path(`srv/allrisnet/current/files/${words}.pdf`), words);
  }

  async notes(): Promise<{ rows: string[]; files: string[] }> {
    const number = this.current().split("/")[1];
    return {
      rows: await this.postgres.query(`allrisnet_${number}`, "SELECT words FROM note ORDER BY id"),
      files: readdirSync(this.path("srv/allrisnet/current/files")).sort(),
    };
  }

  /** Ends what runs, drops its databases and removes the folder. */
  async end(): Promise<void> {
    await this.stopServices();
    for (const name of await this.databases())
      await this.postgres.query("postgres", `DROP DATABASE ${name} WITH (FORCE)`);
    rmSync(this.root, { recursive: true, force: true });
  }
}

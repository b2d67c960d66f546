import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkout, farmFolder } from "../../../lib/paths.ts";
import { type RunResult, run, tryRun } from "../../../lib/run.ts";
import { project } from "../project.ts";

/** Beside the tests' project, so that paths in the state are the same from both. */
const desk = join(farmFolder, "office");
const bare = join(farmFolder, "office.git");

/**
 * Somebody who works on the farm: a clone of a bare repository with the checkout's files, and the tenants of the
 * tests' project. Commands are the clone's own.
 */
export class Office {
  readonly desk: string = desk;

  static async open(): Promise<Office> {
    for (const folder of [desk, bare]) rmSync(folder, { recursive: true, force: true });
    mkdirSync(bare, { recursive: true });
    await run("git", ["init", "--quiet", "--bare", "--initial-branch=main", bare]);
    await run("git", ["clone", "--quiet", bare, desk]);
    const own = new Set([".git", "node_modules", ".farm", "tenants", "maintenance"]);
    for (const name of readdirSync(checkout).filter((each) => !own.has(each)))
      cpSync(join(checkout, name), join(desk, name), { recursive: true });
    for (const name of ["tenants", "maintenance"])
      cpSync(join(project, name), join(desk, name), { recursive: true });
    symlinkSync(join(checkout, "node_modules"), join(desk, "node_modules"));
    const office = new Office();
    await office.git("config", "user.name", "Erika Muster");
    await office.git("config", "user.email", "betrieb@kuestenring.example");
    await office.commit("The farm");
    await office.git("push", "--quiet", "origin", "main");
    return office;
  }

  close(): void {
    for (const folder of [desk, bare]) rmSync(folder, { recursive: true, force: true });
  }

  /** Begins a change of its own. */
  async branch(name: string): Promise<void> {
    await this.git("checkout", "--quiet", "-b", name, "main");
  }

  /** Hands the change in for review. */
  async push(message: string): Promise<void> {
    await this.commit(message);
    await this.git("push", "--quiet", "origin", "HEAD");
  }

  /** The change is accepted: it is on the main branch of the bare repository and here. */
  async merge(): Promise<void> {
    const branch = (await this.git("branch", "--show-current")).trim();
    await this.git("checkout", "--quiet", "main");
    await this.git("merge", "--quiet", "--no-ff", "-m", `Merge ${branch}`, branch);
    await this.git("push", "--quiet", "origin", "main");
  }

  write(path: string, text: string): void {
    writeFileSync(join(desk, path), text);
  }

  has(path: string): boolean {
    return existsSync(join(desk, path));
  }

  /** Runs `./farm` there. @throws Error with what it said when it fails */
  async farm(...args: string[]): Promise<RunResult> {
    const result = await this.tryFarm(...args);
    if (result.code !== 0)
      throw new Error(`./farm ${args.join(" ")} failed:\n${result.stdout}\n${result.stderr}`);
    return result;
  }

  /** The same, as JSON. */
  async farmJson<T>(...args: string[]): Promise<T> {
    return JSON.parse((await this.farm(...args, "--json")).stdout) as T;
  }

  tryFarm(...args: string[]): Promise<RunResult> {
    return tryRun(process.execPath, [join(desk, "cli", "main.ts"), ...args], { cwd: desk, timeout: 280_000 });
  }

  private async commit(message: string): Promise<void> {
    await this.git("add", "--all", ".");
    await this.git("commit", "--quiet", "--message", message);
  }

  private async git(...args: string[]): Promise<string> {
    return run("git", ["-C", desk, ...args]);
  }
}

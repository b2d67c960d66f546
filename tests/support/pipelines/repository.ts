import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { checkout } from "../../../lib/paths.ts";
import { run } from "../../../lib/run.ts";
import type { GitHubApi, PullRequest } from "./github-api.ts";
import type { WorkflowEvent } from "./runner.ts";

/** Files by their path in the repository; undefined removes one. */
export type Files = Readonly<Record<string, string | undefined>>;

/** A change: a branch with a pull request. */
export interface Change {
  readonly pull: PullRequest;
  /** What the merge would give, as GitHub keeps it in refs/pull/…/merge. */
  readonly mergeRef: string;
  readonly base: string;
}

/** A bare repository in a folder with the checkout's files on its main branch, and somebody who works on it. */
export class Repository {
  readonly path: string;
  readonly name = "kuestenring/allris-farm";
  readonly #clone: string;
  readonly #api: GitHubApi;

  private constructor(folder: string, api: GitHubApi) {
    this.path = join(folder, "farm.git");
    this.#clone = join(folder, "clone");
    this.#api = api;
  }

  /** @param files besides those of the checkout, in the first commit */
  static async make(folder: string, api: GitHubApi, files: Files): Promise<Repository> {
    rmSync(folder, { recursive: true, force: true });
    const made = new Repository(folder, api);
    mkdirSync(made.path, { recursive: true });
    await run("git", ["init", "--quiet", "--bare", "--initial-branch=main", made.path]);
    // Any commit can be fetched, as from a forge.
    await run("git", ["-C", made.path, "config", "uploadpack.allowAnySHA1InWant", "true"]);
    await run("git", ["clone", "--quiet", made.path, made.#clone]);
    const own = new Set([".git", "node_modules", ".farm"]);
    for (const name of readdirSync(checkout).filter((each) => !own.has(each)))
      cpSync(join(checkout, name), join(made.#clone, name), { recursive: true });
    await made.#commit(files, "The farm");
    await made.#git("push", "--quiet", "origin", "main");
    return made;
  }

  /** A branch with one commit, and its pull request. */
  async open(branch: string, files: Files): Promise<Change> {
    await this.#git("checkout", "--quiet", "-b", branch, "main");
    const pull: PullRequest = { number: this.#api.pulls.length + 1, headCommit: "" };
    this.#api.pulls.push(pull);
    return this.push(branch, pull, files);
  }

  /** One commit more on a branch. */
  async push(branch: string, pull: PullRequest, files: Files): Promise<Change> {
    await this.#git("checkout", "--quiet", branch);
    pull.headCommit = await this.#commit(files, `Work on ${branch}`);
    await this.#git("push", "--quiet", "origin", branch);
    const base = await this.main();
    await this.#git("checkout", "--quiet", "--detach", "main");
    await this.#git("merge", "--quiet", "--no-ff", "-m", "test merge", branch);
    const mergeRef = (await this.#git("rev-parse", "HEAD")).trim();
    await this.#git("push", "--quiet", "--force", "origin", `HEAD:refs/pull/${pull.number}/merge`);
    return { pull, mergeRef, base };
  }

  /** Merges a change. @returns the event of the push to the main branch */
  async merge({ pull }: Change): Promise<WorkflowEvent> {
    const before = await this.main();
    await this.#git("checkout", "--quiet", "main");
    await this.#git(
      "merge",
      "--quiet",
      "--no-ff",
      "-m",
      `Merge pull request #${pull.number}`,
      pull.headCommit,
    );
    await this.#git("push", "--quiet", "origin", "main");
    const sha = await this.main();
    pull.mergeCommit = sha;
    return { name: "push", sha, payload: { before, after: sha } };
  }

  /** Somebody pushes to the main branch without a change. */
  async pushToMain(files: Files): Promise<WorkflowEvent> {
    const before = await this.main();
    await this.#git("checkout", "--quiet", "main");
    const sha = await this.#commit(files, "Straight to main");
    await this.#git("push", "--quiet", "origin", "main");
    return { name: "push", sha, payload: { before, after: sha } };
  }

  /** The last commit of the main branch. */
  async main(): Promise<string> {
    return (await this.#git("rev-parse", "main")).trim();
  }

  /** The event of a change that was opened or pushed to. */
  event({ pull, mergeRef, base }: Change, from = this.name): WorkflowEvent {
    return {
      name: "pull_request",
      sha: mergeRef,
      payload: {
        pull_request: {
          number: pull.number,
          head: { sha: pull.headCommit, repo: { full_name: from } },
          base: { sha: base },
        },
      },
      fromFork: from !== this.name,
    };
  }

  async #commit(files: Files, message: string): Promise<string> {
    for (const [path, text] of Object.entries(files)) {
      const file = join(this.#clone, path);
      mkdirSync(dirname(file), { recursive: true });
      if (text === undefined) rmSync(file);
      else writeFileSync(file, text);
    }
    await this.#git("add", "--all");
    await this.#git("commit", "--quiet", "--allow-empty", "-m", message);
    return (await this.#git("rev-parse", "HEAD")).trim();
  }

  #git(...args: string[]): Promise<string> {
    const who = ["-c", "user.name=Erika Muster", "-c", "user.email=erika@kuestenring.example"];
    return run("git", [...who, "-c", "commit.gpgsign=false", ...args], { cwd: this.#clone });
  }
}

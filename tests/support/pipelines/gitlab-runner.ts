import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../../../lib/paths.ts";
import { type RunResult, run, tryRun } from "../../../lib/run.ts";

/** What a pipeline of GitLab runs with. */
export interface GitLabRun {
  /** The runner's folder; made anew. */
  readonly workspace: string;
  /** The bare repository. */
  readonly repository: string;
  readonly commit: string;
  /** The jobs to run, and no others. */
  readonly jobs: readonly string[];
  /** What GitLab gives its jobs: predefined variables, and those of the project. */
  readonly variables: Readonly<Record<string, string>>;
  /** What the runner's machine has in its environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** Runs jobs of `.gitlab-ci.yml`, the file itself, by gitlab-ci-local with GitLab's shell executor. */
export async function runGitLab(options: GitLabRun): Promise<RunResult> {
  const { workspace, repository, commit, jobs, variables, env } = options;
  rmSync(workspace, { recursive: true, force: true });
  mkdirSync(workspace, { recursive: true });
  const git = (...args: string[]): Promise<string> => run("git", args, { cwd: workspace });
  await git("init", "--quiet", "--initial-branch=main");
  await git("fetch", "--quiet", `file://${repository}`, commit);
  await git("fetch", "--quiet", `file://${repository}`, "+refs/heads/*:refs/remotes/origin/*");
  await git("checkout", "--quiet", "-B", "main", commit);
  await git("remote", "add", "origin", "git@gitlab.example:kuestenring/allris-farm.git");
  writeFileSync(
    join(workspace, ".git", "info", "exclude"),
    "node_modules\n.gitlab-ci-local/\nreviewed.env\n",
  );
  symlinkSync(join(checkout, "node_modules"), join(workspace, "node_modules"));
  const given = Object.entries(variables).flatMap(([key, value]) => ["--variable", `${key}=${value}`]);
  const program = join(checkout, "node_modules", "gitlab-ci-local", "dist", "index.js");
  const args = [program, "--force-shell-executor", "--home", ".gitlab-ci-local/home", ...given, ...jobs];
  return tryRun(process.execPath, args, { cwd: workspace, environment: { ...env, NO_COLOR: "1" } });
}

import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkout } from "../../../lib/paths.ts";
import { type RunResult, run, tryRun } from "../../../lib/run.ts";
import { requireDebianPackages } from "../../../toolchain/debian.ts";
import { ensureActionlint } from "../../support/pipelines/actionlint.ts";
import { readWorkflow, type WorkflowJob } from "../../support/pipelines/workflow.ts";

const folder = join(checkout, ".github", "workflows");
const files = readdirSync(folder).filter((name) => name.endsWith(".yml"));
const workflows = files.map((name) => ({ name, workflow: readWorkflow(join(folder, name)) }));
const jobs = workflows.flatMap(({ name, workflow }) =>
  Object.entries(workflow.jobs).map(([id, job]) => ({ name, workflow, id, job })),
);

let scratch: string;
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "farm-pipelines-"));
  // actionlint gives it the scripts of all steps.
  await requireDebianPackages([{ package: "shellcheck", provides: "shellcheck" }], console.log);
  // The first time it is built from its modules.
}, 300_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("workflow files of GitHub", () => {
  /** Lints copies, since actionlint looks for its settings in the repository that a file lies in. */
  async function lint(change: (text: string) => string): Promise<RunResult> {
    const copy = mkdtempSync(join(scratch, "lint-"));
    await run("git", ["init", "--quiet", copy]);
    cpSync(join(checkout, ".github"), join(copy, ".github"), { recursive: true });
    const own = join(copy, ".github", "workflows");
    for (const name of files)
      writeFileSync(join(own, name), change(readFileSync(join(folder, name), "utf8")));
    const program = await ensureActionlint();
    return tryRun(program, ["-no-color", ...files.map((name) => join(own, name))], { cwd: copy });
  }

  test("actionlint has nothing to say, and sees a wrong key, a wrong need and an unquoted variable", async () => {
    expect(await lint((text) => text)).toMatchObject({ code: 0, stdout: "" });
    const wrongKey = await lint((text) => text.replace("timeout-minutes: 30", "timeout-minuts: 30"));
    expect(wrongKey.stdout).toMatch(/unexpected key "timeout-minuts"/);
    const wrongNeed = await lint((text) => text.replace("needs: preview", "needs: previews"));
    expect(wrongNeed.stdout).toMatch(/needs job "previews" which does not exist/);
    const unquoted = await lint((text) => text.replace('--digest "$DIGEST"', "--digest $DIGEST"));
    expect(unquoted.stdout).toMatch(/SC2086/);
  }, 300_000);

  test("every action is pinned by the full hash of a commit, with its version beside it", () => {
    const uses = files.flatMap((name) =>
      [...readFileSync(join(folder, name), "utf8").matchAll(/uses: (.*)$/gm)].map(([, text]) => text),
    );
    expect(uses.length).toBeGreaterThan(20);
    for (const text of uses) expect(text).toMatch(/^actions\/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    // One version of each.
    const versions = new Set(uses);
    expect(versions.size).toBe(new Set(uses.map((text) => text?.split("@")[0])).size);
  });

  test("nothing is granted by default, every job says what it needs, and no checkout leaves its token behind", () => {
    for (const { workflow } of workflows) expect(workflow.permissions).toEqual({});
    const granted = jobs.map(({ name, id, job }) => [`${name} ${id}`, job.permissions] as const);
    expect(Object.fromEntries(granted)).toEqual({
      "apply.yml reviewed": { contents: "read", "pull-requests": "read" },
      "apply.yml apply": { contents: "read" },
      "apply.yml comment": { contents: "read", "pull-requests": "write" },
      "drift.yml drift": { contents: "read" },
      "drift.yml issue": { contents: "read", issues: "write" },
      "pull-request.yml check": { contents: "read" },
      "pull-request.yml preview": { contents: "read" },
      "pull-request.yml comment": { contents: "read", "pull-requests": "write" },
    });
    for (const { job } of jobs) {
      for (const step of job.steps.filter(({ uses }) => uses?.startsWith("actions/checkout@")))
        expect(step.with).toMatchObject({ "persist-credentials": false });
    }
  });

  test("secrets are only where an environment guards them, never where the forge's token may write", () => {
    const secrets = ({ steps, env }: WorkflowJob): boolean =>
      JSON.stringify([steps, env]).includes("secrets.");
    for (const { id, job } of jobs) {
      const runsHere = JSON.stringify(job["runs-on"]).includes("self-hosted");
      expect([id, secrets(job)]).toEqual([id, runsHere]);
      expect([id, job.environment !== undefined]).toEqual([id, runsHere]);
      if (secrets(job)) expect(Object.values(job.permissions ?? {})).not.toContain("write");
    }
    // Pull requests see what may read; what may write is for the main branch.
    const production = jobs.filter(({ job }) => job.environment === "production");
    expect(production.map(({ name }) => name)).toEqual(["apply.yml"]);
  });

  test("a change's own code runs without the forge's token, and not at all near us when it comes from a fork", () => {
    for (const { workflow } of workflows) expect(workflow.on).not.toHaveProperty("pull_request_target");
    const own = jobs.filter(({ name }) => name === "pull-request.yml");
    for (const { job } of own) {
      const text = JSON.stringify(job);
      if (!/github\.token|secrets\.GITHUB_TOKEN/.test(text)) continue;
      // The base has been reviewed.
      const base = "$".concat("{{ github.event.pull_request.base.sha }}");
      const places = job.steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"));
      expect(places.map((step) => step.with?.["ref"])).toEqual([base]);
    }
    const here = own.filter(({ job }) => JSON.stringify(job["runs-on"]).includes("self-hosted"));
    expect(here.map(({ id, job }) => [id, job.if])).toEqual([
      ["preview", "github.event.pull_request.head.repo.full_name == github.repository"],
    ]);
  });

  test("texts of others never become part of a script", () => {
    for (const { job } of jobs) {
      for (const { run: script } of job.steps) expect(script ?? "").not.toContain("${{");
    }
  });

  test("one run applies at a time, and none is ended half-way", () => {
    const apply = workflows.find(({ name }) => name === "apply.yml")?.workflow;
    expect(apply?.concurrency).toEqual({ group: "apply", "cancel-in-progress": false });
  });
});

describe("the pipeline of GitLab", () => {
  /** The jobs of a pipeline, read and held against GitLab's schema by gitlab-ci-local. */
  async function jobsOf(
    variables: Readonly<Record<string, string>>,
    change: (text: string) => string = (text) => text,
  ): Promise<RunResult> {
    const copy = mkdtempSync(join(scratch, "gitlab-"));
    await run("git", ["init", "--quiet", "--initial-branch=main", copy]);
    await run("git", ["-C", copy, "remote", "add", "origin", "git@gitlab.example:kuestenring/farm.git"]);
    const text = readFileSync(join(checkout, ".gitlab-ci.yml"), "utf8");
    writeFileSync(join(copy, ".gitlab-ci.yml"), change(text));
    mkdirSync(join(copy, "home"));
    const who = ["-c", "user.name=Erika", "-c", "user.email=erika@kuestenring.example"];
    await run("git", ["-C", copy, ...who, "commit", "--quiet", "--allow-empty", "-m", "x"]);
    const program = join(checkout, "node_modules", "gitlab-ci-local", "dist", "index.js");
    const given = Object.entries(variables).flatMap(([key, value]) => ["--variable", `${key}=${value}`]);
    return tryRun(process.execPath, [program, "--list-csv", "--home", "home", ...given], {
      cwd: copy,
      env: { NO_COLOR: "1" },
    });
  }

  const names = ({ stdout }: RunResult): string[] =>
    [...stdout.matchAll(/^([a-z-]+);"?/gm)].map(([, name]) => name ?? "").filter((name) => name !== "name");

  const own = { CI_PROJECT_ID: "7", CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "7" };
  test.each([
    [
      "a merge request",
      { CI_PIPELINE_SOURCE: "merge_request_event", ...own },
      ["check", "preview", "comment", "no-plan"],
    ],
    [
      "a merge request from a fork",
      { CI_PIPELINE_SOURCE: "merge_request_event", ...own, CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "8" },
      ["check"],
    ],
    ["a merge", { CI_PIPELINE_SOURCE: "push" }, ["reviewed", "apply", "applied", "not-applied"]],
    ["the night", { CI_PIPELINE_SOURCE: "schedule", DRIFT: "yes" }, ["drift", "drift-issue"]],
    ["a window", { CI_PIPELINE_SOURCE: "web", AT: "2026-12-03T22:00:00+01:00" }, ["window"]],
  ])(
    "%s sets off its own jobs",
    async (_, variables, wanted) => {
      const result = await jobsOf(variables);
      expect([result.code, names(result).sort()]).toEqual([0, [...wanted].sort()]);
    },
    60_000,
  );

  test("GitLab's schema refuses a wrong key", async () => {
    const result = await jobsOf({}, (text) => text.replace("resource_group: apply", "resource_grup: apply"));
    expect(result.code).not.toBe(0);
    expect(`${result.stdout}${result.stderr}`).toMatch(/'resource_grup' property is not expected to be here/);
  });
});

import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { playAdministrations } from "../../cli/administrations.ts";
import { checkout, farmFolder } from "../../lib/paths.ts";
import { tryPlanNote } from "../../model/forge/plan-note.ts";
import { requireDebianPackages } from "../../toolchain/debian.ts";
import { type PaperLab, startPaperLab } from "../bench/paper-lab.ts";
import { GitHubApi } from "../support/pipelines/github-api.ts";
import { GitLabApi } from "../support/pipelines/gitlab-api.ts";
import { runGitLab } from "../support/pipelines/gitlab-runner.ts";
import { type Change, Repository } from "../support/pipelines/repository.ts";
import { type JobResult, type WorkflowEvent, WorkflowRunner } from "../support/pipelines/runner.ts";
import { addTenant, makeProject, restoreTenant, tenantFile } from "../support/project.ts";
import { cloudflare, farmVms } from "../support/services.ts";
import { labTenants } from "../support/tenants.ts";

const folder = join(farmFolder, "pipelines");
const states = join(folder, "states");

/** What the runner's machine has. */
const env = { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", FARM_HOME: farmFolder };

let lab: PaperLab;
let api: GitHubApi;
let repository: Repository;
let runner: WorkflowRunner;
/** The file of an administration that is to come. */
let waldau: string;

/** Runs a workflow file. `npm run check`, its own job, is what reviewers and CI run of this project anyway. */
function run(name: string, event: WorkflowEvent): Promise<Readonly<Record<string, JobResult>>> {
  const given: Record<string, "success"> = name === "pull-request" ? { check: "success" } : {};
  return runner.run(join(checkout, ".github", "workflows", `${name}.yml`), event, given);
}

/** The result of each job, and the log of those that failed. */
function ends(jobs: Readonly<Record<string, JobResult>>): Record<string, string> {
  for (const [id, { result, log }] of Object.entries(jobs))
    if (result === "failure") console.log(`[pipelines] ${id} failed:\n${log}`);
  return Object.fromEntries(Object.entries(jobs).map(([id, { result }]) => [id, result]));
}

/** The farm's own comments on a change. */
function comments(number: number): readonly string[] {
  return api.comments.filter(({ issue }) => issue === number).map(({ body }) => body);
}

/** Somebody starts Apply by hand. */
async function byHand(at: string, digest: string): Promise<WorkflowEvent> {
  const inputs = { at, digest };
  return { name: "workflow_dispatch", sha: await repository.main(), payload: { inputs } };
}

function fileOf(id: string, from: string, to: string): Readonly<Record<string, string>> {
  const path = join("tenants", `${id}.ts`);
  const text = readFileSync(join(checkout, path), "utf8");
  expect(text).toContain(from);
  return { [path]: text.replace(from, to) };
}

beforeAll(async () => {
  // gitlab-ci-local copies what is tracked.
  await requireDebianPackages([{ package: "rsync", provides: "rsync" }], console.log);
  rmSync(farmFolder, { recursive: true, force: true });
  [lab, api] = await Promise.all([startPaperLab(), GitHubApi.start()]);
  makeProject();
  addTenant("waldau", "198.18.10.14");
  waldau = readFileSync(tenantFile("waldau"), "utf8");
  restoreTenant("waldau");
  await playAdministrations(await labTenants());
  repository = await Repository.make(folder, api, {});
  runner = new WorkflowRunner({
    folder: join(folder, "runner"),
    repository: repository.path,
    name: repository.name,
    apiUrl: api.url,
    token: (permissions) => api.token(permissions),
    secrets: { production: {}, preview: {}, drift: {} },
    vars: { FARM_STACK: "lab", FARM_STATE_BACKUPS: states },
    env,
  });
});
afterAll(async () => {
  await Promise.all([lab?.stop(), api?.stop()]);
  rmSync(farmFolder, { recursive: true, force: true });
});

let newcomer: Change;

/** Up to six runs of the engine, and whoever else works on this machine. */
const long = 600_000;

it("a change whose preview fails says so in its comment; nothing is applied", async () => {
  const wrong = waldau.replace("198.18.10.14", "198.18.10.11");
  newcomer = await repository.open("waldau", { "tenants/waldau.ts": wrong });
  const jobs = await run("pull-request", repository.event(newcomer));
  expect(ends(jobs)).toEqual({ check: "success", preview: "failure", comment: "success" });
  // The reason is where people look for it.
  expect(jobs["preview"]?.log).toContain(
    "tenants/waldau.ts: address is also claimed by tenants/hohenbrueck.ts",
  );
  expect(comments(1)).toEqual([expect.stringMatching(/\*\*No plan\*\*: the preview of [0-9a-f]{40} failed/)]);
});

it(
  "put right it is previewed, and the plan takes the place of that comment; nothing is applied",
  async () => {
    newcomer = await repository.push("waldau", newcomer.pull, { "tenants/waldau.ts": waldau });
    const jobs = await run("pull-request", repository.event(newcomer));
    expect(ends(jobs)).toEqual({ check: "success", preview: "success", comment: "success" });
    const [comment = "", ...more] = comments(1);
    expect(more).toEqual([]);
    expect(comment).toMatch(/^<!-- allris-farm plan \{.*\} -->\n/);
    expect(comment).toContain("Gemeinde waldau (waldau) · +12 · new site");
    expect(tryPlanNote(comment)).toMatchObject({ commit: newcomer.pull.headCommit });
    expect(await farmVms()).toEqual([]);
  },
  long,
);

it("code of a fork is checked and gets neither our runner nor a secret nor a comment", async () => {
  const requests = api.requests.length;
  const jobs = await run("pull-request", repository.event(newcomer, "somebody/allris-farm"));
  expect(ends(jobs)).toEqual({ check: "success", preview: "skipped", comment: "skipped" });
  expect(api.requests).toHaveLength(requests);
});

it(
  "after the merge exactly the reviewed plan is applied, the state is kept, and the change says so",
  async () => {
    const jobs = await run("apply", await repository.merge(newcomer));
    expect(ends(jobs)).toEqual({ reviewed: "success", apply: "success", comment: "success" });
    const names = (await farmVms()).map(({ name_label }) => name_label);
    expect(names).toContain("allris-waldau.lab");
    expect(names).toHaveLength(4);
    expect(comments(1)[1]).toMatch(/\*\*Applied\*\*: the reviewed plan `[0-9a-f]{16}`/);
    const [kept = "", ...more] = readdirSync(states);
    expect([kept, more]).toEqual([expect.stringMatching(/^lab\.\d{4}-.*Z\.json$/), []]);
    expect(readFileSync(join(states, kept), "utf8")).toContain("allris-waldau.lab");
  },
  long,
);

it(
  "what was merged beside it is not applied unseen: the plan differs, nothing happens, and the new one is shown",
  async () => {
    const name = await repository.open(
      "auental",
      fileOf("landkreis-auental", "Landkreis Auental", "Landkreis Auental-Süd"),
    );
    const other = await repository.open(
      "seenplatte",
      fileOf("amt-seenplatte-nord", "Amt Seenplatte-Nord", "Amt Seenplatte"),
    );
    expect(ends(await run("pull-request", repository.event(other)))).toMatchObject({ comment: "success" });
    // The first is merged, and its run has not come to its turn when the second is merged.
    await repository.merge(name);
    const before = await farmVms();
    const push = await repository.merge(other);
    const jobs = await run("apply", push);
    expect(ends(jobs)).toEqual({ reviewed: "success", apply: "failure", comment: "success" });
    expect(jobs["apply"]?.log).toContain(
      "The plan is not the one that was reviewed; nothing has been changed",
    );
    expect(await farmVms()).toEqual(before);
    expect(comments(other.pull.number)[1]).toContain("**Not applied, or not all of it**");
    // The page of the run has the plan as it is, with all that it does and how to apply it.
    const summary = jobs["apply"]?.summary ?? "";
    expect(summary).toContain("Auental");
    expect(summary).toContain("Seenplatte");
    const [, at = "", digest = ""] = /--at (\S+) --digest ([0-9a-f]{16})/.exec(summary) ?? [];
    const applied = await run("apply", await byHand(at, digest));
    expect(ends(applied)).toEqual({ reviewed: "skipped", apply: "success", comment: "skipped" });
    expect(readdirSync(states).length).toBeGreaterThan(1);
  },
  long,
);

it(
  "on GitLab the same: a note with the plan, and after the merge exactly that plan",
  async () => {
    const forge = await GitLabApi.start();
    const variables = {
      CI_API_V4_URL: forge.url,
      CI_PROJECT_ID: "7",
      FARM_FORGE_TOKEN: forge.token,
      FARM_STACK: "lab",
      FARM_STATE_BACKUPS: states,
    };
    const pipeline = async (
      commit: string,
      jobs: readonly string[],
      more: Readonly<Record<string, string>>,
    ) => {
      const place = { workspace: join(folder, "gitlab"), repository: repository.path, env };
      const { code, stdout, stderr } = await runGitLab({
        ...place,
        ...{ commit, jobs, variables: { ...variables, ...more } },
      });
      expect([code, code === 0 ? "" : stdout + stderr]).toEqual([0, ""]);
      return stdout;
    };
    const renamed = waldau.replace("Gemeinde waldau", "Stadt waldau");
    const change = await repository.open("gitlab", { "tenants/waldau.ts": renamed });
    const request = { iid: 5, sha: change.pull.headCommit, squash_commit_sha: null };
    forge.mergeRequests.push({ ...request, state: "opened", merge_commit_sha: null });
    await pipeline(change.mergeRef, ["preview", "comment"], {
      CI_PIPELINE_SOURCE: "merge_request_event",
      CI_MERGE_REQUEST_IID: "5",
      CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "7",
      CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: change.pull.headCommit,
      CI_MERGE_REQUEST_DIFF_BASE_SHA: change.base,
    });
    expect(forge.notes.map(({ body }) => tryPlanNote(body)?.commit)).toEqual([change.pull.headCommit]);
    const push = await repository.merge(change);
    forge.mergeRequests.splice(0, 1, { ...request, state: "merged", merge_commit_sha: push.sha });
    const log = await pipeline(push.sha, ["reviewed", "apply", "applied"], {
      CI_PIPELINE_SOURCE: "push",
      CI_COMMIT_BEFORE_SHA: String(push.payload["before"]),
    });
    expect(log).toMatch(/lab +done +\+0 ~[1-9]/);
    expect(forge.notes[1]?.body).toMatch(/\*\*Applied\*\*: the reviewed plan/);
    await forge.stop();
  },
  long,
);

it("what comes to the main branch without a review is not applied", async () => {
  const push = await repository.pushToMain(
    fileOf("hohenbrueck", "Stadt Hohenbrück", "Stadt Hohenbrück am See"),
  );
  const jobs = await run("apply", push);
  expect(ends(jobs)).toEqual({ reviewed: "failure", apply: "skipped", comment: "skipped" });
  expect(jobs["reviewed"]?.log).toContain("Nobody has reviewed a plan for this commit");
});

it(
  "the night finds what was changed behind the farm's back: one issue, until it is put right",
  async () => {
    const night = async (): Promise<WorkflowEvent> => ({
      name: "schedule",
      sha: await repository.main(),
      payload: {},
    });
    const zones = await cloudflare<{ id: string; name: string }[]>("GET", "zones?name=hohenbrueck.example");
    const zone = zones[0]?.id ?? "";
    type Entry = {
      readonly id: string;
      readonly name: string;
      readonly type: string;
      readonly content: string;
    };
    const records = await cloudflare<Entry[]>("GET", `zones/${zone}/dns_records?type=A`);
    const record = records.find(({ name }) => name === "ratsinfo.waldau.hohenbrueck.example");
    const path = `zones/${zone}/dns_records/${record?.id}`;
    await cloudflare("PATCH", path, { content: "198.18.10.99" });
    expect(ends(await run("drift", await night()))).toEqual({ drift: "success", issue: "success" });
    expect(api.issues).toMatchObject([{ state: "open", labels: ["drift"] }]);
    expect(api.issues[0]?.body).toContain("198.18.10.99");
    await cloudflare("PATCH", path, { content: record?.content });
    expect(ends(await run("drift", await night()))).toEqual({ drift: "success", issue: "success" });
    // The same issue. It stays open, since machines on paper lack the releases that were installed on them.
    expect(api.issues).toHaveLength(1);
    expect(api.issues[0]?.body).not.toContain("198.18.10.99");
    expect(api.issues[0]?.body).toContain("waldau-release");
  },
  long,
);

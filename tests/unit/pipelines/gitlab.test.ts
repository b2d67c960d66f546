import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { forgeOf } from "../../../cli/forge/detect.ts";
import { GitLab } from "../../../cli/forge/gitlab.ts";
import { putDriftIssue } from "../../../cli/forge/issue.ts";
import { putComment } from "../../../cli/forge/own-comment.ts";
import { findReviewed } from "../../../cli/forge/reviewed.ts";
import { markComment } from "../../../model/forge/plan-note.ts";
import { GitLabApi } from "../../support/pipelines/gitlab-api.ts";

const head = "1".repeat(40);
const merge = "3".repeat(40);
const plan = { commit: head, at: "2026-11-26T08:00:00Z", digest: "0123456789abcdef" };

let api: GitLabApi;

beforeAll(async () => {
  api = await GitLabApi.start();
});
afterAll(() => api.stop());
beforeEach(() => {
  for (const list of [api.mergeRequests, api.notes, api.issues]) list.length = 0;
});

const job = () => ({ CI_API_V4_URL: api.url, CI_PROJECT_ID: "7", FARM_FORGE_TOKEN: api.token });
const forge = (): GitLab => new GitLab(job(), api.token);

test("one note of our own on a merge request, updated in place, others' left alone", async () => {
  for (let index = 0; index < 120; index++) api.note("merge_requests/12", "erika", `Notiz ${index}`);
  const forged = api.note("merge_requests/12", "mallory", markComment("plan", "gefälscht", plan));
  expect(await putComment(forge(), 12, "plan", markComment("plan", "eins"))).toBe("added");
  expect(await putComment(forge(), 12, "plan", markComment("plan", "zwei"))).toBe("updated");
  expect(forged.body).toContain("gefälscht");
  const own = api.notes.filter(({ author }) => author.username === api.account);
  expect(own.map(({ body }) => body)).toEqual(["<!-- allris-farm plan -->\nzwei"]);
});

test.each([
  ["a merge commit", { merge_commit_sha: merge, squash_commit_sha: null }, merge],
  ["a squashed commit", { merge_commit_sha: null, squash_commit_sha: merge }, merge],
  ["a fast-forward", { merge_commit_sha: null, squash_commit_sha: null }, head],
])("the reviewed plan is found by %s", async (_, commits, commit) => {
  api.mergeRequests.push({ iid: 12, sha: head, state: "merged", ...commits });
  await putComment(forge(), 12, "plan", markComment("plan", "Plan", plan));
  expect(await findReviewed(forge(), commit)).toEqual({ change: 12, ...plan });
});

test("a merge request that is still open has no plan that may be applied", async () => {
  api.mergeRequests.push({
    iid: 12,
    sha: head,
    state: "opened",
    merge_commit_sha: null,
    squash_commit_sha: null,
  });
  await putComment(forge(), 12, "plan", markComment("plan", "Plan", plan));
  await expect(findReviewed(forge(), head)).rejects.toThrow(/did not come to the main branch/);
});

test("drift opens one issue, updates it and closes it with a word", async () => {
  expect(await putDriftIssue(forge(), "eine Abweichung")).toBe("opened");
  expect(await putDriftIssue(forge(), "zwei Abweichungen")).toBe("updated");
  expect(await putDriftIssue(forge(), undefined)).toBe("closed");
  expect(await putDriftIssue(forge(), undefined)).toBe("none");
  expect(api.issues).toMatchObject([
    { state: "closed", labels: ["drift"], description: "<!-- allris-farm drift -->\nzwei Abweichungen" },
  ]);
  expect(api.notes).toMatchObject([{ on: "issues/1", body: "Nothing differs any more." }]);
});

test("the forge is known by the pipeline's variables, and a missing token by its name", () => {
  expect(forgeOf(job()).name).toBe("GitLab");
  expect(forgeOf({ GITHUB_REPOSITORY: "a/b", GITHUB_TOKEN: "t" }).name).toBe("GitHub");
  expect(() => forgeOf({ ...job(), FARM_FORGE_TOKEN: "" })).toThrow(/missing\n.*FARM_FORGE_TOKEN/);
  expect(() => forgeOf({})).toThrow(/no pipeline of GitHub or GitLab/);
});

test("a wrong token is refused with GitLab's words and what to do", async () => {
  const wrong = new GitLab(job(), "glpat-wrong");
  await expect(wrong.ownAccount()).rejects.toThrow(/status 401: 401 Unauthorized\n.*role Reporter/);
});

import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { GitHub } from "../../../cli/forge/github.ts";
import { putDriftIssue } from "../../../cli/forge/issue.ts";
import { putComment } from "../../../cli/forge/own-comment.ts";
import { findReviewed } from "../../../cli/forge/reviewed.ts";
import { markComment } from "../../../model/forge/plan-note.ts";
import { GitHubApi, type Permissions } from "../../support/pipelines/github-api.ts";

const head = "1".repeat(40);
const older = "2".repeat(40);
const merge = "3".repeat(40);
const at = "2026-11-26T08:00:00Z";
const digest = "0123456789abcdef";

let api: GitHubApi;

beforeAll(async () => {
  api = await GitHubApi.start();
  // The first time, npm brings GitHub's description of itself.
});
afterAll(() => api.stop());
beforeEach(() => {
  for (const list of [api.pulls, api.comments, api.issues, api.requests, api.faults]) list.length = 0;
});

function forge(permissions: Permissions = { "pull-requests": "write" }): GitHub {
  const env = { GITHUB_API_URL: api.url, GITHUB_REPOSITORY: "kuestenring/farm", GITHUB_RUN_ID: "7" };
  return new GitHub({ ...env, GITHUB_SERVER_URL: "https://github.com" }, api.token(permissions));
}

test("the first plan is a new comment, every further one takes its place, and the last page is looked at too", async () => {
  for (let index = 0; index < 130; index++) api.comment(12, "erika", `Kommentar ${index}`);
  expect(await putComment(forge(), 12, "plan", markComment("plan", "eins"))).toBe("added");
  expect(await putComment(forge(), 12, "plan", markComment("plan", "zwei"))).toBe("updated");
  expect(await putComment(forge(), 12, "outcome", markComment("outcome", "fertig"))).toBe("added");
  expect(await putComment(forge(), 13, "plan", markComment("plan", "andere Änderung"))).toBe("added");
  const own = api.comments.filter(({ author }) => author === "github-actions[bot]");
  expect(own.map(({ issue, body }) => [issue, body.split("\n")[1]])).toEqual([
    [12, "zwei"],
    [12, "fertig"],
    [13, "andere Änderung"],
  ]);
});

test("a comment with our mark that somebody else wrote is neither changed nor believed", async () => {
  api.pulls.push({ number: 12, headCommit: head, mergeCommit: merge });
  const forged = markComment("plan", "gefälscht", { commit: head, at, digest: "f".repeat(16) });
  api.comment(12, "mallory", forged);
  await expect(findReviewed(forge(), merge)).rejects.toThrow(
    /no comment with a plan of this pipeline's account/,
  );
  await putComment(forge(), 12, "plan", markComment("plan", "echt", { commit: head, at, digest }));
  expect(api.comments[0]?.body).toBe(forged);
  expect(await findReviewed(forge(), merge)).toEqual({ change: 12, commit: head, at, digest });
});

test("a mark inside the text signs nothing: only the first line counts", async () => {
  api.pulls.push({ number: 12, headCommit: head, mergeCommit: merge });
  const inside = markComment("plan", "", { commit: head, at, digest });
  await putComment(forge(), 12, "plan", markComment("plan", `Name der Verwaltung: ${inside}`));
  await expect(findReviewed(forge(), merge)).rejects.toThrow(/its preview failed/);
});

test.each([
  ["pushed without a change", {}, /did not come to the main branch by a merged change/],
  ["of an older state of the change", { commit: older }, /the plan of the older commit 2222/],
  ["not yet merged", { commit: head, open: true }, /did not come to the main branch/],
])(
  "a plan %s is none that may be applied",
  async (_, { commit, open }: { commit?: string; open?: boolean }, words) => {
    if (commit !== undefined) {
      api.pulls.push({ number: 12, headCommit: head, ...(open ? {} : { mergeCommit: merge }) });
      const body = markComment("plan", "Plan", { commit, at, digest });
      await putComment(forge(), 12, "plan", body);
    }
    await expect(findReviewed(forge(), open ? head : merge)).rejects.toThrow(words);
  },
);

test("drift opens one issue, updates it, closes it when nothing differs, and opens the next one anew", async () => {
  const issues = forge({ issues: "write" });
  expect(await putDriftIssue(issues, undefined)).toBe("none");
  expect(await putDriftIssue(issues, "eine Abweichung")).toBe("opened");
  expect(await putDriftIssue(issues, "zwei Abweichungen")).toBe("updated");
  expect(api.issues).toMatchObject([{ state: "open", labels: ["drift"], author: "github-actions[bot]" }]);
  expect(api.issues[0]?.body).toBe("<!-- allris-farm drift -->\nzwei Abweichungen");
  expect(await putDriftIssue(issues, undefined)).toBe("closed");
  expect(api.issues[0]?.state).toBe("closed");
  expect(api.comments).toMatchObject([{ issue: 1, body: "Nothing differs any more." }]);
  expect(await putDriftIssue(issues, "wieder eine")).toBe("opened");
  expect(api.issues).toHaveLength(2);
});

test("a token that may only read is told so, with the right that is missing", async () => {
  await expect(
    putComment(forge({ "pull-requests": "read" }), 12, "plan", markComment("plan", "x")),
  ).rejects.toThrow(
    /status 403: Resource not accessible by integration\n.*permissions: pull-requests, issues/,
  );
  expect(api.comments).toHaveLength(0);
});

test("GitHub may be restarted or ask to wait; what may have been done already is not done twice", async () => {
  api.faults.push({ status: 502 }, { status: 403, headers: { "retry-after": "1" } });
  expect(await putComment(forge(), 12, "plan", markComment("plan", "eins"))).toBe("added");
  expect(api.requests.map((line) => line.split(" ")[0])).toEqual(["GET", "GET", "GET", "POST"]);
  api.requests.length = 0;
  const gone = forge();
  api.faults.push({ status: 502 });
  await expect(gone.addComment(12, "x")).rejects.toThrow(/status 502/);
  expect(api.requests).toHaveLength(1);
});

test("a text that GitHub would refuse is refused before anything is sent", async () => {
  const long = markComment("plan", "x".repeat(65_500));
  await expect(putComment(forge(), 12, "plan", long)).rejects.toThrow(/65526 characters, 65500 are possible/);
  expect(api.requests).toHaveLength(0);
  await putComment(forge(), 12, "plan", markComment("plan", "x".repeat(65_400)));
  expect(api.comments).toHaveLength(1);
});

test("the stand-in refuses what GitHub does not publish", async () => {
  const post = async (path: string, body: object): Promise<string> => {
    const headers = { authorization: `Bearer ${api.token({ issues: "write" })}` };
    const response = await fetch(`${api.url}/repos/kuestenring/farm/${path}`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    return `${response.status} ${await response.text()}`;
  };
  expect(await post("issues", { title: "x", text: "y" })).toMatch(/^422 .*there is no text/);
  expect(await post("issues/12/comments", {})).toMatch(/^422 .*must have required property 'body'/);
  expect(await post("issues/12/comments?per=3", { body: "x" })).toMatch(/^422 .*no query parameter per/);
  expect(await post("issues/12/reactions", { content: "eyes" })).toMatch(/^404/);
  expect(api.comments).toHaveLength(0);
});

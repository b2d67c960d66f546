import { z } from "zod";
import type { Forge, ForgeComment, ForgeIssue, MergedChange } from "./forge.ts";
import { Rest } from "./rest.ts";

const author = z.object({ username: z.string() });
const notes = z.array(z.object({ id: z.int(), author, body: z.string() }));
const mergeRequests = z.array(
  z.object({
    iid: z.int(),
    state: z.string(),
    sha: z.string().nullable(),
    merge_commit_sha: z.string().nullish(),
    squash_commit_sha: z.string().nullish(),
  }),
);
const issues = z.array(z.object({ iid: z.int(), author, description: z.string().nullable() }));

/** GitLab as a job of its pipelines reaches it; see docs.gitlab.com/api. */
export class GitLab implements Forge {
  readonly name = "GitLab";
  readonly longestText = 1_000_000;
  readonly runUrl: string | undefined;
  readonly #rest: Rest;
  readonly #project: string;

  /** @param env of a job of GitLab: CI_API_V4_URL, CI_PROJECT_ID, CI_JOB_URL */
  constructor(env: NodeJS.ProcessEnv, token: string) {
    this.#project = `/projects/${encodeURIComponent(env.CI_PROJECT_ID ?? "")}`;
    this.runUrl = env.CI_PIPELINE_URL ?? env.CI_JOB_URL;
    this.#rest = new Rest({
      name: this.name,
      base: (env.CI_API_V4_URL ?? "").replace(/\/+$/, ""),
      headers: { "private-token": token, "user-agent": "allris-farm" },
      rights: "give FARM_FORGE_TOKEN, a project access token, the role Reporter and the scope api",
    });
  }

  async ownAccount(): Promise<string> {
    return (await this.#rest.request("GET", "/user", author)).username;
  }

  async comments(change: number): Promise<readonly ForgeComment[]> {
    const path = `${this.#project}/merge_requests/${change}/notes?sort=asc&order_by=created_at`;
    const found = await this.#rest.list(path, notes);
    return found.map(({ id, author, body }) => ({ id, author: author.username, body }));
  }

  async addComment(change: number, body: string): Promise<void> {
    const path = `${this.#project}/merge_requests/${change}/notes`;
    await this.#rest.request("POST", path, z.unknown(), { body });
  }

  async editComment(change: number, id: number, body: string): Promise<void> {
    const path = `${this.#project}/merge_requests/${change}/notes/${id}`;
    await this.#rest.request("PUT", path, z.unknown(), { body });
  }

  async tryMergedChange(commit: string): Promise<MergedChange | undefined> {
    const path = `${this.#project}/repository/commits/${commit}/merge_requests`;
    const found = await this.#rest.list(path, mergeRequests);
    // A fast-forward leaves the branch's own last commit on the main branch.
    const merged = found.find(
      (request) =>
        request.state === "merged" &&
        [request.merge_commit_sha, request.squash_commit_sha, request.sha].includes(commit),
    );
    return merged?.sha ? { number: merged.iid, headCommit: merged.sha } : undefined;
  }

  async openIssues(label: string): Promise<readonly ForgeIssue[]> {
    const query = `state=opened&labels=${encodeURIComponent(label)}`;
    const found = await this.#rest.list(`${this.#project}/issues?${query}`, issues);
    return found.map(({ iid, author, description }) => ({
      number: iid,
      author: author.username,
      body: description ?? "",
    }));
  }

  async addIssue({ title, body, label }: { title: string; body: string; label: string }): Promise<void> {
    const issue = { title, description: body, labels: label };
    await this.#rest.request("POST", `${this.#project}/issues`, z.unknown(), issue);
  }

  async editIssue(number: number, body: string): Promise<void> {
    await this.#rest.request("PUT", `${this.#project}/issues/${number}`, z.unknown(), { description: body });
  }

  async closeIssue(number: number, comment: string): Promise<void> {
    await this.#rest.request("POST", `${this.#project}/issues/${number}/notes`, z.unknown(), {
      body: comment,
    });
    await this.#rest.request("PUT", `${this.#project}/issues/${number}`, z.unknown(), {
      state_event: "close",
    });
  }
}

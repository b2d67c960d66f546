import { z } from "zod";
import type { Forge, ForgeComment, ForgeIssue, MergedChange } from "./forge.ts";
import { Rest } from "./rest.ts";

const user = z.object({ login: z.string() }).nullable();
const comments = z.array(z.object({ id: z.int(), user, body: z.string().nullish() }));
const pulls = z.array(
  z.object({
    number: z.int(),
    merged_at: z.string().nullable(),
    merge_commit_sha: z.string().nullable(),
    head: z.object({ sha: z.string() }),
  }),
);
const issues = z.array(
  z.object({ number: z.int(), user, body: z.string().nullish(), pull_request: z.unknown().optional() }),
);

/** GitHub as a run of GitHub Actions reaches it; see docs.github.com/rest. */
export class GitHub implements Forge {
  readonly name = "GitHub";
  // 65,536, and what an emoji counts as is not said.
  readonly longestText = 65_500;
  readonly runUrl: string | undefined;
  readonly #rest: Rest;
  readonly #repository: string;
  readonly #account: string;

  /** @param env of a step of GitHub Actions: GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_TOKEN */
  constructor(env: NodeJS.ProcessEnv, token: string) {
    this.#repository = `/repos/${env.GITHUB_REPOSITORY ?? ""}`;
    // The token of a run may not ask who it is.
    this.#account = env.FARM_FORGE_ACCOUNT || "github-actions[bot]";
    this.runUrl =
      env.GITHUB_RUN_ID === undefined
        ? undefined
        : `${env.GITHUB_SERVER_URL}/${env.GITHUB_REPOSITORY}/actions/runs/${env.GITHUB_RUN_ID}`;
    this.#rest = new Rest({
      name: this.name,
      base: (env.GITHUB_API_URL ?? "https://api.github.com").replace(/\/+$/, ""),
      headers: {
        accept: "application/vnd.github+json",
        authorization: `Bearer ${token}`,
        "user-agent": "allris-farm",
        "x-github-api-version": "2022-11-28",
      },
      rights: "give the job the right that the step needs (permissions: pull-requests, issues)",
    });
  }

  async ownAccount(): Promise<string> {
    return this.#account;
  }

  async comments(change: number): Promise<readonly ForgeComment[]> {
    const found = await this.#rest.list(`${this.#repository}/issues/${change}/comments`, comments);
    return found.map(({ id, user, body }) => ({ id, author: user?.login ?? "", body: body ?? "" }));
  }

  async addComment(change: number, body: string): Promise<void> {
    await this.#rest.request("POST", `${this.#repository}/issues/${change}/comments`, z.unknown(), { body });
  }

  async editComment(_change: number, id: number, body: string): Promise<void> {
    await this.#rest.request("PATCH", `${this.#repository}/issues/comments/${id}`, z.unknown(), { body });
  }

  async tryMergedChange(commit: string): Promise<MergedChange | undefined> {
    const found = await this.#rest.list(`${this.#repository}/commits/${commit}/pulls`, pulls);
    // A commit of the main branch may stand in branches that were begun later, too.
    const merged = found.find((pull) => pull.merged_at !== null && pull.merge_commit_sha === commit);
    return merged && { number: merged.number, headCommit: merged.head.sha };
  }

  async openIssues(label: string): Promise<readonly ForgeIssue[]> {
    const query = `state=open&labels=${encodeURIComponent(label)}`;
    const found = await this.#rest.list(`${this.#repository}/issues?${query}`, issues);
    return found
      .filter(({ pull_request }) => pull_request === undefined)
      .map(({ number, user, body }) => ({ number, author: user?.login ?? "", body: body ?? "" }));
  }

  async addIssue({ title, body, label }: { title: string; body: string; label: string }): Promise<void> {
    const issue = { title, body, labels: [label] };
    await this.#rest.request("POST", `${this.#repository}/issues`, z.unknown(), issue);
  }

  async editIssue(number: number, body: string): Promise<void> {
    await this.#rest.request("PATCH", `${this.#repository}/issues/${number}`, z.unknown(), { body });
  }

  async closeIssue(number: number, comment: string): Promise<void> {
    await this.addComment(number, comment);
    const closed = { state: "closed", state_reason: "completed" };
    await this.#rest.request("PATCH", `${this.#repository}/issues/${number}`, z.unknown(), closed);
  }
}

import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { GitHubSpec, paths } from "./github-spec.ts";

/** Rights of a job's token, as a workflow gives them. */
export type Permissions = Readonly<Record<string, string>>;

/** A pull request, as far as the stand-in knows one. */
export interface PullRequest {
  readonly number: number;
  headCommit: string;
  /** Commit of the main branch that its merge made. */
  mergeCommit?: string;
}

/** A comment on an issue or a pull request. */
export interface StoredComment {
  readonly id: number;
  readonly issue: number;
  readonly author: string;
  body: string;
}

/** An issue. */
export interface StoredIssue {
  readonly number: number;
  readonly title: string;
  readonly author: string;
  readonly labels: readonly string[];
  body: string;
  state: string;
}

/** A request that was carried out. */
interface Request {
  readonly params: Record<string, string>;
  readonly query: URLSearchParams;
  readonly body: Record<string, unknown>;
  readonly account: string;
}

/** One operation: what a token needs for it (any of these), and what it does. */
interface Route {
  readonly method: string;
  readonly path: string;
  readonly rights: readonly string[];
  readonly status: number;
  readonly act: (request: Request) => unknown;
}

/** What a comment may have at most. */
const longest = 65_536;

/**
 * GitHub's REST interface, as far as pipelines use it: requests are held against what GitHub publishes, a token may
 * do what its workflow gave it, and what is answered is made from GitHub's own examples.
 */
export class GitHubApi {
  readonly pulls: PullRequest[] = [];
  readonly comments: StoredComment[] = [];
  readonly issues: StoredIssue[] = [];
  /** "POST /repos/…", in order, refused ones as well. */
  readonly requests: string[] = [];
  /** Answers to give before any other, each once: a forge that is restarted, or that asks to wait. */
  readonly faults: { readonly status: number; readonly headers?: Readonly<Record<string, string>> }[] = [];
  readonly #tokens = new Map<string, { readonly permissions: Permissions; readonly account: string }>();
  readonly #spec: GitHubSpec;
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  #nextId = 1000;

  private constructor(spec: GitHubSpec) {
    this.#spec = spec;
  }

  static async start(): Promise<GitHubApi> {
    const api = new GitHubApi(await GitHubSpec.load());
    await new Promise<void>((done) => api.#server.listen(0, "127.0.0.1", done));
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A token as a job gets one. */
  token(permissions: Permissions, account = "github-actions[bot]"): string {
    const token = `ghs_${randomBytes(18).toString("hex")}`;
    this.#tokens.set(token, { permissions, account });
    return token;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  /** Somebody comments by hand. */
  comment(issue: number, author: string, body: string): StoredComment {
    const comment = { id: this.#nextId++, issue, author, body };
    this.comments.push(comment);
    return comment;
  }

  readonly #routes: readonly Route[] = [
    {
      method: "GET",
      path: paths.comments,
      rights: ["pull-requests:read", "issues:read"],
      status: 200,
      act: ({ params, query }) =>
        this.#page(
          this.comments.filter(({ issue }) => issue === Number(params["issue_number"])),
          query,
        ).map((comment) => this.#commentAnswer(comment)),
    },
    {
      method: "POST",
      path: paths.comments,
      rights: ["pull-requests:write", "issues:write"],
      status: 201,
      act: ({ params, body, account }) =>
        this.#commentAnswer(this.comment(Number(params["issue_number"]), account, String(body["body"]))),
    },
    {
      method: "PATCH",
      path: paths.comment,
      rights: ["pull-requests:write", "issues:write"],
      status: 200,
      act: ({ params, body }) => {
        const comment = this.comments.find(({ id }) => id === Number(params["comment_id"]));
        if (comment === undefined) return undefined;
        comment.body = String(body["body"]);
        return this.#commentAnswer(comment);
      },
    },
    {
      method: "GET",
      path: paths.pulls,
      rights: ["pull-requests:read"],
      status: 200,
      act: ({ params, query }) =>
        this.#page(
          this.pulls.filter(({ headCommit, mergeCommit }) =>
            [headCommit, mergeCommit].includes(params["commit_sha"] ?? ""),
          ),
          query,
        ).map((pull) => this.#pullAnswer(pull)),
    },
    {
      method: "GET",
      path: paths.issues,
      rights: ["issues:read"],
      status: 200,
      act: ({ query }) =>
        this.#page(
          this.issues.filter(
            ({ state, labels }) =>
              state === (query.get("state") ?? "open") &&
              (query.get("labels") ?? "").split(",").every((label) => label === "" || labels.includes(label)),
          ),
          query,
        ).map((issue) => this.#issueAnswer(issue)),
    },
    {
      method: "POST",
      path: paths.issues,
      rights: ["issues:write"],
      status: 201,
      act: ({ body, account }) => {
        const number = 1 + this.pulls.length + this.issues.length;
        const { title, labels } = body as { title: string; labels?: string[] };
        const issue = { number, title, author: account, labels: labels ?? [], body: "", state: "open" };
        issue.body = String(body["body"]);
        this.issues.push(issue);
        return this.#issueAnswer(issue);
      },
    },
    {
      method: "PATCH",
      path: paths.issue,
      rights: ["issues:write"],
      status: 200,
      act: ({ params, body }) => {
        const issue = this.issues.find(({ number }) => number === Number(params["issue_number"]));
        if (issue === undefined) return undefined;
        if (body["body"] !== undefined) issue.body = String(body["body"]);
        if (body["state"] !== undefined) issue.state = String(body["state"]);
        return this.#issueAnswer(issue);
      },
    },
  ];

  #page<T>(all: readonly T[], query: URLSearchParams): readonly T[] {
    const size = Number(query.get("per_page") ?? 30);
    const page = Number(query.get("page") ?? 1);
    return all.slice((page - 1) * size, page * size);
  }

  #user(login: string): object {
    const [example] = this.#spec.example("GET", paths.comments, 200) as [{ user: object }];
    return { ...example.user, login, type: login.endsWith("[bot]") ? "Bot" : "User" };
  }

  #commentAnswer({ id, author, body }: StoredComment): object {
    const example = this.#spec.example("POST", paths.comments, 201) as object;
    return { ...example, id, body, user: this.#user(author) };
  }

  #issueAnswer({ number, title, author, body, state, labels }: StoredIssue): object {
    const example = this.#spec.example("POST", paths.issues, 201) as { labels: object[] };
    const { pull_request, ...issue } = example as { pull_request?: object };
    const label = example.labels[0] ?? {};
    return {
      ...issue,
      ...{ number, title, body, state, user: this.#user(author) },
      labels: labels.map((name) => ({ ...label, name })),
    };
  }

  #pullAnswer({ number, headCommit, mergeCommit }: PullRequest): object {
    const [example] = this.#spec.example("GET", paths.pulls, 200) as [{ head: object }];
    return {
      ...example,
      number,
      // The published example itself is not as published here.
      requested_teams: [],
      state: mergeCommit === undefined ? "open" : "closed",
      merged_at: mergeCommit === undefined ? null : "2026-11-26T08:00:00Z",
      merge_commit_sha: mergeCommit ?? null,
      head: { ...example.head, sha: headCommit },
    };
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void => {
      response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
      response.end(JSON.stringify(body));
    };
    try {
      const url = new URL(request.url ?? "/", this.url);
      const method = request.method ?? "GET";
      this.requests.push(`${method} ${url.pathname}${url.search}`);
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString();
      const fault = this.faults.shift();
      if (fault !== undefined) return answer(fault.status, { message: "Try again later" }, fault.headers);
      const token = this.#tokens.get((request.headers.authorization ?? "").replace(/^Bearer /, ""));
      if (token === undefined) return answer(401, { message: "Bad credentials" });
      const found = this.#find(method, url.pathname);
      if (found === undefined) return answer(404, { message: "Not Found" });
      const { route, params } = found;
      if (!route.rights.some((right) => isGranted(token.permissions, right)))
        return answer(403, { message: "Resource not accessible by integration" });
      const body: unknown = text === "" ? undefined : JSON.parse(text);
      const asked = { path: params, query: url.searchParams, body };
      const problems = this.#spec.requestProblems(method, route.path, asked);
      if (problems.length > 0) return answer(422, { message: "Validation Failed", errors: problems });
      const fields = (body ?? {}) as Record<string, unknown>;
      if (String(fields["body"] ?? "").length > longest)
        return answer(422, { message: "Validation Failed", errors: ["body is too long"] });
      const result = route.act({ params, query: url.searchParams, body: fields, account: token.account });
      if (result === undefined) return answer(404, { message: "Not Found" });
      this.#spec.requireAnswer(method, route.path, route.status, result);
      answer(route.status, result);
    } catch (error) {
      answer(500, { message: String(error) });
    }
  }

  #find(method: string, path: string): { route: Route; params: Record<string, string> } | undefined {
    for (const route of this.#routes) {
      const pattern = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
        /_(id|number)$/.test(name) ? `(?<${name}>\\d+)` : `(?<${name}>[^/]+)`,
      );
      const match = new RegExp(`^${pattern}$`).exec(path);
      if (match && route.method === method) return { route, params: { ...match.groups } };
    }
    return undefined;
  }
}

function isGranted(permissions: Permissions, right: string): boolean {
  const [name = "", level] = right.split(":");
  return permissions[name] === "write" || permissions[name] === level;
}

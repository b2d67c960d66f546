import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A merge request. */
export interface MergeRequest {
  readonly iid: number;
  sha: string;
  state: "opened" | "merged";
  merge_commit_sha: string | null;
  squash_commit_sha: string | null;
}

interface Note {
  readonly id: number;
  readonly on: string;
  readonly author: { readonly username: string };
  body: string;
}

interface Issue {
  readonly iid: number;
  readonly title: string;
  readonly author: { readonly username: string };
  readonly labels: readonly string[];
  description: string;
  state: "opened" | "closed";
}

type Fields = Readonly<Record<string, string>>;

/**
 * GitLab's REST interface, as far as pipelines use it and as docs.gitlab.com describes it. GitLab publishes no shape of
 * these operations that requests could be held against: fields that the pages do not name are refused here.
 */
export class GitLabApi {
  readonly mergeRequests: MergeRequest[] = [];
  readonly notes: Note[] = [];
  readonly issues: Issue[] = [];
  readonly token = "glpat-of-the-tests";
  readonly account = "project_7_bot_1";
  readonly #server = createServer((request, response) => {
    // A request that its sender gives up has nobody to answer to.
    this.#serve(request, response).catch(() => response.destroy());
  });
  #nextId = 1;

  static async start(): Promise<GitLabApi> {
    const api = new GitLabApi();
    await new Promise<void>((done) => api.#server.listen(0, "127.0.0.1", done));
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/api/v4`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  /** Somebody writes a note on a merge request ("merge_requests/12") or an issue ("issues/3"). */
  note(on: string, username: string, body: string): Note {
    const note = { id: this.#nextId++, on, author: { username }, body };
    this.notes.push(note);
    return note;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.headers["private-token"] !== this.token) return answer(401, { message: "401 Unauthorized" });
    const url = new URL(request.url ?? "/", this.url);
    const text = Buffer.concat(chunks).toString();
    const fields = (text === "" ? {} : JSON.parse(text)) as Fields;
    const [status, body] = this.#act(`${request.method} ${url.pathname}`, fields, url.searchParams);
    answer(status, body);
  }

  #act(what: string, fields: Fields, query: URLSearchParams): readonly [number, unknown] {
    if (what === "GET /api/v4/user") return [200, { id: 1, username: this.account }];
    const [, method, path = ""] = /^(\w+) \/api\/v4\/projects\/7\/(.*)$/.exec(what) ?? [];
    const [kind = "", key = "", part, id] = path.split("/");
    const only = (...names: string[]): boolean => Object.keys(fields).every((name) => names.includes(name));
    if (method === "GET" && kind === "repository") {
      const sha = part ?? "";
      const found = this.mergeRequests.filter((one) =>
        [one.sha, one.merge_commit_sha, one.squash_commit_sha].includes(sha),
      );
      return [200, this.#page(found, query)];
    }
    if (part === "notes") return this.#notes(method ?? "", `${kind}/${key}`, Number(id), fields, query);
    if (kind !== "issues") return [404, { message: "404 Not Found" }];
    if (method === "GET") {
      const found = this.issues.filter(
        ({ state, labels }) =>
          state === query.get("state") &&
          (query.get("labels") ?? "").split(",").every((one) => labels.includes(one)),
      );
      return [200, this.#page(found, query)];
    }
    if (method === "POST" && only("title", "description", "labels")) {
      const { title = "", description = "", labels = "" } = fields;
      const author = { username: this.account };
      const iid = this.issues.length + 1;
      const issue: Issue = { iid, title, author, labels: labels.split(","), description, state: "opened" };
      this.issues.push(issue);
      return [201, issue];
    }
    const issue = this.issues.find(({ iid }) => iid === Number(key));
    if (method !== "PUT" || issue === undefined || !only("description", "state_event"))
      return [400, { error: "wrong fields" }];
    issue.description = fields["description"] ?? issue.description;
    if (fields["state_event"] === "close") issue.state = "closed";
    return [200, issue];
  }

  #notes(
    method: string,
    on: string,
    id: number,
    fields: Fields,
    query: URLSearchParams,
  ): readonly [number, unknown] {
    if (method === "GET")
      return [
        200,
        this.#page(
          this.notes.filter((note) => note.on === on),
          query,
        ),
      ];
    if (Object.keys(fields).join() !== "body") return [400, { error: "body is missing" }];
    if (method === "POST") return [201, this.note(on, this.account, fields["body"] ?? "")];
    const note = this.notes.find((each) => each.id === id && each.on === on);
    if (note === undefined) return [404, { message: "404 Note Not Found" }];
    if (note.author.username !== this.account) return [403, { message: "403 Forbidden" }];
    note.body = fields["body"] ?? "";
    return [200, note];
  }

  #page<T>(all: readonly T[], query: URLSearchParams): readonly T[] {
    const size = Number(query.get("per_page") ?? 20);
    return all.slice((Number(query.get("page") ?? 1) - 1) * size, Number(query.get("page") ?? 1) * size);
  }
}

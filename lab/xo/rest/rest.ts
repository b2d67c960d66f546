import type { IncomingMessage, ServerResponse } from "node:http";
import { messageOf } from "../../../lib/farm-error.ts";
import type { Json, JsonObject } from "../../json.ts";
import { XapiError, XoError } from "../errors.ts";
import { createFilter } from "../filter.ts";
import { log } from "../log.ts";
import { Call, type Method } from "../rpc/method.ts";
import type { Simulator } from "../simulator.ts";
import { authenticate, HttpError } from "./auth.ts";
import { readBody } from "./body.ts";
import { Tasks } from "./tasks.ts";
import { importDisk } from "./upload.ts";
import { vmActions } from "./vm-actions.ts";

const base = "/rest/v0";

/** Collections and the type of the objects in each. */
const collections: Readonly<Record<string, string>> = {
  hosts: "host",
  networks: "network",
  pools: "pool",
  srs: "SR",
  "vdi-snapshots": "VDI-snapshot",
  vdis: "VDI",
  "vm-snapshots": "VM-snapshot",
  "vm-templates": "VM-template",
  vms: "VM",
};

/** HTTP status of XO's errors; others are the request's fault. */
const statuses: Readonly<Record<number, number>> = { 1: 404, 2: 403, 3: 401 };

/** The part of XO's REST interface that the farm and its tests use. */
export class Rest {
  private readonly xo: Simulator;
  private readonly methods: ReadonlyMap<string, Method>;
  private readonly tasks = new Tasks();

  constructor(xo: Simulator, methods: ReadonlyMap<string, Method>) {
    this.xo = xo;
    this.methods = methods;
  }

  /** Answers a request below /rest/v0. */
  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    try {
      const user = await authenticate(request, this.xo.accounts);
      // XO guards these routes by rights of another kind, which only administrators have here.
      if (user.permission !== "admin") throw new HttpError(403, "not enough permissions");
      const call = new Call(this.xo, {
        user,
        expires: undefined,
        token: undefined,
        signedIn: () => undefined,
      });
      const parts = url.pathname.slice(base.length).split("/").filter(Boolean).map(decodeURIComponent);
      if (request.method === "GET") this.read(parts, url.searchParams, response);
      else if (request.method === "POST") await this.post(call, parts, url.searchParams, request, response);
      else throw new HttpError(405, "method not allowed");
    } catch (error) {
      const status = statusOf(error);
      log(status === 500 ? "error" : "info", "REST request refused", { path: url.pathname, status });
      send(response, status, { error: messageOf(error) });
    }
  }

  private read(parts: readonly string[], query: URLSearchParams, response: ServerResponse): void {
    const [collection, id, ...rest] = parts;
    if (collection === undefined) {
      const names = [...Object.keys(collections), "tasks"].sort();
      send(
        response,
        200,
        names.map((name) => `${base}/${name}`),
      );
      return;
    }
    const type = collections[collection];
    if (rest.length > 0 || (type === undefined && collection !== "tasks"))
      throw new HttpError(404, "not found");
    if (id !== undefined) {
      const found = type === undefined ? this.tasks.get(id) : this.xo.inventory.tryView(id);
      if (!found || (type !== undefined && found.type !== type))
        throw new HttpError(404, `no such object ${id}`);
      send(response, 200, found);
      return;
    }
    const objects = type === undefined ? this.tasks.all : [...this.xo.inventory.list(type)];
    list(response, `${base}/${collection}`, objects, query);
  }

  private async post(
    call: Call,
    parts: readonly string[],
    query: URLSearchParams,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const [collection, id = "", word, action = ""] = parts;
    if (collection === "srs" && word === "vdis" && parts.length === 3) {
      send(response, 201, { id: await importDisk(call, id, query, request) });
      return;
    }
    const isAction = collection === "vms" && word === "actions" && parts.length === 4;
    const known = isAction ? vmActions.get(action) : undefined;
    if (!known) throw new HttpError(404, "not found");
    const vm = call.relations.get("VM", id);
    if (!vm) throw new HttpError(404, `no such object ${id}`);
    const body = await readBody(request);
    const run = async (): Promise<Json> => {
      let result: unknown;
      for (const { method, params } of known(vm, call, body))
        result = await this.methods.get(method)?.run(call, params);
      return typeof result === "string" ? { id: result } : {};
    };
    if (query.get("sync") !== "true" && query.get("sync") !== "") {
      const taskId = this.tasks.start(`REST: ${action} VM`, id, run);
      response.setHeader("Location", `${base}/tasks/${taskId}`);
      send(response, 202, { taskId });
      return;
    }
    const result = await run();
    if (action !== "snapshot") {
      response.writeHead(204).end();
      return;
    }
    response.setHeader("Location", `${base}/vm-snapshots/${String((result as JsonObject).id)}`);
    send(response, 201, result);
  }
}

function list(
  response: ServerResponse,
  path: string,
  objects: readonly JsonObject[],
  query: URLSearchParams,
): void {
  const test = createFilter(query.get("filter") ?? undefined);
  const limit = Number(query.get("limit") ?? Number.POSITIVE_INFINITY);
  if (Number.isNaN(limit) || limit < 0) throw new HttpError(400, "limit must be a number");
  const fields = query.get("fields");
  const rows = objects
    .filter(test)
    .slice(0, limit)
    .map((view) => {
      const href = `${path}/${String(view.id)}`;
      if (fields === null) return href;
      if (fields === "*") return { ...view, href };
      const chosen = fields.split(",").filter((field) => Object.hasOwn(view, field));
      return { ...Object.fromEntries(chosen.map((field) => [field, view[field]])), href };
    });
  if (query.get("ndjson") !== "true" && query.get("ndjson") !== "") {
    send(response, 200, rows);
    return;
  }
  response.writeHead(200, { "Content-Type": "application/x-ndjson" });
  response.end(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "Content-Type": "application/json; charset=utf-8" });
  response.end(`${JSON.stringify(body)}\n`);
}

function statusOf(error: unknown): number {
  if (error instanceof HttpError) return error.status;
  if (error instanceof XoError) return statuses[error.code] ?? 422;
  if (error instanceof XapiError) return 422;
  return error instanceof SyntaxError || error instanceof URIError ? 400 : 500;
}

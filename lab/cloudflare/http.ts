import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { accountRoutes, isTokenOver } from "./accounts.ts";
import { type ApiContext, ApiError, type ApiReply, type Route } from "./api.ts";
import { Faults } from "./faults.ts";
import { answerGraphql } from "./graphql.ts";
import { labRoutes } from "./lab-routes.ts";
import { log } from "./log.ts";
import { originCaRoutes } from "./origin-ca.ts";
import { originPullRoutes } from "./origin-pulls.ts";
import { recordRoutes } from "./records.ts";
import { settingRoutes } from "./settings.ts";
import { zoneRoutes } from "./zones.ts";

const apiBase = "/client/v4/";
const labBase = "/lab/";
const largestBody = 1_000_000;

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Makes the server of the API; it does not listen yet. */
export function makeApiServer(context: ApiContext, token: string): Server {
  const faults = new Faults();
  const apiRoutes = [
    ...zoneRoutes(context),
    ...recordRoutes(context),
    ...settingRoutes(context),
    ...originPullRoutes(context),
    ...originCaRoutes(context),
    ...accountRoutes(token, context.store),
    ...faults.routes(),
  ];
  const ownRoutes = labRoutes(context);

  const answer = async (request: IncomingMessage, url: URL): Promise<Reply> => {
    checkToken(request.headers.authorization, token);
    const method = request.method ?? "GET";
    const body = await readBody(request);
    const isApi = url.pathname.startsWith(apiBase);
    const path = isApi ? url.pathname.slice(apiBase.length) : url.pathname.slice(labBase.length);
    if (isApi && path !== "user/tokens/verify" && isTokenOver(context.store))
      throw new ApiError(403, 9109, "Invalid access token");
    const fault = isApi && !path.startsWith("lab/") ? faults.tryTake(method, path) : undefined;
    if (fault) {
      const pause = fault.retryAfter === undefined ? undefined : { "retry-after": String(fault.retryAfter) };
      return failure(fault.error, { ...pause, ...(fault.retry ? { "x-should-retry": "true" } : undefined) });
    }
    if (isApi && path === "graphql" && method === "POST") {
      return { headers: {}, ...answerGraphql(context.store, body) };
    }
    const routes = isApi ? apiRoutes : url.pathname.startsWith(labBase) ? ownRoutes : [];
    const { route, params } = findRoute(routes, method, path);
    const reply = success(await route.handle({ params, query: url.searchParams, body }));
    if (isApi && !path.startsWith("lab/")) await sleep(faults.takeHold(method, path));
    return reply;
  };

  return createServer((request, response) => {
    const start = performance.now();
    const url = new URL(request.url ?? "/", "http://api");
    answer(request, url)
      .catch((error: unknown) => {
        if (error instanceof ApiError) return failure(error);
        log("defect", { error: error instanceof Error ? error.stack : String(error) });
        return failure(new ApiError(500, 1000, "Internal error of the simulator"));
      })
      .then((reply) => {
        send(response, reply);
        const milliseconds = Math.round(performance.now() - start);
        log("api", { method: request.method, path: url.pathname, status: reply.status, milliseconds });
      });
  });
}

function checkToken(header: string | undefined, token: string): void {
  const sent = /^Bearer ([0-9A-Za-z_-]{40,80})$/.exec(header ?? "")?.[1];
  if (sent === undefined) {
    throw new ApiError(400, 6003, "Invalid request headers", [
      { code: 6111, message: "Invalid format for Authorization header" },
    ]);
  }
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  if (!timingSafeEqual(digest(sent), digest(token))) throw new ApiError(403, 9109, "Invalid access token");
}

function findRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): { route: Route; params: Record<string, string> } {
  const parts = path.split("/");
  for (const route of routes) {
    const params = route.method === method ? tryMatch(route.path.split("/"), parts) : undefined;
    if (params) return { route, params };
  }
  const message = `Could not route to /${path}, perhaps your object identifier is invalid?`;
  throw new ApiError(404, 7003, message, [{ code: 7000, message: "No route for that URI" }]);
}

function tryMatch(pattern: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, wanted] of pattern.entries()) {
    const part = parts[index] ?? "";
    if (!wanted.startsWith(":")) {
      if (part !== wanted) return undefined;
      continue;
    }
    if (wanted.endsWith("Id") ? !/^[0-9a-f]{32}$/.test(part) : !/^[\w.%-]+$/.test(part)) return undefined;
    params[wanted.slice(1)] = part;
  }
  return params;
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request) {
      size += chunk.length;
      if (size > largestBody) throw new ApiError(413, 10005, "Request body is too large");
      chunks.push(chunk);
    }
  } catch (error) {
    // A client that went away does not read this any more.
    throw error instanceof ApiError ? error : new ApiError(400, 6007, "Request body broke off");
  }
  if (size === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    throw new ApiError(400, 6007, "Malformed JSON in request body");
  }
}

function success({ result, resultInfo, messages = [] }: ApiReply): Reply {
  const info = resultInfo ? { result_info: resultInfo } : {};
  return { status: 200, headers: {}, body: { success: true, errors: [], messages, result, ...info } };
}

/** Clients try again for minutes after some statuses; what is refused here stays refused. */
function failure({ status, errors }: ApiError, headers: Readonly<Record<string, string>> = {}): Reply {
  const body = { success: false, errors, messages: [], result: null };
  return { status, headers: { "x-should-retry": "false", ...headers }, body };
}

function send(response: ServerResponse, { status, headers, body }: Reply): void {
  response.writeHead(status, {
    "content-type": "application/json",
    "cf-ray": `${randomBytes(8).toString("hex")}-LAB`,
    ...headers,
  });
  response.end(JSON.stringify(body));
}

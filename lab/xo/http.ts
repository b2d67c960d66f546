import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import { nord, sued } from "./fixture/plans.ts";
import { Rest } from "./rest/rest.ts";
import { Dispatcher } from "./rpc/dispatch.ts";
import type { Method } from "./rpc/method.ts";
import { createSocketServer } from "./rpc/socket.ts";
import type { Simulator } from "./simulator.ts";
import { createStatus } from "./status/status.ts";
import { StatusStream } from "./status/stream.ts";
import { XapiEndpoint } from "./xapi/endpoint.ts";
import type { XapiAccountRecord } from "./xapi/sessions.ts";

/** The HTTP server and what ends its long connections. */
export interface XoServer {
  readonly server: Server;
  readonly end: () => void;
}

/**
 * JSON-RPC at /api/, REST at /rest/v0, the status page at /; at /jsonrpc the first pool's own XAPI, at
 * /pools/<key>/jsonrpc that of any.
 */
export function createXoServer(
  xo: Simulator,
  methods: ReadonlyMap<string, Method>,
  xapiAccounts: readonly XapiAccountRecord[],
): XoServer {
  const xapis = new Map(
    [nord, sued].map(({ key, id }) => [key as string, new XapiEndpoint(xo, id, xapiAccounts)]),
  );
  const rest = new Rest(xo, methods);
  const stream = new StatusStream(xo);
  const page = readFileSync(join(import.meta.dirname, "status/page.html"), "utf8");
  const policy = contentSecurityPolicy(page);

  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const url = new URL(request.url ?? "/", "http://xo");
    response.setHeader("X-Content-Type-Options", "nosniff");
    if (url.pathname === "/rest/v0" || url.pathname.startsWith("/rest/v0/")) {
      void rest.handle(request, response, url);
      return;
    }
    const [path, key = nord.key] = /^(?:\/pools\/([a-z]+))?\/jsonrpc$/.exec(url.pathname) ?? [];
    const xapi = path === undefined ? undefined : xapis.get(key);
    if (xapi !== undefined) {
      void xapi.handle(request, response).catch(() => response.destroy());
      return;
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.writeHead(405, { Allow: "GET, HEAD" }).end();
      return;
    }
    switch (url.pathname) {
      case "/":
        response.writeHead(200, {
          "Content-Type": "text/html; charset=utf-8",
          "Content-Security-Policy": policy,
        });
        response.end(page);
        return;
      case "/events":
        stream.add(response);
        return;
      case "/status.json":
        response.writeHead(200, { "Content-Type": "application/json", "Cache-Control": "no-store" });
        response.end(`${JSON.stringify(createStatus(xo))}\n`);
        return;
      default:
        response.writeHead(404, { "Content-Type": "text/plain" }).end("not found\n");
    }
  };

  const server = createServer((request, response) => {
    try {
      handle(request, response);
    } catch {
      // A request line that is no URL.
      response.writeHead(400).end();
    }
  });
  server.on("upgrade", createSocketServer(xo, new Dispatcher(xo, methods)));
  return {
    server,
    end: () => {
      stream.end();
      xo.faults.dropConnections();
    },
  };
}

/** Allows the page's own script and style, and talking to this server, nothing else. */
function contentSecurityPolicy(page: string): string {
  const script = /<script>([\s\S]*?)<\/script>/.exec(page)?.[1] ?? "";
  const hash = createHash("sha256").update(script).digest("base64");
  return `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}

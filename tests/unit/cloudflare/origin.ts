import { once } from "node:events";
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import { Agent, createServer as createHttpsServer, request as httpsRequest } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { text } from "node:stream/consumers";
import type { TLSSocket } from "node:tls";

/** What an origin saw of a request. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: number;
  /** Common name of the client's certificate. */
  readonly client: string | undefined;
}

/** Tells the visitor what it saw; below /slow it sends the answer in two parts, a second apart. */
const echo: RequestListener = async (request: IncomingMessage, response: ServerResponse) => {
  if (request.url === "/slow") {
    response.write("first");
    setTimeout(() => response.end("second"), 1000);
    return;
  }
  let bytes = 0;
  try {
    for await (const chunk of request) bytes += chunk.length;
  } catch {
    // Whoever asks has gone away in the middle: nobody waits for an answer.
    response.destroy();
    return;
  }
  const { method, url, headers } = request;
  const socket = request.socket as Partial<TLSSocket>;
  const client = socket.getPeerCertificate?.()?.subject?.CN;
  response.setHeader("Server", "origin").setHeader("Set-Cookie", ["a=1", "b=2"]);
  response.end(JSON.stringify({ method, url, headers, bytes, client }));
};

export interface TlsFiles {
  readonly key: string;
  readonly cert: string;
  /** Authority that client certificates must come from. @default - none is asked for */
  readonly ca?: string;
}

export async function listen(server: Server, address: string, port = 0): Promise<number> {
  server.listen(port, address);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

export function httpOrigin(): Server {
  return createHttpServer(echo);
}

export function httpsOrigin({ key, cert, ca }: TlsFiles): Server {
  const client = ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: true };
  return createHttpsServer({ key, cert, ...client }, echo);
}

/** How to visit a site through the edge. */
export interface Visit {
  readonly port: number;
  readonly ca: string;
  /** @default - GET */
  readonly method?: string;
  /** @default - / */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** @default - none */
  readonly body?: string | Buffer;
  readonly agent?: Agent;
}

/** Visits a host over HTTPS with its own name, and checks the certificate against one root only. */
export function visit(host: string, options: Visit) {
  return new Promise<{ status: number; headers: IncomingMessage["headers"]; body: string; reused: boolean }>(
    (resolve, reject) => {
      const request = httpsRequest({
        host: "127.0.0.1",
        port: options.port,
        servername: host,
        ca: options.ca,
        method: options.method ?? "GET",
        path: options.path ?? "/",
        headers: { host, ...options.headers },
        agent: options.agent ?? new Agent(),
      });
      request.on("error", reject);
      request.on("response", (response) => {
        const { statusCode: status = 0, headers } = response;
        text(response).then(
          (body) => resolve({ status, headers, body, reused: request.reusedSocket }),
          reject,
        );
      });
      request.end(options.body);
    },
  );
}

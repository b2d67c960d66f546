import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A call as it came to the API. */
export interface SeenCall {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Stands before the API, writes down every call and can answer in its place. */
export class Front {
  readonly calls: SeenCall[] = [];
  readonly #server: Server;
  readonly #instead: { status: number; body: string; headers: Record<string, string> }[] = [];

  private constructor(server: Server, target: string) {
    this.#server = server;
    const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const sent = Buffer.concat(chunks);
      const { method = "GET", url = "/", headers } = request;
      this.calls.push({
        method,
        path: url,
        body: sent.length > 0 ? JSON.parse(sent.toString()) : undefined,
        headers,
      });
      const instead = this.#instead.shift();
      if (instead) {
        response.writeHead(instead.status, instead.headers).end(instead.body);
        return;
      }
      const passed = await fetch(`${target}${url}`, {
        method,
        headers: { authorization: String(headers.authorization ?? ""), "content-type": "application/json" },
        ...(sent.length > 0 && { body: sent.toString() }),
      });
      response.writeHead(passed.status, { "content-type": "application/json" }).end(await passed.text());
    };
    // A call that breaks off, on either side, is one that its caller gets no answer to.
    server.on("request", (request, response) => {
      serve(request, response).catch(() => response.destroy());
    });
  }

  static async start(target: string): Promise<Front> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new Front(server, target);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Answers the next call itself. */
  answerNext(status: number, body: string, headers: Record<string, string> = {}): void {
    this.#instead.push({ status, body, headers: { "content-type": "application/json", ...headers } });
  }

  /** Methods, paths below the base and bodies since the last look. */
  take(): [string, string, unknown][] {
    const taken = this.calls.splice(0);
    return taken.map(({ method, path, body }) => [method, path.replace("/client/v4", ""), body]);
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

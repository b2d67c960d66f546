import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

/** A method of the server; what it throws as `{ code, message }` is answered as an error. */
export type XoMethod = (params: Record<string, unknown>) => unknown;

interface Request {
  readonly id: number;
  readonly method: string;
  readonly params: Record<string, unknown>;
}

/** A server that speaks just enough of XO's JSON-RPC. */
export class XoServer {
  readonly calls: string[] = [];
  readonly methods: Record<string, XoMethod>;
  signIns = 0;
  port = 0;
  private server: WebSocketServer | undefined;

  constructor(methods: Record<string, XoMethod> = {}) {
    this.methods = {
      "session.signIn": ({ token }) => {
        this.signIns++;
        if (token !== "good") throw { code: 3, message: "invalid credentials" };
        return { id: "user" };
      },
      ...methods,
    };
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** @param port the one of before, to come back after `stop` */
  async start(port = 0): Promise<this> {
    const server = new WebSocketServer({ port, host: "127.0.0.1", path: "/api/" });
    this.server = server;
    await once(server, "listening");
    this.port = (server.address() as AddressInfo).port;
    server.on("connection", (socket) => {
      socket.send(JSON.stringify({ jsonrpc: "2.0", method: "all", params: { type: "enter", items: {} } }));
      socket.on("message", (data) => void this.answer(socket, JSON.parse(String(data))));
    });
    return this;
  }

  /** Drops every connection without a word. */
  drop(): void {
    for (const socket of this.server?.clients ?? []) socket.terminate();
  }

  async stop(): Promise<void> {
    this.drop();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  private async answer(socket: WebSocket, { id, method, params }: Request): Promise<void> {
    this.calls.push(method);
    const reply = (part: object): void => socket.send(JSON.stringify({ jsonrpc: "2.0", id, ...part }));
    const work = this.methods[method];
    if (work === undefined) return reply({ error: { code: -32601, message: `method not found: ${method}` } });
    try {
      reply({ result: (await work(params)) ?? true });
    } catch (error) {
      reply({ error });
    }
  }
}

function matches(value: unknown, filter: unknown): boolean {
  if (Array.isArray(filter)) return Array.isArray(value) && filter.every((item) => value.includes(item));
  if (typeof filter !== "object" || filter === null) return value === filter;
  return Object.entries(filter).every(([key, part]) =>
    matches((value as Record<string, unknown>)?.[key], part),
  );
}

/** `xo.getAllObjects` over these objects. */
export function inventory(objects: readonly Record<string, unknown>[]): XoMethod {
  return ({ filter }) =>
    Object.fromEntries(
      objects.filter((object) => matches(object, filter)).map((object) => [object.id, object]),
    );
}

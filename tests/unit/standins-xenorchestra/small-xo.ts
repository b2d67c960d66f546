import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

/** A request as it came over the wire. */
export interface SeenRequest {
  readonly id: unknown;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** How a method is answered: a result, or what the function sends itself. */
export type Answer = (request: SeenRequest, socket: WebSocket) => unknown;

/** Throw it in an answer to send a JSON-RPC error. */
export class Fault extends Error {
  readonly code: number;
  readonly data: unknown;
  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

/** A JSON-RPC server of a few lines with answers by method, for what a whole simulator would be too kind for. */
export class SmallXo {
  readonly requests: SeenRequest[] = [];
  readonly answers: Record<string, Answer>;
  readonly #server: WebSocketServer;

  private constructor(server: WebSocketServer, answers: Record<string, Answer>) {
    this.#server = server;
    this.answers = { "session.signIn": () => ({ id: "user", email: "farm" }), ...answers };
    server.on("connection", (socket) => {
      socket.on("message", (data) => void this.#answer(socket, JSON.parse(data.toString()) as SeenRequest));
    });
  }

  static async start(answers: Record<string, Answer> = {}): Promise<SmallXo> {
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0, path: "/api/" });
    await new Promise((resolve) => server.once("listening", resolve));
    return new SmallXo(server, answers);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  methods(): string[] {
    return this.requests.map(({ method }) => method);
  }

  dropConnections(): void {
    for (const socket of this.#server.clients) socket.terminate();
  }

  stop(): Promise<void> {
    this.dropConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  async #answer(socket: WebSocket, request: SeenRequest): Promise<void> {
    this.requests.push(request);
    const reply = (body: object): void =>
      socket.send(JSON.stringify({ jsonrpc: "2.0", id: request.id, ...body }));
    try {
      const answer = this.answers[request.method];
      if (!answer) throw new Fault(-32601, `method not found: ${request.method}`);
      const result = await answer(request, socket);
      if (result !== undefined) reply({ result });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      reply({ error: { code: error.code, message: error.message, data: error.data } });
    }
  }
}

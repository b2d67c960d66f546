import type { AddressInfo } from "node:net";
import { WebSocket, WebSocketServer } from "ws";

/** A call that went through. */
export interface TappedCall {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

interface Refusal {
  readonly method: string;
  readonly code: number;
  readonly message: string;
  /** Calls that still pass before. */
  skip: number;
  left: number;
}

/** Stands between provider and XO: writes down every call and can refuse some in XO's place. */
export class Tap {
  readonly calls: TappedCall[] = [];
  readonly #server: WebSocketServer;
  readonly #refusals: Refusal[] = [];

  private constructor(server: WebSocketServer, target: string) {
    this.#server = server;
    server.on("connection", (client) => this.#join(client, new WebSocket(target)));
  }

  static async start(target: string): Promise<Tap> {
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0, path: "/api/" });
    await new Promise((resolve) => server.once("listening", resolve));
    return new Tap(server, target);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Answers calls of a method with an error, XO does not see them: the next one, or `times` after `skip`. */
  refuse(method: string, code: number, message: string, { skip = 0, times = 1 } = {}): void {
    this.#refusals.push({ method, code, message, skip, left: times });
  }

  /** Cuts every connection. */
  cut(): void {
    for (const socket of this.#server.clients) socket.terminate();
  }

  /** The calls since the last look, look-ups as their type. */
  take(): string[] {
    return this.calls.splice(0).map(({ method, params }) => {
      const { type } = (params.filter ?? {}) as { type?: string };
      return method === "xo.getAllObjects" ? `GAO(${type})` : method;
    });
  }

  /** The parameters of the last call of a method. */
  last(method: string): Readonly<Record<string, unknown>> {
    return this.calls.findLast((call) => call.method === method)?.params ?? {};
  }

  stop(): Promise<void> {
    this.cut();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #join(client: WebSocket, xo: WebSocket): void {
    const early: string[] = [];
    const pass = (text: string): void =>
      xo.readyState === WebSocket.OPEN ? xo.send(text) : void early.push(text);
    xo.on("open", () => {
      for (const text of early.splice(0)) xo.send(text);
    });
    xo.on("message", (data) => client.send(data.toString()));
    xo.on("close", () => client.terminate());
    xo.on("error", () => client.terminate());
    client.on("close", () => xo.terminate());
    client.on("message", (data) => {
      const call = JSON.parse(data.toString()) as TappedCall & { id: number };
      this.calls.push(call);
      const refusal = this.#refusals.find(({ method, left }) => method === call.method && left > 0);
      if (!refusal || refusal.skip-- > 0) return pass(data.toString());
      refusal.left--;
      const { code, message } = refusal;
      client.send(JSON.stringify({ jsonrpc: "2.0", id: call.id, error: { code, message } }));
    });
  }
}

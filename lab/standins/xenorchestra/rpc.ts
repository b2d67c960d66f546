import { WebSocket } from "ws";

/** An error that XO answered with; its text is the one that the official client shows. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data: unknown) {
    const detail = data === undefined || data === null ? "" : `: ${JSON.stringify(data)}`;
    super(`jsonrpc2: code ${code} message: ${message}${detail}`);
    this.code = code;
    this.data = data;
  }
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** What may come in: answers; XO's own notifications have a method and are ignored. */
interface Incoming {
  readonly id?: number | null;
  readonly method?: string;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** One JSON-RPC 2.0 connection over a WebSocket. Once closed it stays closed. */
export class RpcConnection {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;
  #lost: Error | undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => this.#receive(data.toString()));
    socket.on("close", (code) =>
      this.#lose(new Error(`the connection to XO is lost (WebSocket code ${code})`)),
    );
    socket.on("error", (error) => this.#lose(new Error(`the connection to XO is lost: ${error.message}`)));
  }

  /** Connects. @param insecure accepts any TLS certificate */
  static open(url: string, insecure: boolean): Promise<RpcConnection> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url, {
        rejectUnauthorized: !insecure,
        perMessageDeflate: false,
        maxPayload: 0,
      });
      const refuse = (error: Error): void => {
        reject(new Error(`XO at ${url} cannot be reached: ${error.message || error.name}`, { cause: error }));
      };
      socket.once("error", refuse);
      socket.once("open", () => {
        socket.off("error", refuse);
        resolve(new RpcConnection(socket));
      });
    });
  }

  /** Calls a method. Rejects with `RpcError`, or with an Error once the connection is lost. */
  call(method: string, params: Readonly<Record<string, unknown>>): Promise<unknown> {
    if (this.#lost) return Promise.reject(new Error(`${method}: ${this.#lost.message}`));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const lost = (error: Error): void =>
        reject(error instanceof RpcError ? error : new Error(`${method}: ${error.message}`));
      this.#waiting.set(id, { resolve, reject: lost });
      this.#socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    });
  }

  /** Ends the connection. */
  close(): void {
    this.#socket.close();
  }

  #receive(data: string): void {
    const message = JSON.parse(data) as Incoming;
    if (message.method !== undefined || typeof message.id !== "number") return;
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.error)
      waiting?.reject(new RpcError(message.error.code, message.error.message, message.error.data));
    else waiting?.resolve(message.result);
  }

  #lose(error: Error): void {
    this.#lost ??= error;
    for (const waiting of this.#waiting.values()) waiting.reject(this.#lost);
    this.#waiting.clear();
  }
}

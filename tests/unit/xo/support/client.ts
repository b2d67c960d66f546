import { once } from "node:events";
import { WebSocket } from "ws";

/** An object as the simulator shows it. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
export type Shown = any;

/** An error answer. */
export class RpcError extends Error {
  readonly code: number;
  readonly data: Shown;
  constructor(code: number, message: string, data: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

/** A JSON-RPC client as the official provider's is: ids from 0, answers in any order. */
export class Client {
  readonly socket: WebSocket;
  private next = 0;
  private readonly pending = new Map<
    number,
    { resolve: (value: Shown) => void; reject: (error: Error) => void }
  >();
  /** How often each id was answered. */
  readonly answers = new Map<number, number>();

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data) => {
      const answer = JSON.parse(String(data));
      this.answers.set(answer.id, (this.answers.get(answer.id) ?? 0) + 1);
      const waiting = this.pending.get(answer.id);
      this.pending.delete(answer.id);
      if (answer.error)
        waiting?.reject(new RpcError(answer.error.code, answer.error.message, answer.error.data));
      else waiting?.resolve(answer.result);
    });
    socket.on("close", () => {
      for (const { reject } of this.pending.values()) reject(new Error("the connection was closed"));
      this.pending.clear();
    });
    socket.on("error", () => undefined);
  }

  static async connect(port: number): Promise<Client> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/api/`);
    const client = new Client(socket);
    await once(socket, "open");
    return client;
  }

  /** Connects and signs in with a token. */
  static async signedIn(port: number, token: string): Promise<Client> {
    const client = await Client.connect(port);
    await client.call("session.signIn", { token });
    return client;
  }

  call(method: string, params: object = {}): Promise<Shown> {
    const id = this.next++;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      this.socket.send(JSON.stringify({ jsonrpc: "2.0", method, params, id }));
    });
  }

  /** The error of a call that must fail. */
  async fail(method: string, params: object = {}): Promise<RpcError> {
    try {
      await this.call(method, params);
    } catch (error) {
      if (error instanceof RpcError) return error;
      throw error;
    }
    throw new Error(`${method} was expected to fail`);
  }

  /** All objects of a type, as the provider looks them up. */
  async all(type: string): Promise<Shown[]> {
    return Object.values(await this.call("xo.getAllObjects", { filter: { type } }));
  }

  /** The only object of a type with a name. */
  async named(type: string, name: string): Promise<Shown> {
    const found = (await this.all(type)).filter((each) => each.name_label === name);
    if (found.length !== 1) throw new Error(`${found.length} of type ${type} are called ${name}`);
    return found[0];
  }

  /** Polls an object until it is as wanted; fails after 10 s. */
  async until(id: string, wanted: (view: Shown) => boolean): Promise<Shown> {
    const deadline = Date.now() + 60_000;
    while (Date.now() < deadline) {
      const view = (await this.call("xo.getAllObjects", { filter: { id } }))[id];
      if (wanted(view)) return view;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`${id} never became as wanted`);
  }

  close(): void {
    this.socket.terminate();
  }
}

import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import { FarmError, type FarmErrorParts, messageOf } from "../../lib/farm-error.ts";
import { XoCallError, XoSilent, XoUnreachable, xoCodes } from "./xo-errors.ts";

/** How to reach Xen Orchestra. */
export interface XoClientOptions {
  /** `ws://host[:port]` or `wss://…`; `http` and `https` are taken as well. */
  readonly url: string;
  /** Authentication token of an XO user; never shown. */
  readonly token: string;
  /** Environment variable that tokens like this one come from, for messages. @default XOA_TOKEN */
  readonly tokenVariable?: string;
  /** Token of an administrator, for `admin` alone. @default - there is none */
  readonly adminToken?: string | undefined;
  /** Accepts any certificate. @default false */
  readonly insecure?: boolean;
  /** Milliseconds that one call may take. @default 60000 */
  readonly timeout?: number;
  /** Milliseconds to go on trying when XO cannot be reached, for example while it restarts. @default 10000 */
  readonly patience?: number;
}

/** How to make one call. */
export interface XoCallOptions {
  /** Milliseconds. @default - that of the client */
  readonly timeout?: number;
  /** @default - the call cannot be given up */
  readonly signal?: AbortSignal;
  /** The call only reads: it is made once more when the connection breaks under it. @default false */
  readonly reads?: boolean;
}

interface Waiting {
  readonly method: string;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** One signed-in WebSocket and the calls that wait for their answer on it. */
interface Session {
  readonly socket: WebSocket;
  readonly waiting: Map<number, Waiting>;
}

interface Answer {
  readonly id?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

const connectionLost = "closed the connection";

function addressFrom(url: string): string {
  const match = /^(?:ws|http)(s?):\/\/([^/?#]+)\/?$/.exec(url.trim());
  if (match !== null) return `ws${match[1]}://${match[2]}`;
  throw new FarmError({
    what: "the address of Xen Orchestra is not right",
    where: JSON.stringify(url),
    why: "it must be ws://host[:port] or wss://host[:port], without a path",
    next: "correct XOA_URL or the argument url of the provider",
  });
}

/**
 * Calls Xen Orchestra's JSON-RPC over one WebSocket. Connects at the first call and again whenever the
 * connection was lost; any number of calls may be in flight.
 */
export class XoClient {
  /** Where XO is, as `ws://host:port`. */
  readonly address: string;
  /** Whether any certificate is accepted, also of a pool's own XAPI. */
  readonly insecure: boolean;
  private readonly options: XoClientOptions;
  private session: Promise<Session> | undefined;
  private live: Session | undefined;
  private administrator: XoClient | undefined;
  private nextId = 1;

  /** @throws FarmError when the URL is not one of a WebSocket server */
  constructor(options: XoClientOptions) {
    this.options = options;
    this.insecure = options.insecure ?? false;
    this.address = addressFrom(options.url);
  }

  /**
   * Calls a method and returns its result.
   * @throws XoCallError when XO refuses, XoUnreachable when it is away or silent
   */
  async call(method: string, params: object = {}, options: XoCallOptions = {}): Promise<unknown> {
    const session = await this.connected(options.signal);
    try {
      return await this.send(session, method, params, options);
    } catch (error) {
      const broken = error instanceof XoUnreachable && !(error instanceof XoSilent);
      if (!options.reads || !broken || options.signal?.aborted) throw error;
      return this.send(await this.connected(options.signal), method, params, options);
    }
  }

  /** The objects that match XO's filter, for example `{ type: "VM", tags: ["farm=prod"] }`. */
  async objects(filter: object, options: XoCallOptions = {}): Promise<Record<string, unknown>[]> {
    const found = await this.call("xo.getAllObjects", { filter }, { ...options, reads: true });
    return Object.values(found as Record<string, Record<string, unknown>>);
  }

  /**
   * A client of the same XO that signs in as an administrator.
   * @throws FarmError when no such token was given
   */
  get admin(): XoClient {
    const { url, insecure = false, adminToken: token } = this.options;
    if (token === undefined || token === "") {
      throw new FarmError({
        what: "backups need a token of an XO administrator, and none was given",
        where: this.address,
        why: 'Xen Orchestra lets nobody else see or change backups: the right is "admin of Xen Orchestra"',
        next: "set XOA_ADMIN_TOKEN, or the argument adminToken of the provider xenops",
      });
    }
    const { timeout, patience } = this.options;
    const times = {
      ...(timeout === undefined ? {} : { timeout }),
      ...(patience === undefined ? {} : { patience }),
    };
    this.administrator ??= new XoClient({ url, insecure, token, tokenVariable: "XOA_ADMIN_TOKEN", ...times });
    return this.administrator;
  }

  /** Closes the connection; calls in flight fail. A later call opens a new one. */
  close(): void {
    this.administrator?.close();
    const { session } = this;
    this.session = undefined;
    session?.then(({ socket }) => socket.terminate()).catch(() => {});
  }

  private connected(signal: AbortSignal | undefined): Promise<Session> {
    if (this.session === undefined) {
      const session = this.connectPatiently();
      this.session = session;
      session.catch(() => {
        if (this.session === session) this.session = undefined;
      });
    }
    return withSignal(this.session, signal);
  }

  private async connectPatiently(): Promise<Session> {
    const end = Date.now() + (this.options.patience ?? 10_000);
    for (let pause = 100; ; pause = Math.min(pause * 2, 1000)) {
      try {
        return await this.connect();
      } catch (error) {
        if (!(error instanceof XoUnreachable) || Date.now() + pause > end) throw error;
        await sleep(pause);
      }
    }
  }

  private async connect(): Promise<Session> {
    const socket = new WebSocket(`${this.address}/api/`, {
      rejectUnauthorized: !this.options.insecure,
      handshakeTimeout: 10_000,
      // The whole inventory comes as one message.
      maxPayload: 1 << 30,
    });
    const session: Session = { socket, waiting: new Map() };
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve);
      socket.on("error", (error) =>
        reject(new XoUnreachable(this.parts("cannot be reached", error), { cause: error })),
      );
    });
    socket.on("message", (data) => receive(session, String(data)));
    socket.once("close", () => this.lost(session));
    try {
      await this.send(session, "session.signIn", { token: this.options.token }, {});
    } catch (error) {
      socket.terminate();
      if (!(error instanceof XoCallError) || error.code !== xoCodes.invalidCredentials) throw error;
      throw new FarmError(
        {
          what: "Xen Orchestra does not accept the token",
          where: this.address,
          why: "it has expired, was deleted, or belongs to another XO",
          next: `make a new one (XO: user page, Authentication tokens) and set ${this.options.tokenVariable ?? "XOA_TOKEN"}`,
        },
        { cause: error },
      );
    }
    this.live = session;
    return session;
  }

  private lost(session: Session): void {
    // An old connection that closes late must not take a newer one with it.
    if (this.live === session) this.session = undefined;
    for (const { reject } of session.waiting.values()) reject(new XoUnreachable(this.parts(connectionLost)));
    session.waiting.clear();
  }

  private send(session: Session, method: string, params: object, options: XoCallOptions): Promise<unknown> {
    const id = this.nextId++;
    const limit = options.timeout ?? this.options.timeout ?? 60_000;
    let timer: NodeJS.Timeout | undefined;
    const answer = new Promise<unknown>((resolve, reject) => {
      const late = `did not answer ${method} within ${limit / 1000} s`;
      timer = setTimeout(() => reject(new XoSilent(this.parts(late))), limit);
      session.waiting.set(id, { method, resolve, reject });
      if (session.socket.readyState !== WebSocket.OPEN) reject(new XoUnreachable(this.parts(connectionLost)));
      else session.socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    });
    return withSignal(answer, options.signal).finally(() => {
      clearTimeout(timer);
      session.waiting.delete(id);
    });
  }

  private parts(what: string, cause?: unknown): FarmErrorParts {
    const why = cause === undefined ? {} : { why: reasonOf(cause) };
    const next = "check that XO runs and that this address is right (XOA_URL), then run again";
    return { what: `Xen Orchestra ${what}`, where: this.address, ...why, next };
  }
}

function reasonOf(cause: unknown): string {
  const text = messageOf(cause);
  return text === "" && cause instanceof AggregateError ? messageOf(cause.errors[0]) : text;
}

/** Hands an answer to the call that waits for it. What XO tells unasked is for its web pages. */
function receive(session: Session, text: string): void {
  const answer = JSON.parse(text) as Answer;
  const waiting = typeof answer.id === "number" ? session.waiting.get(answer.id) : undefined;
  if (waiting === undefined) return;
  if (answer.error === undefined) waiting.resolve(answer.result);
  else waiting.reject(new XoCallError(waiting.method, answer.error));
}

function withSignal<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

import type { XoObject } from "./json.ts";
import { asObject, text } from "./json.ts";
import { pause } from "./poll.ts";
import { RpcConnection, RpcError } from "./rpc.ts";

/** How to reach XO, and how patient to be. */
export interface XoSettings {
  /** `ws://host[:port]` or `wss://…`. */
  readonly url: string;
  readonly credentials: { readonly token: string } | { readonly username: string; readonly password: string };
  /** Accept any TLS certificate. */
  readonly insecure: boolean;
  /** Try again when the guest is not ready (codes 11 and 14). */
  readonly retry: boolean;
  /** Milliseconds in which a call is tried again. */
  readonly retryMaxTime: number;
  /** Seconds of rest after vm.set; the official provider always takes 25. */
  readonly settleSeconds: number;
  /** Milliseconds that a new VM may take to run or to get its address. */
  readonly createTimeout: number;
  /** Milliseconds that starting, stopping, suspending may take, and its agent to show up before. */
  readonly powerTimeout: number;
}

/** No object of that description is in XO. */
export class NotFound extends Error {
  override readonly name = "NotFound";
  /** What was looked for, in the official client's words. */
  readonly type: string;
  constructor(type: string, query: Readonly<Record<string, unknown>>) {
    super(`Could not find client.${type} with query: ${JSON.stringify(query)}`);
    this.type = type;
  }
}

/** The codes that mean "the guest is not ready yet": missing PV drivers, VM lacks feature. */
const passing: readonly number[] = [11, 14];

/**
 * Speaks with XO as the official provider's client does: one connection for the life of the process, made and
 * signed in at the first use and never again.
 */
export class XoClient {
  readonly settings: XoSettings;
  #connection: Promise<RpcConnection> | undefined;

  constructor(settings: XoSettings) {
    this.settings = settings;
  }

  /** Calls a method and tries again while the guest is not ready. */
  async call(
    method: string,
    params: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<unknown> {
    this.#connection ??= this.#signIn();
    const connection = await this.#connection;
    const started = Date.now();
    for (let wait = 500; ; wait = Math.min(wait * 1.5, 60_000)) {
      try {
        return await connection.call(method, params);
      } catch (error) {
        const passes = this.settings.retry && error instanceof RpcError && passing.includes(error.code);
        const rest = wait * (0.5 + Math.random());
        if (!passes || Date.now() + rest - started > this.settings.retryMaxTime) throw error;
        await pause(rest, signal);
      }
    }
  }

  /** Calls a method that must answer with a truth value. */
  async order(
    method: string,
    params: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<void> {
    const answer = await this.call(method, params, signal);
    if (typeof answer !== "boolean")
      throw new Error(`${method} answered ${JSON.stringify(answer)}, where true is expected`);
  }

  /** Calls a method that must answer with an id. */
  async make(method: string, params: Readonly<Record<string, unknown>>): Promise<string> {
    const answer = await this.call(method, params);
    if (typeof answer !== "string" || answer === "")
      throw new Error(`${method} answered ${JSON.stringify(answer)}, where an id is expected`);
    return answer;
  }

  /** All objects of a type; there is no look-up of a single one. */
  async objects(type: string): Promise<XoObject[]> {
    const answer = asObject(await this.call("xo.getAllObjects", { filter: { type } }), "xo.getAllObjects");
    return Object.values(answer).map((one) => asObject(one, "xo.getAllObjects"));
  }

  /** The one VM with this id, or with this name when one is given: names can make it ambiguous. */
  async vm(id: string, nameLabel?: string): Promise<XoObject> {
    const query = { id, ...(nameLabel !== undefined && { name_label: nameLabel }) };
    const found = (await this.objects("VM")).filter(
      (vm) =>
        vm.id === id || (nameLabel !== undefined && nameLabel !== "" && text(vm, "name_label") === nameLabel),
    );
    const [vm] = found;
    if (!vm) throw new NotFound("Vm", query);
    if (found.length > 1) {
      throw new Error(
        `expected to find a single VM from request ${JSON.stringify(query)}, instead found ${found.length}`,
      );
    }
    return vm;
  }

  /** Ends the connection, if there is one. */
  async close(): Promise<void> {
    await this.#connection?.then(
      (connection) => connection.close(),
      () => {},
    );
  }

  async #signIn(): Promise<RpcConnection> {
    const { url, credentials, insecure } = this.settings;
    const connection = await RpcConnection.open(`${url.replace(/\/$/, "")}/api/`, insecure);
    try {
      if ("token" in credentials) {
        await connection.call("session.signIn", { token: credentials.token });
      } else {
        await connection.call("session.signIn", {
          email: credentials.username,
          password: credentials.password,
        });
        // The official client makes a token at every start and uses it for REST only.
        await connection.call("token.create", {});
      }
    } catch (error) {
      connection.close();
      throw error;
    }
    return connection;
  }
}

import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { unauthorized, XapiError, XoError } from "../errors.ts";
import { log } from "../log.ts";
import type { Simulator } from "../simulator.ts";
import { Call, type Method, type Session } from "./method.ts";

/** A JSON-RPC 2.0 answer. */
type Answer = { readonly jsonrpc: "2.0"; readonly id: Json } & (
  | { readonly result: unknown }
  | { readonly error: { readonly code: number; readonly message: string; readonly data?: Json } }
);

/** Answers JSON-RPC messages with the methods it is given. */
export class Dispatcher {
  private readonly xo: Simulator;
  private readonly methods: ReadonlyMap<string, Method>;

  constructor(xo: Simulator, methods: ReadonlyMap<string, Method>) {
    this.xo = xo;
    this.methods = methods;
  }

  /** The answer to a message, or undefined when it asks for none. */
  async answer(session: Session, message: string): Promise<Answer | undefined> {
    let request: unknown;
    try {
      request = JSON.parse(message);
    } catch {
      return failure(null, { code: -32700, message: "invalid JSON" });
    }
    if (!isJsonObject(request) || request.jsonrpc !== "2.0" || typeof request.method !== "string") {
      return failure(null, { code: -32600, message: "invalid request" });
    }
    // 0 is an id like any other; only a request without one is a notification.
    const wantsAnswer = Object.hasOwn(request, "id");
    const answer = await this.call(session, request.method, request.params, request.id ?? null);
    return wantsAnswer ? answer : undefined;
  }

  private async call(session: Session, name: string, params: Json | undefined, id: Json): Promise<Answer> {
    const started = performance.now();
    const call = new Call(this.xo, session);
    try {
      const method = this.methods.get(name);
      if (!method) throw new XoError(-32601, `method not found: ${name}`, name);
      if (method.access !== "anybody") requireAccess(call, method.access);
      if (params !== undefined && !isJsonObject(params))
        throw new XoError(-32602, "parameters must be an object");
      const given: JsonObject = params ?? {};
      const result = await this.xo.faults.around(name, () => method.run(call, given));
      this.record("info", name, session, started);
      return { jsonrpc: "2.0", id, result: result === undefined ? true : result };
    } catch (error) {
      const shown = describe(error, session.user?.permission === "admin", name);
      const level = shown.code === -32000 || shown.code === -32601 ? "warn" : "info";
      this.record(level, name, session, started, { code: shown.code, error: inner(error) });
      return failure(id, shown);
    }
  }

  private record(
    level: "info" | "warn",
    method: string,
    session: Session,
    started: number,
    more: JsonObject = {},
  ): void {
    const milliseconds = Math.round((performance.now() - started) * 10) / 10;
    log(level, "call", { method, user: session.user?.email ?? null, milliseconds, ...more });
  }
}

function requireAccess(call: Call, access: "user" | "admin"): void {
  const user = call.user;
  if (access === "admin" && user.permission !== "admin") throw unauthorized("admin");
}

function failure(id: Json, error: { code: number; message: string; data?: Json }): Answer {
  return { jsonrpc: "2.0", id, error };
}

/** What a client is told. Failures without a code of XO's own are shown to administrators only. */
function describe(
  error: unknown,
  isAdmin: boolean,
  method: string,
): { readonly code: number; readonly message: string; readonly data?: Json } {
  if (error instanceof XoError) {
    const { code, message, data } = error;
    return data === undefined ? { code, message } : { code, message, data };
  }
  if (!isAdmin) return { code: -32000, message: "unknown error from the peer" };
  if (error instanceof XapiError) {
    const data = { code: error.code, params: [...error.params], call: { method }, message: error.message };
    return { code: -32000, message: error.message, data };
  }
  return { code: -32000, message: error instanceof Error ? error.message : String(error) };
}

/** For the log: defects with their stack, everything else in one line. */
function inner(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof XoError || error instanceof XapiError
    ? error.message
    : (error.stack ?? error.message);
}

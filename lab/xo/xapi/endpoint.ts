import type { IncomingMessage, ServerResponse } from "node:http";
import { messageOf } from "../../../lib/farm-error.ts";
import { isJsonObject, type Json } from "../../json.ts";
import { XapiError } from "../errors.ts";
import { log } from "../log.ts";
import type { Simulator } from "../simulator.ts";
import { callNames, findCall } from "./calls.ts";
import { Sessions, type XapiAccountRecord } from "./sessions.ts";

/** Most bytes of a request. */
const limit = 1 << 20;

/**
 * XAPI's JSON-RPC as a pool's master speaks it. The lab has one address a pool for whichever host is the master, so
 * nobody is ever sent on to another; while the master is dead, nobody answers.
 */
export class XapiEndpoint {
  private readonly xo: Simulator;
  private readonly pool: string;
  private readonly sessions: Sessions;

  /** @param pool its id */
  constructor(xo: Simulator, pool: string, accounts: readonly XapiAccountRecord[]) {
    this.xo = xo;
    this.pool = pool;
    this.sessions = new Sessions(accounts);
  }

  /** Answers one request. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { relations } = this.xo.inventory;
    const pool = relations.get("pool", this.pool);
    if (pool === undefined || relations.isDead(pool.master)) {
      request.socket.destroy();
      return;
    }
    if (request.method !== "POST") {
      response.writeHead(405, { Allow: "POST" }).end();
      return;
    }
    const text = await read(request);
    if (text === undefined) {
      response.writeHead(413).end();
      return;
    }
    const answer = await this.answer(text);
    // The vendor's client compares this header as a whole: no charset.
    response.writeHead(200, { "Content-Type": "application/json" });
    response.end(JSON.stringify(answer));
  }

  private async answer(text: string): Promise<Json> {
    let id: Json = null;
    try {
      const message: unknown = JSON.parse(text);
      if (!isJsonObject(message) || typeof message.method !== "string") throw new SyntaxError("no call");
      id = message.id ?? null;
      const args = Array.isArray(message.params) ? message.params : [];
      return { jsonrpc: "2.0", id, result: await this.call(message.method, args) };
    } catch (error) {
      if (error instanceof SyntaxError)
        return { jsonrpc: "2.0", id, error: { code: -32600, message: error.message } };
      const known = error instanceof XapiError ? error : new XapiError("INTERNAL_ERROR", messageOf(error));
      if (known !== error) log("error", "a call of XAPI failed", { why: messageOf(error) });
      return { jsonrpc: "2.0", id, error: { code: 1, message: known.code, data: [...known.params] } };
    }
  }

  private async call(name: string, [session, ...args]: readonly Json[]): Promise<Json> {
    if (name === "session.login_with_password") return this.sessions.login(String(session), String(args[0]));
    if (name === "system.listMethods") return callNames;
    if (name === "session.logout") {
      this.sessions.logout(String(session));
      return "";
    }
    const found = findCall(name);
    this.sessions.require(String(session), found.role, name);
    if (args.length !== found.arity) {
      throw new XapiError("MESSAGE_PARAMETER_COUNT_MISMATCH", name, String(found.arity), String(args.length));
    }
    const result = await this.xo.faults.around(`xapi.${name}`, () =>
      found.run({ xo: this.xo, pool: this.pool }, args),
    );
    log("info", "xapi", { method: name });
    return result;
  }
}

async function read(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += (part as Buffer).length;
    if (size > limit) return undefined;
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts).toString("utf8");
}

import { randomBytes } from "node:crypto";
import type { Authority } from "../ca/authority.ts";
import type { DnsFaults } from "./dns-faults.ts";
import type { Store } from "./store.ts";

/** The only account, with the id that stack settings name. */
export const account = {
  id: "a1121500000000000000000000000001",
  name: "Lab hosting",
  type: "standard",
} as const;

/** The two servers that every zone of the account is delegated to. */
export const nameServers = ["amber.ns.cloudflare.example", "boris.ns.cloudflare.example"] as const;

/** What the routes work on. */
export interface ApiContext {
  readonly store: Store;
  /** Signs the certificates of origins. */
  readonly originCa: Authority;
  /** The DNS servers' own faults. */
  readonly dnsFaults: DnsFaults;
}

/** A call of the API after routing. */
interface ApiRequest {
  /** The parts of the path that its pattern names. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The parsed JSON body; undefined when there is none. */
  readonly body: unknown;
}

/** What goes into the envelope of a success. */
export interface ApiReply {
  readonly result: unknown;
  /** @default - the result is no list of pages */
  readonly resultInfo?: Readonly<Record<string, number>>;
  /** @default - none */
  readonly messages?: readonly ApiMessage[];
}

/** A message or an error as the API words it. */
export interface ApiMessage {
  readonly code: number;
  readonly message: string;
  /** The causes below it. @default - none */
  readonly error_chain?: readonly ApiMessage[];
}

/** One method of one path. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below the base path; `:name` stands for one part, and for 32 hex digits when the name ends in `Id`. */
  readonly path: string;
  readonly handle: (request: ApiRequest) => ApiReply | Promise<ApiReply>;
}

/** A refusal in the words of the API. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly errors: readonly ApiMessage[];

  constructor(status: number, code: number, message: string, chain?: readonly ApiMessage[]) {
    super(message);
    this.status = status;
    this.errors = [chain ? { code, message, error_chain: chain } : { code, message }];
  }
}

/** A new id: 32 lower-case hex digits. */
export function newId(): string {
  return randomBytes(16).toString("hex");
}

/** The present time as the API writes it. */
export function timestamp(): string {
  return new Date().toISOString().replace("Z", "000Z");
}

/** A body that must be an object. @throws ApiError */
export function objectBody(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new ApiError(400, 9207, "Request body is invalid.");
  }
  return body as Readonly<Record<string, unknown>>;
}

/** The page of a list that a query asks for. A page behind the end is empty and no error. */
export function paginate(items: readonly unknown[], query: URLSearchParams, limits: PageLimits): ApiReply {
  const perPage = clamp(query.get("per_page"), limits.usual, 1, limits.largest);
  const page = clamp(query.get("page"), 1, 1, Number.MAX_SAFE_INTEGER);
  const result = items.slice((page - 1) * perPage, page * perPage);
  return {
    result,
    resultInfo: {
      page,
      per_page: perPage,
      count: result.length,
      total_count: items.length,
      total_pages: Math.ceil(items.length / perPage),
    },
  };
}

/** Items on a page. */
export interface PageLimits {
  readonly usual: number;
  readonly largest: number;
}

function clamp(text: string | null, usual: number, least: number, most: number): number {
  const value = text === null ? usual : Number(text);
  return Number.isInteger(value) ? Math.min(Math.max(value, least), most) : usual;
}

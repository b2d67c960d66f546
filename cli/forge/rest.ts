import { setTimeout as sleep } from "node:timers/promises";
import type { z } from "zod";
import { FarmError, messageOf } from "../../lib/farm-error.ts";

/** How to talk to a forge's REST interface. */
export interface RestOptions {
  /** For messages: "GitHub". */
  readonly name: string;
  /** Without a slash at its end. */
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What a reader does about a refusal for want of rights. */
  readonly rights: string;
  /** Milliseconds before the first of the further tries. @default - 1000 */
  readonly pause?: number;
}

/** What came back. */
interface Answer {
  readonly ok: boolean;
  readonly status: number;
  readonly text: string;
}

/** Milliseconds that one request may take. */
const patience = 30_000;

/** The first and two more: for a forge that is restarted, or that asks to wait. */
const tries = 3;

/** Longest wait that a forge may ask for, milliseconds. */
const longestWait = 60_000;

/** Entries of one page, the most that both forges give. */
const pageSize = 100;

/** Requests to a forge's REST interface, their answers checked. */
export class Rest {
  readonly #options: RestOptions;

  constructor(options: RestOptions) {
    this.#options = options;
  }

  /**
   * One request.
   * @throws FarmError when the forge refuses, does not answer, or answers something else than `schema`
   */
  async request<T>(method: string, path: string, schema: z.ZodType<T>, body?: unknown): Promise<T> {
    const where = `${method} ${path}`;
    const { ok, status, text } = await this.#send(method, path, body);
    if (!ok) throw this.#refusal(where, status, text);
    const read = schema.safeParse(this.#parse(where, text));
    if (read.success) return read.data;
    throw this.#unexpected(
      where,
      read.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "),
    );
  }

  /** A proxy's page of error, or a sign-in page, may come with status 200. */
  #parse(where: string, text: string): unknown {
    if (text === "") return undefined;
    try {
      return JSON.parse(text);
    } catch {
      throw this.#unexpected(where, `no JSON: ${text.trim().slice(0, 200)}`);
    }
  }

  #unexpected(where: string, why: string): FarmError {
    return new FarmError({ what: `${this.#options.name} answered something else than expected`, where, why });
  }

  /** All pages of a list. */
  async list<T>(path: string, schema: z.ZodType<readonly T[]>): Promise<readonly T[]> {
    const all: T[] = [];
    for (let page = 1; ; page++) {
      const join = path.includes("?") ? "&" : "?";
      const some = await this.request("GET", `${path}${join}per_page=${pageSize}&page=${page}`, schema);
      all.push(...some);
      if (some.length < pageSize) return all;
    }
  }

  /** An answer with its whole text: one that breaks off in the middle is none. */
  async #send(method: string, path: string, body: unknown): Promise<Answer> {
    const { base, headers, name, pause = 1000 } = this.#options;
    for (let attempt = 1; ; attempt++) {
      const last = attempt === tries;
      try {
        const response = await fetch(`${base}${path}`, {
          method,
          headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          redirect: "error",
          signal: AbortSignal.timeout(patience),
        });
        const wait = waitOf(response, method, pause * attempt);
        if (last || wait === undefined)
          return { ok: response.ok, status: response.status, text: await response.text() };
        await response.body?.cancel();
        await sleep(wait);
      } catch (error) {
        // A request that may have been carried out is not sent again: it would comment twice.
        if (!last && method === "GET") {
          await sleep(pause * attempt);
          continue;
        }
        throw new FarmError(
          {
            what: `${name} does not answer`,
            where: `${method} ${base}${path}`,
            why:
              error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error),
            next: "run this step of the pipeline again",
          },
          { cause: error },
        );
      }
    }
  }

  #refusal(where: string, status: number, text: string): FarmError {
    const { name, rights } = this.#options;
    return new FarmError({
      what: `${name} refused`,
      where,
      why: `status ${status}: ${wordsOf(text)}`,
      ...(status === 401 || status === 403 || status === 404 ? { next: rights } : {}),
    });
  }
}

/** Milliseconds to wait before the same request is sent again; undefined when it is answered for good. */
function waitOf({ status, headers }: Response, method: string, pause: number): number | undefined {
  const asked = Number(headers.get("retry-after")) * 1000;
  // Refused before anything was done, whatever the method.
  if (status === 429 || (status === 403 && asked > 0)) return Math.min(asked || pause, longestWait);
  return method === "GET" && status >= 502 && status <= 504 ? pause : undefined;
}

/** A forge's own words: `message` of its answer, else the beginning of whatever came. */
function wordsOf(text: string): string {
  try {
    const { message, errors, error } = JSON.parse(text) as Record<string, unknown>;
    const words = [message, error, errors].filter((word) => word !== undefined);
    return words.map((word) => (typeof word === "string" ? word : JSON.stringify(word))).join("; ");
  } catch {
    return text.trim().slice(0, 200) || "no word";
  }
}

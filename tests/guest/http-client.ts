import { type IncomingHttpHeaders, request } from "node:http";

/** An answer of the site. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  /** The body as UTF-8. */
  readonly body: string;
}

/** Asks one site over a socket as a browser would: keeps cookies, follows nothing by itself. */
export class HttpClient {
  readonly #socket: string;
  readonly #host: string;
  readonly #cookies = new Map<string, string>();

  constructor(socket: string, host: string) {
    this.#socket = socket;
    this.#host = host;
  }

  /** The cookies of this visitor, by name. */
  get cookies(): ReadonlyMap<string, string> {
    return this.#cookies;
  }

  get(path: string): Promise<Answer> {
    return this.#send("GET", path);
  }

  /** Sends a form. */
  post(path: string, fields: Readonly<Record<string, string>>): Promise<Answer> {
    const body = new URLSearchParams(fields).toString();
    return this.#send(
      "POST",
      path,
      { "content-type": "application/x-www-form-urlencoded" },
      Buffer.from(body),
    );
  }

  /** Sends a form with a file. */
  async upload(path: string, form: FormData): Promise<Answer> {
    const encoded = new Response(form);
    const type = encoded.headers.get("content-type") ?? "";
    return this.#send("POST", path, { "content-type": type }, Buffer.from(await encoded.arrayBuffer()));
  }

  #send(method: string, path: string, headers: Record<string, string> = {}, body?: Buffer): Promise<Answer> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    return new Promise((resolve, reject) => {
      const call = request({
        socketPath: this.#socket,
        method,
        path,
        headers: {
          host: this.#host,
          ...(cookie && { cookie }),
          ...headers,
          ...(body && { "content-length": body.length }),
        },
      });
      call.on("error", reject);
      call.on("response", (response) => {
        const parts: Buffer[] = [];
        for (const line of response.headers["set-cookie"] ?? []) {
          const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
          this.#cookies.set(name, value);
        }
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("error", reject);
        response.on("end", () => {
          const bytes = Buffer.concat(parts);
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            bytes,
            body: bytes.toString(),
          });
        });
      });
      call.end(body);
    });
  }
}

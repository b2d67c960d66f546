import { type CloudflareSdk, cloudflareSdk } from "../../../lib/cloudflare-sdk.ts";
import type { CloudflareSettings } from "./config.ts";
import type { Wire } from "./wire.ts";

type Method = "get" | "post" | "put" | "patch" | "delete";

/** A call that the API refused; its text is the one that the official provider shows. */
export class ApiRefusal extends Error {
  override readonly name = "ApiRefusal";
  readonly status: number;
  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** What the SDK's errors no longer tell about an answer. */
interface Refused {
  readonly statusText: string;
  readonly body: string;
}

/** Cloudflare's official SDK, with the texts of the official provider when a call fails. */
export class CloudflareApi {
  readonly #refused = new WeakMap<Headers, Refused>();
  readonly #open: () => Promise<CloudflareSdk>;

  constructor(settings: CloudflareSettings) {
    const suffix = settings.userAgentOperatorSuffix;
    this.#open = cloudflareSdk({
      baseURL: settings.baseUrl ?? null,
      apiToken: settings.apiToken ?? null,
      apiKey: settings.apiKey ?? null,
      apiEmail: settings.email ?? null,
      userServiceKey: settings.apiUserServiceKey ?? null,
      // The official provider tries ten times, for minutes; half a minute shows the same behaviour.
      maxRetries: 6,
      defaultHeaders: {
        "User-Agent": `pulumi-cloudflare/6.22.1 (stand-in)${suffix === undefined ? "" : ` ${suffix}`}`,
      },
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        if (!response.ok) {
          const body = await response.clone().text();
          this.#refused.set(response.headers, { statusText: response.statusText, body });
        }
        return response;
      },
    });
  }

  /** Calls the API and returns the `result` of the envelope. @throws ApiRefusal, or Error without a connection */
  async call(method: Method, path: string, signal: AbortSignal, body?: Wire): Promise<unknown> {
    const options = { signal, ...(body !== undefined && { body }) };
    const opened = await this.#open();
    try {
      const envelope = await opened.sdk[method]<{ result?: unknown } | null>(path, options);
      return envelope?.result;
    } catch (error) {
      throw this.#translate(opened, `${method.toUpperCase()} "${opened.sdk.baseURL}${path}"`, error);
    }
  }

  #translate({ library }: CloudflareSdk, call: string, error: unknown): unknown {
    if (!(error instanceof library.APIError)) return error;
    if (error instanceof library.APIConnectionError || error.status === undefined) {
      const cause = error.cause instanceof Error ? (error.cause.cause ?? error.cause) : undefined;
      const why = cause instanceof Error && cause.message !== "" ? cause.message : error.message;
      return new Error(`${call}: ${why}`, { cause: error });
    }
    const refused = error.headers && this.#refused.get(error.headers);
    const message = `${call}: ${error.status} ${refused?.statusText ?? ""} ${refused?.body ?? ""}`;
    return new ApiRefusal(error.status, message, { cause: error });
  }
}

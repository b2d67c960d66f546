import type Cloudflare from "cloudflare";
import { type CloudflareSdk, cloudflareSdk } from "../lib/cloudflare-sdk.ts";
import { FarmError, messageOf } from "../lib/farm-error.ts";

/** A zone at Cloudflare. */
export interface FoundZone {
  readonly id: string;
  readonly name: string;
}

/** A DNS record at Cloudflare. */
export interface FoundRecord {
  readonly id: string;
  readonly zoneId: string;
  readonly name: string;
  readonly type: string;
  readonly content: string;
  /** Of the types that have parts, such as CAA. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** A certificate of Cloudflare's Origin CA that is in force. */
export interface FoundCertificate {
  readonly id: string;
  readonly hostnames: readonly string[];
  /** PEM; empty when the API does not give it back. */
  readonly csr: string;
}

/** What the token is worth. */
export interface TokenFacts {
  /** "active", "disabled", "expired". */
  readonly status: string;
  /** Undefined when it never ends. */
  readonly expiresOn: Date | undefined;
}

/** Reads what the farm has at Cloudflare, and takes back certificates. */
export class CloudflareFacts {
  readonly #url: string;
  readonly #open: () => Promise<CloudflareSdk>;

  /** @param url `https://api.cloudflare.com/client/v4` */
  constructor(url: string, token: string) {
    this.#url = url;
    this.#open = cloudflareSdk({
      baseURL: url,
      apiToken: token,
      apiKey: null,
      apiEmail: null,
      maxRetries: 3,
    });
  }

  /** The zones of a name: one, or none. */
  zones(name: string): Promise<FoundZone[]> {
    return this.#ask(`the zone ${name}`, async ({ sdk }) =>
      (await all(sdk.zones.list({ name }))).map(({ id, name: found }) => ({ id, name: found })),
    );
  }

  /** All records of a zone; undefined when there is no such zone (any more). */
  tryRecords(zoneId: string): Promise<FoundRecord[] | undefined> {
    return this.#ask(`the records of the zone ${zoneId}`, async ({ sdk, library }) => {
      try {
        const found = await all(sdk.dns.records.list({ zone_id: zoneId, per_page: 1000 }));
        return found.map((record) => ({
          id: record.id,
          zoneId,
          name: record.name,
          type: record.type,
          content: record.content ?? "",
          data: "data" in record && typeof record.data === "object" ? { ...record.data } : {},
        }));
      } catch (error) {
        if (isGone(error, library)) return undefined;
        throw error;
      }
    });
  }

  /** The Origin CA's certificates for names of a zone that nobody has taken back. */
  certificates(zoneId: string): Promise<FoundCertificate[]> {
    return this.#ask(`the origin certificates of the zone ${zoneId}`, async ({ sdk }) =>
      (await all(sdk.originCACertificates.list({ zone_id: zoneId }))).map((each) => ({
        id: each.id ?? "",
        hostnames: each.hostnames,
        csr: each.csr,
      })),
    );
  }

  /** Takes a certificate back; one that is gone already is fine. */
  async revoke(id: string): Promise<void> {
    await this.#ask(`the origin certificate ${id}`, async ({ sdk, library }) => {
      await sdk.originCACertificates.delete(id).catch((error: unknown) => {
        if (!isGone(error, library)) throw error;
      });
    });
  }

  /** What Cloudflare says of the token itself. */
  token(): Promise<TokenFacts> {
    return this.#ask("its own token", async ({ sdk }) => {
      const { status, expires_on } = await sdk.user.tokens.verify();
      return { status, expiresOn: expires_on === undefined ? undefined : new Date(expires_on) };
    });
  }

  async #ask<Result>(what: string, work: (opened: CloudflareSdk) => Promise<Result>): Promise<Result> {
    const opened = await this.#open();
    try {
      return await work(opened);
    } catch (error) {
      throw new FarmError(
        {
          what: `Cloudflare does not tell ${what}`,
          where: this.#url,
          why: whyOf(error, opened.library),
          next: refused(error, opened.library)
            ? "make a new token with the rights of docs/decisions/0003 and set CLOUDFLARE_API_TOKEN"
            : "check the network, then run again",
        },
        { cause: error },
      );
    }
  }
}

async function all<Item>(pages: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of pages) found.push(item);
  return found;
}

function isGone(error: unknown, library: typeof Cloudflare): boolean {
  return error instanceof library.APIError && error.status === 404;
}

function refused(error: unknown, library: typeof Cloudflare): boolean {
  return error instanceof library.APIError && [400, 401, 403].includes(error.status ?? 0);
}

function whyOf(error: unknown, library: typeof Cloudflare): string {
  const cause = error instanceof library.APIConnectionError ? error.cause : undefined;
  return messageOf(cause instanceof Error ? (cause.cause ?? cause) : error);
}

import type Cloudflare from "cloudflare";
import type { ClientOptions } from "cloudflare";

/** Cloudflare's official SDK, and a client of it. */
export interface CloudflareSdk {
  readonly library: typeof Cloudflare;
  readonly sdk: Cloudflare;
}

/** Loads the SDK when it is asked for first: it is hundreds of files, and most runs of a program need none of them. */
export function cloudflareSdk(options: ClientOptions): () => Promise<CloudflareSdk> {
  let opened: Promise<CloudflareSdk> | undefined;
  return () => {
    opened ??= import("cloudflare").then(({ default: library }) => ({ library, sdk: new library(options) }));
    return opened;
  };
}

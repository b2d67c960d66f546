import { Agent, get } from "node:https";

/** The way to a site. */
export interface Route {
  /** The proxy that visitors go through, `http://host:port`. @default - that of the environment, if it names one */
  readonly proxy?: string;
  /** Authorities that visitors trust, PEM. @default - those of the system */
  readonly authorities?: readonly string[];
}

/** What a visitor of a page gets. */
export interface Visit {
  readonly status: number;
  readonly body: string;
}

const limits = { milliseconds: 10_000, characters: 1_000_000 } as const;

/**
 * GET over HTTPS, the chain and the name verified. Rejects with the reason when there is no answer.
 * @param patience milliseconds
 */
export function visitPage(
  url: string,
  { proxy, authorities }: Route = {},
  patience: number = limits.milliseconds,
): Promise<Visit> {
  const agent = new Agent({
    keepAlive: false,
    minVersion: "TLSv1.2",
    proxyEnv: proxy === undefined ? process.env : { HTTPS_PROXY: proxy },
    ...(authorities === undefined ? {} : { ca: [...authorities] }),
  });
  return new Promise<Visit>((resolve, reject) => {
    const request = get(url, { agent, signal: AbortSignal.timeout(patience) }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        body += text;
        if (body.length > limits.characters) request.destroy(new Error("the page does not end"));
      });
      response.once("error", reject);
      response.once("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    request.once("error", reject);
  }).finally(() => agent.destroy());
}

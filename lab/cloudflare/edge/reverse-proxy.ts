import { randomBytes } from "node:crypto";
import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { pipeline } from "node:stream";
import { log } from "../log.ts";
import type { TrafficCounter } from "../traffic.ts";
import { EdgeError } from "./edge-error.ts";
import { forwardedHeaders, visitorHeaders } from "./headers.ts";
import { connectOrigin, type OriginTls, secureOrigin } from "./origin.ts";
import type { EdgeSettings, Sites } from "./site.ts";

/** A port for each scheme. */
export interface Ports {
  readonly http: number;
  readonly https: number;
}

/** What the proxy needs besides the sites. */
export interface ProxyOptions {
  /** The edge's own address: visitors come to it, origins see it. */
  readonly address: string;
  /** The edge's own ports, and those of the origins. */
  readonly ports: Ports;
  readonly originPorts: Ports;
  /** Milliseconds until an origin that does not accept counts as timed out. */
  readonly connectTimeout: number;
  /** The edge's client certificate. */
  readonly client: { readonly keyPem: string; readonly pem: string };
  readonly roots: string;
  readonly isRevoked: (serialNumber: string) => boolean;
  /** Counts what visitors of the account's zones get. */
  readonly traffic: TrafficCounter;
}

/** Milliseconds that an origin has for the head of its answer. */
const answerTimeout = 100_000;

/** Serves visitors of proxied names from their origins. */
export class ReverseProxy {
  private readonly sites: Sites;
  private readonly options: ProxyOptions;

  constructor(sites: Sites, options: ProxyOptions) {
    this.sites = sites;
    this.options = options;
  }

  /** Answers one request, always. */
  async handle(scheme: "http" | "https", request: IncomingMessage, response: ServerResponse): Promise<void> {
    const ray = `${randomBytes(8).toString("hex")}-LAB`;
    const host = (request.headers.host ?? "").replace(/:\d+$/, "").toLowerCase();
    const [path] = (request.url ?? "").split("?");
    const { socket: visitor } = request;
    // A connection serves many requests, one after the other.
    const before = visitor.bytesWritten;
    response.once("close", () => {
      log("edge", { ray, scheme, method: request.method, host, path, status: response.statusCode });
      const zoneId = this.sites.tryFindZone(host)?.id;
      const agent = request.headers["user-agent"] ?? "";
      const bytes = visitor.bytesWritten - before;
      if (zoneId !== undefined) this.options.traffic.count({ zoneId, host, agent, bytes });
    });
    response.setHeader("CF-Ray", ray).setHeader("Server", "cloudflare");
    try {
      const settings = this.sites.settingsOf(this.sites.findProxiedZone(host));
      if (scheme === "https") addSecurityHeaders(response, settings.securityHeader);
      if (scheme === "http" && settings.alwaysHttps && settings.ssl !== "off") {
        response
          .writeHead(301, { location: `https://${host}${request.url ?? "/"}`, "content-length": 0 })
          .end();
        return;
      }
      const socket = await this.connect(scheme, host, settings);
      await forward(request, response, socket, visitorHeaders(request, scheme, ray));
    } catch (error) {
      if (!(error instanceof EdgeError))
        log("defect", { error: error instanceof Error ? error.stack : String(error) });
      const shown = error instanceof EdgeError ? error : new EdgeError(500, "Internal error of the edge");
      // After the head of an answer only a broken connection can say that the rest is missing.
      if (response.headersSent) response.destroy();
      else
        response.writeHead(shown.status, { "content-type": "text/html; charset=utf-8" }).end(shown.page(ray));
    }
  }

  private async connect(scheme: "http" | "https", host: string, settings: EdgeSettings): Promise<Socket> {
    const { address, ports, originPorts, connectTimeout, client, roots, isRevoked } = this.options;
    const isSecure = scheme === "https" && (settings.ssl === "full" || settings.ssl === "strict");
    const origin = this.sites.findOrigin(host);
    const port = isSecure ? originPorts.https : originPorts.http;
    if (origin === address && (port === ports.http || port === ports.https)) {
      throw new EdgeError(403, "DNS points to prohibited IP", 1000);
    }
    const socket = await connectOrigin({ address: origin, port, localAddress: address, connectTimeout });
    if (!isSecure) return socket;
    const tls: OriginTls = {
      host,
      strict: settings.ssl === "strict",
      client: settings.originPull ? client : undefined,
      roots,
      isRevoked,
    };
    return secureOrigin(socket, tls, connectTimeout);
  }
}

/** Both ways at once, as the bytes come. A connection serves one request: settings count from the next one on. */
function forward(
  request: IncomingMessage,
  response: ServerResponse,
  socket: Socket,
  visitor: readonly string[],
): Promise<void> {
  return new Promise((resolve, reject) => {
    const { method = "GET", url = "/" } = request;
    const headers = [...forwardedHeaders(request, true), ...visitor, "Connection", "close"];
    const upstream = httpRequest({
      method,
      path: url,
      headers,
      createConnection: () => socket,
      timeout: answerTimeout,
    });
    upstream.once("timeout", () => upstream.destroy(new EdgeError(524, "A timeout occurred")));
    upstream.on("error", (error) =>
      reject(error instanceof EdgeError ? error : new EdgeError(520, "Web server returned an unknown error")),
    );
    upstream.once("response", (answer) => {
      upstream.setTimeout(0);
      for (const [name, values] of groupHeaders(forwardedHeaders(answer, false))) {
        if (!["server", "cf-ray"].includes(name.toLowerCase())) response.setHeader(name, values);
      }
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? "");
      pipeline(answer, response, (error) =>
        error ? reject(new EdgeError(520, "The answer broke off")) : resolve(),
      );
    });
    response.once("close", () => upstream.destroy());
    request.pipe(upstream);
  });
}

function groupHeaders(pairs: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (let at = 0; at + 1 < pairs.length; at += 2) {
    const [name = "", value = ""] = pairs.slice(at, at + 2);
    groups.set(name, [...(groups.get(name) ?? []), value]);
  }
  return groups;
}

function addSecurityHeaders(response: ServerResponse, header: EdgeSettings["securityHeader"]): void {
  if (!header.enabled) return;
  const parts = [`max-age=${header.max_age}`];
  if (header.include_subdomains) parts.push("includeSubDomains");
  if (header.preload) parts.push("preload");
  response.setHeader("Strict-Transport-Security", parts.join("; "));
  if (header.nosniff) response.setHeader("X-Content-Type-Options", "nosniff");
}

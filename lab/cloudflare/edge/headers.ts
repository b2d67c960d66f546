import type { IncomingMessage } from "node:http";

/** Headers that concern one connection only (RFC 9110, 7.6.1). */
const connectionHeaders: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "upgrade",
  "expect",
]);
/** Said by the edge alone: a visitor may not say them. */
const ownHeaders: ReadonlySet<string> = new Set([
  "cdn-loop",
  "cf-connecting-ip",
  "cf-ray",
  "cf-visitor",
  "x-forwarded-for",
  "x-forwarded-proto",
]);

/** The headers of a message that go on to the other side, as name, value, name, value. */
export function forwardedHeaders(message: IncomingMessage, isRequest: boolean): string[] {
  const named = new Set((message.headers.connection ?? "").toLowerCase().split(/\s*,\s*/));
  const result: string[] = [];
  for (let at = 0; at + 1 < message.rawHeaders.length; at += 2) {
    const [name = "", value = ""] = message.rawHeaders.slice(at, at + 2);
    const key = name.toLowerCase();
    if (connectionHeaders.has(key) || named.has(key) || (isRequest && ownHeaders.has(key))) continue;
    result.push(name, value);
  }
  return result;
}

/** What the edge tells the origin about the visitor. */
export function visitorHeaders(request: IncomingMessage, scheme: "http" | "https", ray: string): string[] {
  const address = visitorAddress(request);
  const before = request.headers["x-forwarded-for"];
  return [
    ...["CDN-Loop", "cloudflare"],
    ...["CF-Connecting-IP", address],
    ...["CF-Ray", ray],
    ...["CF-Visitor", JSON.stringify({ scheme })],
    ...["X-Forwarded-For", before === undefined ? address : `${before}, ${address}`],
    ...["X-Forwarded-Proto", scheme],
  ];
}

/** The address a request came from. */
function visitorAddress(request: IncomingMessage): string {
  return (request.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
}

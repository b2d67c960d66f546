import { Resolver } from "node:dns/promises";
import {
  type ClientRequest,
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from "node:http";
import { connect, isIP, type Socket } from "node:net";
import { join } from "./forward.ts";

const connectMilliseconds = 10_000;

/** Finds the address of a name. @throws Error with a sentence when there is none */
export type Lookup = (name: string) => Promise<string>;

/** A look-up that asks one DNS server and nothing else of this machine. */
export function lookupAt(server: string): Lookup {
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  resolver.setServers([server]);
  return async (name) => {
    if (isIP(name) !== 0) return name;
    const addresses = await resolver.resolve4(name).catch(() => resolver.resolve6(name).catch(() => []));
    const [address] = addresses;
    if (address === undefined) throw new Error(`the lab's DNS has no address for ${name}`);
    return address;
  };
}

/** An HTTP proxy (RFC 9110 section 9.3.6 and absolute-form requests) that finds names by this look-up. */
export function makeProxy(lookup: Lookup): Server {
  const server = createServer((incoming, response) => void forward(lookup, incoming, response));
  server.on(
    "connect",
    (incoming: IncomingMessage, client: Socket, head: Buffer) => void tunnel(lookup, incoming, client, head),
  );
  return server;
}

async function tunnel(
  lookup: Lookup,
  incoming: IncomingMessage,
  client: Socket,
  head: Buffer,
): Promise<void> {
  client.on("error", () => {});
  try {
    const target = new URL(`tcp://${incoming.url ?? ""}`);
    const socket = await open(await lookup(stripBrackets(target.hostname)), Number(target.port || 443));
    client.write("HTTP/1.1 200 Connection established\r\n\r\n");
    if (head.length > 0) socket.write(head);
    join(client, socket);
  } catch (error) {
    client.end(
      `HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n${sentence(error)}`,
    );
  }
}

function open(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true, timeout: connectMilliseconds });
    // It stays: until both ends are joined no error may end the process.
    socket.on("error", reject);
    socket.once("timeout", () => socket.destroy(new Error(`${host}:${port} does not answer`)));
    socket.once("connect", () => {
      socket.setTimeout(0);
      resolve(socket);
    });
  });
}

async function forward(lookup: Lookup, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const target = URL.canParse(incoming.url ?? "") ? new URL(incoming.url ?? "") : undefined;
    if (target?.protocol !== "http:") {
      response.writeHead(400, { "content-type": "text/plain" });
      response.end("This is the lab's proxy: it takes CONNECT and http:// addresses\n");
      return;
    }
    const { "proxy-connection": _hop, ...headers } = incoming.headers;
    const outgoing: ClientRequest = request({
      host: await lookup(stripBrackets(target.hostname)),
      port: target.port || 80,
      method: incoming.method,
      path: `${target.pathname}${target.search}`,
      headers: { ...headers, host: target.host },
      timeout: connectMilliseconds,
      agent: false,
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error(`${target.host} does not answer`)));
    outgoing.on("error", (error) => fail(response, error));
    outgoing.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(outgoing);
  } catch (error) {
    fail(response, error);
  }
}

function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(502, { "content-type": "text/plain" }).end(sentence(error));
}

function sentence(error: unknown): string {
  return `The lab's proxy cannot get there: ${error instanceof Error ? error.message : String(error)}\n`;
}

function stripBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}

import { once } from "node:events";
import { createServer as createHttpServer, type Server as HttpServer, type ServerResponse } from "node:http";
import { createServer as createHttpsServer, type Server as HttpsServer } from "node:https";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { type Authority, issueLeaf } from "../../ca/authority.ts";
import type { ZoneRow } from "../store.ts";
import { readClientHello } from "./client-hello.ts";
import type { Ports, ReverseProxy } from "./reverse-proxy.ts";
import type { EdgeSettings, Sites } from "./site.ts";

/** A running edge. */
export interface EdgeServer {
  readonly httpPort: number;
  readonly httpsPort: number;
}

const certificateDays = 90;
const renewBefore = 30 * 86_400_000;
const helloTimeout = 10_000;
/** A record of TLS holds 16 KiB at most; a first message that does not end within it is none. */
const largestHello = 16_389;
/** Alert, TLS 1.2, two bytes: fatal, handshake_failure. */
const handshakeFailure = Buffer.from([21, 3, 3, 0, 2, 2, 40]);

const modernCiphers = [
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
].join(":");
/** Zones that never raised the lowest version are open to the old one and its weaker ciphers, as they really are. */
const oldCiphers = `${modernCiphers}:ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA@SECLEVEL=0`;

interface ZoneServer {
  readonly server: HttpsServer;
  readonly renewAt: number;
}

/** Listens for visitors. A port of 0 takes a free one. */
export async function startEdge(
  address: string,
  ports: Ports,
  sites: Sites,
  proxy: ReverseProxy,
  authority: Authority,
): Promise<EdgeServer> {
  const http = createHttpServer((request, response) => void proxy.handle("http", request, response));
  const servers = new Map<string, Promise<ZoneServer>>();
  const https = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    readServerName(socket, async (serverName) => {
      const zone = serverName === undefined ? undefined : sites.tryFindZone(serverName);
      const settings = zone && sites.settingsOf(zone);
      if (
        zone === undefined ||
        settings === undefined ||
        settings.ssl === "off" ||
        !isCovered(serverName, zone)
      ) {
        refuse(socket);
        return;
      }
      const { server } = await zoneServer(servers, zone, settings.minTls, authority, proxy);
      server.emit("connection", socket);
    });
  });
  return {
    httpPort: await listen(http, ports.http, address),
    httpsPort: await listen(https, ports.https, address),
  };
}

async function listen(server: Server | HttpServer, port: number, address: string): Promise<number> {
  server.listen(port, address);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** The free certificate of a zone holds its name and one level below, no more. */
function isCovered(serverName: string | undefined, zone: ZoneRow): boolean {
  return serverName === zone.name || serverName?.slice(serverName.indexOf(".") + 1) === zone.name;
}

function readServerName(socket: Socket, then: (serverName: string | undefined) => Promise<void>): void {
  let received = Buffer.alloc(0);
  socket.setTimeout(helloTimeout, () => socket.destroy());
  const read = (): void => {
    for (let chunk = socket.read(); chunk !== null; chunk = socket.read())
      received = Buffer.concat([received, chunk]);
    const hello = readClientHello(received);
    const isTooLong = hello.state === "incomplete" && received.length > largestHello;
    if (hello.state === "incomplete" && !isTooLong) return;
    socket.off("readable", read).setTimeout(0).removeAllListeners("timeout");
    if (hello.state !== "complete") {
      refuse(socket);
      return;
    }
    // The TLS server reads the message again, from the start.
    socket.unshift(received);
    then(hello.serverName).catch(() => socket.destroy());
  };
  socket.on("readable", read);
}

function refuse(socket: Socket): void {
  socket.setTimeout(helloTimeout, () => socket.destroy());
  socket.end(handshakeFailure);
  // Bytes that nobody reads would turn the alert into a reset.
  socket.resume();
}

/** One server for each zone and lowest version: the version must be known before the handshake begins. */
async function zoneServer(
  servers: Map<string, Promise<ZoneServer>>,
  zone: ZoneRow,
  minTls: EdgeSettings["minTls"],
  authority: Authority,
  proxy: ReverseProxy,
): Promise<ZoneServer> {
  const key = `${zone.id} ${minTls}`;
  const known = await servers.get(key);
  if (known && Date.now() < known.renewAt) return known;
  const made = makeZoneServer(zone, minTls, authority, proxy);
  servers.set(key, made);
  return made;
}

async function makeZoneServer(
  zone: ZoneRow,
  minTls: EdgeSettings["minTls"],
  authority: Authority,
  proxy: ReverseProxy,
): Promise<ZoneServer> {
  const leaf = await issueLeaf(authority, { names: [zone.name, `*.${zone.name}`], days: certificateDays });
  const isOld = minTls === "1.0" || minTls === "1.1";
  const options = {
    key: leaf.keyPem,
    cert: leaf.pem,
    minVersion: `TLSv${minTls.replace(/^1\.0$/, "1")}` as "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3",
    ciphers: isOld ? oldCiphers : modernCiphers,
    ALPNProtocols: ["http/1.1"],
  };
  const server = createHttpsServer(options, (request, response: ServerResponse) => {
    void proxy.handle("https", request, response);
  });
  return { server, renewAt: leaf.notAfter.getTime() - renewBefore };
}

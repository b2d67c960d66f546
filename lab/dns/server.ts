import { createSocket, type Socket as DatagramSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer, isIPv6, type Server, type Socket } from "node:net";
import { answerMessage } from "./message.ts";
import type { ZoneSource } from "./zone.ts";

/** A running DNS server. */
export interface DnsServer {
  /** The port of both transports. */
  readonly port: number;
  close(): Promise<void>;
}

const idleMilliseconds = 10_000;

/**
 * Serves zones over UDP and TCP on the same port.
 * @param port 0 takes a free one
 * @param report is told of answers that could not be given
 */
export async function startDnsServer(
  source: ZoneSource,
  address: string,
  port: number,
  report: (error: unknown) => void,
): Promise<DnsServer> {
  const answer = (message: Uint8Array, transport: "udp" | "tcp"): Buffer | undefined => {
    try {
      return answerMessage(source, message, transport);
    } catch (error) {
      report(error);
      return undefined;
    }
  };
  const connections = new Set<Socket>();
  const tcp = createServer((socket) => {
    connections.add(socket);
    socket.on("close", () => connections.delete(socket));
    serveConnection(socket, (message) => answer(message, "tcp"));
  });
  const udp = await listenOnBoth(tcp, address, port);
  udp.on("message", (message, peer) => {
    const reply = answer(message, "udp");
    if (reply) udp.send(reply, peer.port, peer.address);
  });
  udp.on("error", report);
  return {
    port: udp.address().port,
    close: async () => {
      for (const socket of connections) socket.destroy();
      await Promise.all([
        new Promise((done) => tcp.close(done)),
        new Promise<void>((done) => udp.close(done)),
      ]);
    },
  };
}

/** A free port of the one transport may be taken in the other: then another one is tried. */
async function listenOnBoth(tcp: Server, address: string, port: number): Promise<DatagramSocket> {
  for (let attempt = 1; ; attempt++) {
    tcp.listen(port, address);
    await once(tcp, "listening");
    const udp = createSocket(isIPv6(address) ? "udp6" : "udp4");
    try {
      udp.bind((tcp.address() as AddressInfo).port, address);
      await once(udp, "listening");
      return udp;
    } catch (error) {
      udp.close();
      await new Promise((done) => tcp.close(done));
      if (port !== 0 || attempt >= 10 || (error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    }
  }
}

/** Messages over TCP have two bytes of length before them (RFC 1035, 4.2.2); several may share a connection. */
function serveConnection(socket: Socket, answer: (message: Uint8Array) => Buffer | undefined): void {
  let received = Buffer.alloc(0);
  socket.setTimeout(idleMilliseconds, () => socket.destroy());
  // An asker that hangs up is no concern of the server.
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 2) {
      const length = received.readUInt16BE(0);
      if (received.length < 2 + length) return;
      const reply = answer(received.subarray(2, 2 + length));
      received = received.subarray(2 + length);
      if (reply === undefined) {
        socket.destroy();
        return;
      }
      const framed = Buffer.alloc(2 + reply.length);
      framed.writeUInt16BE(reply.length);
      reply.copy(framed, 2);
      socket.write(framed);
    }
  });
}

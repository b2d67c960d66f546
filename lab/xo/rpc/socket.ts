import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { log } from "../log.ts";
import type { Simulator } from "../simulator.ts";
import type { Dispatcher } from "./dispatch.ts";
import type { Session } from "./method.ts";

/** Messages beyond this are refused. Bytes. */
const largestMessage = 64 * 1024 ** 2;
/** setTimeout counts with 32 bits; a later expiry is looked at again after this. Milliseconds. */
const longestTimer = 2 ** 31 - 1;

/** Upgrades requests for exactly /api/ to JSON-RPC connections; others are told 404. */
export function createSocketServer(
  xo: Simulator,
  dispatcher: Dispatcher,
): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  const server = new WebSocketServer({ noServer: true, maxPayload: largestMessage });
  server.on("connection", (socket) => serve(xo, dispatcher, socket));
  return (request, socket, head) => {
    const path = (request.url ?? "").split("?")[0];
    if (path !== "/api/") {
      // The server has let go of the socket: nobody else listens to what becomes of it.
      socket.on("error", () => socket.destroy());
      socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    server.handleUpgrade(request, socket, head, (upgraded) => server.emit("connection", upgraded, request));
  };
}

function serve(xo: Simulator, dispatcher: Dispatcher, socket: WebSocket): void {
  let expiry: NodeJS.Timeout | undefined;
  const watchExpiry = (): void => {
    clearTimeout(expiry);
    if (session.expires === undefined) return;
    const left = session.expires - Date.now();
    if (left <= 0) socket.close(1008, "the token has expired");
    else expiry = setTimeout(watchExpiry, Math.min(left, longestTimer)).unref();
  };
  const session: Session = { user: undefined, expires: undefined, token: undefined, signedIn: watchExpiry };
  const forget = xo.faults.watch(() => socket.terminate());
  socket.on("message", (data, isBinary) => {
    if (isBinary) return socket.close(1003, "text only");
    // Requests run side by side; each is answered when it is done.
    void dispatcher.answer(session, String(data)).then((answer) => {
      if (answer && socket.readyState === socket.OPEN) socket.send(JSON.stringify(answer));
    });
  });
  socket.on("error", (error) => log("warn", "a connection failed", { why: error.message }));
  socket.on("close", () => {
    clearTimeout(expiry);
    forget();
  });
}

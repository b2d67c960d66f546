import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * Joins two connections: what one sends the other gets, the end of its sending included. Both must allow to be
 * half open, or an answer that comes after the end of the question is lost.
 */
export function join(one: Socket, other: Socket): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.on("error", () => to.destroy());
    // After an orderly end the pipe has ended the other side, which may still have to write what it was given.
    from.on("close", () => {
      if (!from.readableEnded) to.destroy();
    });
    from.pipe(to);
  }
}

/** A server that hands every connection on to one address. */
export function forwardTo(host: string, port: number): Server {
  return createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    join(client, connect({ host, port, allowHalfOpen: true, noDelay: true }));
  });
}

import { connect, createServer, type Server } from "node:net";

const loopback = "127.0.0.1";

/** A listening socket on the machine's loopback that a daemon inside the lab's namespace is going to serve. */
export interface OpenPort {
  readonly port: number;
  readonly server: Server;
}

/**
 * Opens a port on 127.0.0.1.
 * @param wanted taken when it is free. @default - any free port
 */
export async function openPort(wanted?: number): Promise<OpenPort> {
  if (wanted !== undefined) {
    const same = await tryListen(wanted);
    if (same) return same;
  }
  const any = await tryListen(0);
  if (!any) throw new Error("no port on 127.0.0.1 is free");
  return any;
}

function tryListen(port: number): Promise<OpenPort | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE" || error.code === "EACCES") resolve(undefined);
      else reject(error);
    });
    server.listen({ host: loopback, port, backlog: 511 }, () => {
      const address = server.address();
      resolve(typeof address === "object" && address ? { port: address.port, server } : undefined);
    });
  });
}

/** Whether somebody greets with these first words at a port of 127.0.0.1. */
export function greets(port: number, words: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: loopback, port, timeout: 1000 });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("data", (bytes) => end(bytes.toString("latin1").startsWith(words)));
    socket.once("close", () => end(false));
    socket.once("timeout", () => end(false));
    socket.once("error", () => end(false));
  });
}

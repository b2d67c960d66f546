import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/**
 * A port that nobody listens on. Not one of those that the kernel gives to connections going out: between the look and
 * the use another test's connection could take it.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(12_000, 32_000);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
}

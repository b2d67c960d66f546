import { Client } from "ssh2";
import { addressOf, openRoute, type SshServer } from "./connect.ts";
import { type HostKey, hostKeyFromBlob } from "./host-key.ts";

/**
 * Asks a server for its ed25519 host key: the handshake alone, nobody signs in. One attempt.
 * @throws HostKeyMismatch and SignInRefused of the jump host, or what the network said
 */
export async function readHostKey(
  server: SshServer,
  proxy: SshServer | undefined,
  signal: AbortSignal,
): Promise<HostKey> {
  const route = await openRoute(server, proxy, signal);
  const client = new Client();
  try {
    return await new Promise<HostKey>((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      client.on("error", reject);
      client.once("close", () => reject(new Error(`${addressOf(server)} closed the connection`)));
      client.connect({
        host: server.host,
        port: server.port,
        username: server.user,
        readyTimeout: server.timeout ?? 15_000,
        ...(route.channel === undefined ? {} : { sock: route.channel }),
        algorithms: { serverHostKey: ["ssh-ed25519"] },
        hostVerifier: (blob: Buffer): boolean => {
          resolve(hostKeyFromBlob(Buffer.from(blob)));
          return false;
        },
      });
      client.setNoDelay(true);
    });
  } finally {
    client.destroy();
    route.close();
  }
}

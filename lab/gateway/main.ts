import type { Server } from "node:net";
import { addresses } from "../network/names.ts";
import { forwardTo } from "./forward.ts";
import { lookupAt, makeProxy } from "./proxy.ts";

/*
 * The lab's gate: runs inside the lab's namespace on two sockets that were opened outside of it.
 *   fd 3  to the jump host's sshd
 *   fd 4  HTTP proxy that resolves through the lab's DNS
 *   fd 5  to the sshd of the quarantine's jump host
 */

const servers: readonly [Server, number][] = [
  [forwardTo(addresses.jumpHost, 22), 3],
  [makeProxy(lookupAt(addresses.dns)), 4],
  [forwardTo(addresses.quarantineJump, 22), 5],
];

for (const [server, fd] of servers) server.listen({ fd });

process.on("SIGTERM", () => process.exit(0));

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { createSecureContext, TLSSocket } from "node:tls";
import { issueLeaf, openAuthority } from "../../lab/ca/authority.ts";

const body = "400 No required SSL certificate was sent\n";
const answer = `HTTP/1.1 400 Bad Request\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`;

/**
 * The web server of every machine on paper: whatever name is asked for, it has a certificate for it, and answers
 * as a site that only Cloudflare's edge may visit. Whoever looks from outside is content with that.
 */
export async function openPaperWeb(): Promise<(connection: Duplex) => void> {
  const folder = mkdtempSync(join(tmpdir(), "farm-bench-"));
  const authority = await openAuthority(join(folder, "authority.pem"), {
    commonName: "Paper",
    organization: "Paper",
    days: 365,
  });
  rmSync(folder, { recursive: true });
  const secure = async (name: string) => {
    const { pem, keyPem } = await issueLeaf(authority, { names: [name], days: 90 });
    return createSecureContext({ cert: pem, key: keyPem });
  };
  return (connection) => {
    const socket = new TLSSocket(connection, {
      isServer: true,
      SNICallback: (name, done) => void secure(name).then((context) => done(null, context), done),
    });
    socket.on("error", () => {});
    socket.once("data", () => socket.end(answer));
  };
}

import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** The transit engine of HashiCorp Vault and OpenBao, as far as the engine's `hashivault://` uses it. */
export interface Vault {
  readonly url: string;
  readonly token: string;
  /** "encrypt allris-farm", in order. */
  readonly calls: readonly string[];
  stop(): Promise<void>;
}

/** Starts a vault with one key in memory; the API is that of docs "transit", encrypt and decrypt. */
export async function startVault(): Promise<Vault> {
  const key = randomBytes(32);
  const token = `hvs.${randomBytes(16).toString("hex")}`;
  const calls: string[] = [];
  const seal = (text: string): string => {
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", key, nonce);
    const sealed = Buffer.concat([cipher.update(text, "base64"), cipher.final()]);
    return `vault:v1:${Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64")}`;
  };
  const open = (text: string): string => {
    const all = Buffer.from(text.replace(/^vault:v1:/, ""), "base64");
    const decipher = createDecipheriv("aes-256-gcm", key, all.subarray(0, 12));
    decipher.setAuthTag(all.subarray(12, 28));
    return Buffer.concat([decipher.update(all.subarray(28)), decipher.final()]).toString("base64");
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.headers["x-vault-token"] !== token) return answer(403, { errors: ["permission denied"] });
    const [, verb, name] = /^\/v1\/transit\/(encrypt|decrypt)\/([\w-]+)$/.exec(request.url ?? "") ?? [];
    if (verb === undefined) return answer(404, { errors: [] });
    calls.push(`${verb} ${name}`);
    const { plaintext = "", ciphertext = "" } = JSON.parse(Buffer.concat(chunks).toString()) as Record<
      string,
      string
    >;
    try {
      answer(200, {
        data: verb === "encrypt" ? { ciphertext: seal(plaintext) } : { plaintext: open(ciphertext) },
      });
    } catch {
      answer(400, { errors: ["cipher: message authentication failed"] });
    }
  };
  const server = createServer((request, response) => {
    // Who asks may be killed in the middle of it; whoever still listens sees that no answer comes.
    serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    calls,
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

import { request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { checkServerIdentity, connect as connectTls, type TLSSocket } from "node:tls";
import { messageOf } from "../../lib/farm-error.ts";
import { openRoute } from "../ssh/connect.ts";
import { serversOf } from "../ssh/dial.ts";
import type { ReleaseInputs } from "./release-inputs.ts";

/** Milliseconds of one look. */
const limit = 15_000;

/** The page that is looked at: what a visitor sees first. */
function firstPage(checks: ReleaseInputs["checks"]): string {
  return checks.citizens ?? checks.politicians ?? "/";
}

function handshake(socket: TLSSocket, domain: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // For good: behind a jump host a way that breaks tells of it more than once, and after the socket was given up.
    socket.on("error", reject);
    socket.once("secureConnect", () => {
      // The chain is checked where certificates are issued and by the monitoring; here the name must fit.
      const wrong = checkServerIdentity(domain, socket.getPeerCertificate());
      if (wrong === undefined) resolve();
      else reject(wrong);
    });
  });
}

function get(socket: TLSSocket, domain: string, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { host: domain, "user-agent": "allris-farm/check" };
    const asked = request({ createConnection: () => socket, path, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString() }),
      );
    });
    asked.on("error", reject);
    asked.end();
  });
}

async function look(inputs: ReleaseInputs, anyVersion: boolean, signal: AbortSignal): Promise<void> {
  const { server, proxy } = serversOf(inputs.connection);
  const { domain, version, build, checks } = inputs;
  const web = { ...server, port: 443, timeout: limit };
  const route = await openRoute(web, proxy, AbortSignal.any([signal, AbortSignal.timeout(limit)]));
  const target = route.channel === undefined ? { host: server.host, port: 443 } : { socket: route.channel };
  const socket = connectTls({ ...target, servername: domain, rejectUnauthorized: false });
  const stop = setTimeout(() => socket.destroy(new Error(`no answer within ${limit / 1000} s`)), limit);
  try {
    await handshake(socket, domain);
    const path = firstPage(checks);
    const { status, body } = await get(socket, domain, path);
    // A site behind Cloudflare lets nobody in without the edge's certificate: it answers, and says no more.
    if (status === 400 && /SSL certificate/i.test(body)) return;
    if (status !== 200) throw new Error(`https://${domain}${path} answers ${status}`);
    if (!anyVersion && !body.includes(`Version ${version} (${build})`))
      throw new Error(`https://${domain}${path} does not say Version ${version} (${build})`);
  } finally {
    clearTimeout(stop);
    socket.destroy();
    route.close();
  }
}

/** How patiently and for what to look. */
export interface HowToLook {
  /** How long to try; 0 is one attempt. */
  readonly seconds: number;
  /** Any release will do. */
  readonly anyVersion: boolean;
}

/**
 * Looks at the site's first page as a visitor would: the machine's own address on port 443, by the site's name.
 * @returns why it does not answer as it should, or undefined when it does
 */
export async function reasonAgainstSite(
  inputs: ReleaseInputs,
  how: HowToLook,
  signal: AbortSignal,
): Promise<string | undefined> {
  const end = Date.now() + how.seconds * 1000;
  for (;;) {
    try {
      await look(inputs, how.anyVersion, signal);
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      if (Date.now() >= end) return messageOf(error);
    }
    await sleep(500, undefined, { signal });
  }
}

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { request } from "node:http";
import type { Socket } from "node:net";
import { join } from "node:path";
import { connect, type PeerCertificate } from "node:tls";
import { writeFileAtomic } from "../lib/atomic-file.ts";
import type { LabFile, LabPlaces } from "./lab-file.ts";

/** What a visitor of a site sees. */
export interface SiteAnswer {
  readonly status: number;
  /** Where a redirect leads, as it was sent. @default - it is none */
  readonly location: string | undefined;
  readonly body: string;
  /** Common name, else organisation, of the certificate's issuer. */
  readonly issuer: string;
  /** Whole days until the certificate ends. */
  readonly daysLeft: number;
  /** The certificate as it was served. */
  readonly certificate: PeerCertificate;
}

/** Every root that a visitor of the lab trusts: public CAs of the lab, not the Origin CA. */
export function trustedRoots(lab: LabFile): string[] {
  const { folder } = lab.roots;
  // A lab without ACME server and Cloudflare has none.
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^(pebble-\d+|edge|customer-ca)\.pem$/.test(name))
    .map((name) => readFileSync(join(folder, name), "utf8"));
}

/**
 * One file of all these, for whoever visits the lab's sites from inside. It is brought up to date: a root comes to be
 * with the first certificate that is issued below it.
 */
export function visitorRoots(places: LabPlaces, lab: LabFile): string {
  const [file, text] = [join(places.lab, "visitors.pem"), trustedRoots(lab).sort().join("")];
  if (!existsSync(file) || readFileSync(file, "utf8") !== text) writeFileAtomic(file, text);
  return file;
}

/** A connection to a site by its name, through the lab's proxy, which alone knows the lab's DNS. */
export function connectByName(lab: LabFile, host: string, port: number, timeout = 10_000): Promise<Socket> {
  const proxy = new URL(lab.proxy);
  return new Promise((resolve, reject) => {
    const connection = request({
      host: proxy.hostname,
      port: proxy.port,
      method: "CONNECT",
      path: `${host}:${port}`,
      timeout,
    });
    connection.once("connect", (response, socket, head) => {
      if (response.statusCode === 200) return resolve(socket);
      // The proxy says why after the head, and closes.
      const said: Uint8Array[] = [head];
      socket.on("data", (chunk: Buffer) => said.push(chunk));
      socket.once("error", reject);
      socket.once("close", () => {
        const why = Buffer.concat(said).toString().trim();
        reject(new Error(`no connection to ${host}:${port} (${response.statusCode}): ${why}`));
      });
    });
    connection.once("timeout", () =>
      connection.destroy(new Error(`no connection to ${host}:${port} in ${timeout} ms`)),
    );
    connection.once("error", reject);
    connection.end();
  });
}

/** Redirects that a visitor follows until it is a circle. */
const mostRedirects = 5;

/**
 * GET over HTTPS with the chain and the name verified. Redirects within the site are followed as by any visitor;
 * one to another name is an answer of its own. Rejects with the reason when anything is wrong.
 */
export async function visit(lab: LabFile, host: string, path = "/", timeout = 10_000): Promise<SiteAnswer> {
  let at = new URL(path, `https://${host}`);
  for (let followed = 0; followed <= mostRedirects; followed++) {
    const answer = await get(lab, host, `${at.pathname}${at.search}`, timeout);
    if (answer.location === undefined) return answer;
    const next = new URL(answer.location, at);
    if (next.host !== at.host) return answer;
    at = next;
  }
  throw new Error(`https://${host}${path} redirects more than ${mostRedirects} times`);
}

async function get(lab: LabFile, host: string, path: string, timeout: number): Promise<SiteAnswer> {
  const socket = await connectByName(lab, host, 443, timeout);
  const secure = connect({ socket, servername: host, ca: trustedRoots(lab), minVersion: "TLSv1.2" });
  secure.setTimeout(timeout, () => secure.destroy(new Error(`${host} does not answer within ${timeout} ms`)));
  try {
    return await new Promise<SiteAnswer>((resolve, reject) => {
      secure.once("error", reject);
      secure.once("secureConnect", () => {
        const certificate = secure.getPeerCertificate();
        const asked = request(
          { createConnection: () => secure, host, path, headers: { host, connection: "close" } },
          (response) => {
            const chunks: Buffer[] = [];
            response.on("data", (chunk: Buffer) => chunks.push(chunk));
            response.once("error", reject);
            response.once("end", () =>
              resolve({
                status: response.statusCode ?? 0,
                location: response.headers.location,
                body: Buffer.concat(chunks).toString(),
                issuer: String(certificate.issuer.CN ?? certificate.issuer.O ?? "unknown"),
                daysLeft: Math.floor((Date.parse(certificate.valid_to) - Date.now()) / 86_400_000),
                certificate,
              }),
            );
          },
        );
        asked.once("error", reject);
        asked.end();
      });
    });
  } finally {
    secure.destroy();
  }
}

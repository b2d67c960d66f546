import { readdirSync, readFileSync } from "node:fs";
import { connect, isIP, type Socket } from "node:net";
import { join } from "node:path";
import { checkServerIdentity, type TLSSocket, connect as tlsConnect } from "node:tls";
import { originPullRoot } from "../authorities.ts";
import { EdgeError } from "./edge-error.ts";

/** How to reach an origin. */
export interface OriginTarget {
  readonly address: string;
  readonly port: number;
  /** The edge's own address. */
  readonly localAddress: string;
  /** Milliseconds until the origin counts as not answering. */
  readonly connectTimeout: number;
}

/** How to speak TLS with an origin. */
export interface OriginTls {
  /** The visitor's host name: sent as server name, and the name that a strict check wants. */
  readonly host: string;
  /** Whether the certificate is checked. */
  readonly strict: boolean;
  /** Key and certificate that are shown to the origin. @default - none */
  readonly client: { readonly keyPem: string; readonly pem: string } | undefined;
  /** Folder with the roots that a strict check trusts. */
  readonly roots: string;
  /** Whether a certificate, by its serial number, was revoked. */
  readonly isRevoked: (serialNumber: string) => boolean;
}

/** Opens a connection. @throws EdgeError 521 (refused), 522 (no answer), 523 (no way) */
export function connectOrigin(target: OriginTarget): Promise<Socket> {
  const { address, port, localAddress } = target;
  return new Promise((resolve, reject) => {
    const isSameFamily = isIP(address) === isIP(localAddress);
    const socket = connect({ host: address, port, ...(isSameFamily ? { localAddress } : {}) });
    socket.setTimeout(target.connectTimeout, () => fail(new EdgeError(522, "Connection timed out")));
    const fail = (error: EdgeError): void => {
      socket.destroy();
      reject(error);
    };
    socket.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ETIMEDOUT") fail(new EdgeError(522, "Connection timed out"));
      else if (error.code === "ECONNREFUSED") fail(new EdgeError(521, "Web server is down"));
      else fail(new EdgeError(523, "Origin is unreachable"));
    });
    socket.once("connect", () => {
      socket.setTimeout(0);
      socket.removeAllListeners("timeout");
      // From here on the one who uses the connection sees its errors; none may end the process in between.
      socket.on("error", () => socket.destroy());
      resolve(socket);
    });
  });
}

/** Starts TLS on a connection. @throws EdgeError 525 (no handshake), 526 (certificate not good for a strict check) */
export function secureOrigin(socket: Socket, options: OriginTls, timeout: number): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const fail = (error: EdgeError): void => {
      secured.destroy();
      reject(error);
    };
    const secured = tlsConnect({
      socket,
      servername: options.host,
      ALPNProtocols: ["http/1.1"],
      // The check happens below, where its failure can be told from a failed handshake.
      rejectUnauthorized: false,
      ...(options.strict ? { ca: readRoots(options.roots) } : {}),
      ...(options.client ? { key: options.client.keyPem, cert: options.client.pem } : {}),
    });
    secured.setTimeout(timeout, () => fail(new EdgeError(525, "SSL handshake failed")));
    secured.once("error", () => fail(new EdgeError(525, "SSL handshake failed")));
    secured.once("close", () => fail(new EdgeError(525, "SSL handshake failed")));
    secured.once("secureConnect", () => {
      if (options.strict && !isTrusted(secured, options)) {
        fail(new EdgeError(526, "Invalid SSL certificate"));
        return;
      }
      secured.setTimeout(0);
      secured.removeAllListeners("timeout");
      resolve(secured);
    });
  });
}

function isTrusted(socket: TLSSocket, options: OriginTls): boolean {
  const certificate = socket.getPeerCertificate();
  return (
    socket.authorized &&
    checkServerIdentity(options.host, certificate) === undefined &&
    !options.isRevoked(certificate.serialNumber)
  );
}

/** Read anew for each connection: roots come and go while the edge runs. */
function readRoots(folder: string): string[] {
  const files = readdirSync(folder).filter((name) => name.endsWith(".pem") && name !== originPullRoot);
  return files.map((name) => readFileSync(join(folder, name), "utf8"));
}

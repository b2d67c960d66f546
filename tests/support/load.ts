import { Agent, get } from "node:https";
import { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, type TLSSocket } from "node:tls";
import { type LabFile, readLab } from "../../lab/lab-file.ts";
import { connectByName, trustedRoots } from "../../lab/probe.ts";

/** What a load saw. */
export interface LoadReport {
  /** Answers with status 200. */
  readonly answered: number;
  /** Why each request that got no such answer was lost. */
  readonly lost: readonly string[];
  /** Requests that a kept connection closed on before they arrived, and that a new one answered. */
  readonly repeated: number;
  /** SHA-256 fingerprints of the certificates of new connections, in the order of their first appearance. */
  readonly certificates: readonly string[];
  readonly seconds: number;
}

interface Tally {
  answered: number;
  repeated: number;
  readonly lost: string[];
  readonly certificates: Set<string>;
}

/** A load that runs. */
export interface Load {
  /** What was seen until now. */
  seen(): Pick<LoadReport, "answered" | "certificates">;
  stop(): Promise<LoadReport>;
}

/** What is visited and by how many. */
export interface LoadOptions {
  /** Page of the site; anything but status 200 is lost, a redirect too. @default - "/" */
  readonly path?: string;
  /** Visitors who keep their connection. @default - 3 */
  readonly keeping?: number;
  /** Visitors who make a new one for each request. @default - 2 */
  readonly fresh?: number;
}

/** Milliseconds from a visitor's request to the next. */
const pace = 100;

/**
 * Visits a page over HTTPS until it is stopped, chain and name verified. Ten requests a second for each visitor:
 * after a slow answer the next ones follow at once until the pace is kept again.
 */
export function startLoad(host: string, { path = "/", keeping = 3, fresh = 2 }: LoadOptions = {}): Load {
  const lab = readLab();
  const begun = Date.now();
  const tally: Tally = { answered: 0, repeated: 0, lost: [], certificates: new Set() };
  const end = new AbortController();
  const visitor = async (keepAlive: boolean): Promise<void> => {
    const agent = labAgent(lab, host, keepAlive);
    for (let due = Date.now() + pace; !end.signal.aborted; due += pace) {
      await visitOnce(agent, { host, path }, tally);
      await sleep(Math.max(0, due - Date.now()));
    }
    agent.destroy();
  };
  const all = [
    ...Array.from({ length: keeping }, () => visitor(true)),
    ...Array.from({ length: fresh }, () => visitor(false)),
  ];
  return {
    seen: () => ({ answered: tally.answered, certificates: [...tally.certificates] }),
    stop: async () => {
      end.abort();
      await Promise.all(all);
      return { ...tally, certificates: [...tally.certificates], seconds: (Date.now() - begun) / 1000 };
    },
  };
}

interface Page {
  readonly host: string;
  readonly path: string;
}

async function visitOnce(agent: Agent, page: Page, tally: Tally): Promise<void> {
  for (;;) {
    try {
      const seen = await request(agent, page);
      if (seen.status !== 200) tally.lost.push(`status ${seen.status}`);
      else tally.answered++;
      tally.certificates.add(seen.fingerprint);
      return;
    } catch (error) {
      // RFC 9110, 9.2.2: a GET that meets the end of a kept connection is sent again, as every browser does.
      if (error instanceof ClosedBefore) tally.repeated++;
      else return void tally.lost.push(String(error));
    }
  }
}

/** A kept connection ended before anything of the answer came. */
class ClosedBefore extends Error {}

function request(agent: Agent, { host, path }: Page): Promise<{ status: number; fingerprint: string }> {
  return new Promise((resolve, reject) => {
    const asked = get({ agent, host, path, headers: { host }, timeout: 10_000 }, (response) => {
      const { fingerprint256 } = (response.socket as TLSSocket).getPeerCertificate();
      response.once("error", reject);
      response.once("end", () =>
        response.complete
          ? resolve({ status: response.statusCode ?? 0, fingerprint: fingerprint256 })
          : reject(new Error("the answer broke off")),
      );
      response.resume();
    });
    asked.once("timeout", () => asked.destroy(new Error("no answer within 10 s")));
    asked.once("error", (error: NodeJS.ErrnoException) => {
      const closed = error.code === "ECONNRESET" || error.code === "EPIPE";
      reject(asked.reusedSocket && closed ? new ClosedBefore() : error);
    });
  });
}

/** An agent whose connections go through the lab's proxy, which alone knows the lab's names. */
function labAgent(lab: LabFile, host: string, keepAlive: boolean): Agent {
  const agent = new Agent({ keepAlive, maxSockets: 1 });
  agent.createConnection = (_options, done) => {
    connectByName(lab, host, 443)
      // What fails here is that visitor's loss, too.
      .then((socket) => connect({ socket, servername: host, ca: trustedRoots(lab) }))
      .then(
        (secure) => done?.(null, secure),
        (error: Error) => done?.(error, new Duplex()),
      );
    return undefined;
  };
  return agent;
}

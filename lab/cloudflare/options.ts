import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { FarmError, messageOf } from "../../lib/farm-error.ts";
import type { Ports } from "./edge/reverse-proxy.ts";

/** How the simulator was started. */
export interface SimulatorOptions {
  /** Where the API listens: on a socket that was handed over, or on a port of 127.0.0.1. */
  readonly api: { readonly fd: number } | { readonly port: number };
  /** Folder of its data. */
  readonly state: string;
  /** The API token. */
  readonly token: string;
  /** Folder of the roots that visitors and origins trust. */
  readonly roots: string;
  /** @default - no DNS server */
  readonly dns: { readonly address: string; readonly port: number } | undefined;
  /** @default - no edge: proxied records answer with their own addresses */
  readonly edge: { readonly address: string; readonly ports: Ports } | undefined;
  /** Ports at which the edge reaches origins. @default 80 and 443 */
  readonly originPorts: Ports;
  /** Milliseconds until the edge gives up connecting to an origin. @default 15000 */
  readonly connectTimeout: number;
}

/** Reads the command line. @throws FarmError */
export function readOptions(args: readonly string[]): SimulatorOptions {
  const { values } = parseOptions(args);
  const { state, roots, secrets } = values;
  if (state === undefined || roots === undefined || secrets === undefined) {
    throw usage("--state <folder>, --roots <folder> and --secrets <file> are needed");
  }
  return {
    api: readApi(values["listen-fd"], values.port),
    state,
    roots,
    token: readToken(secrets),
    dns: values.dns === undefined ? undefined : readDns(values.dns),
    edge: values.edge === undefined ? undefined : readEdge(values.edge),
    originPorts: readPorts(values["origin-ports"].split(":")),
    connectTimeout: readNumber(values["connect-timeout"]),
  };
}

function parseOptions(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        "listen-fd": { type: "string" },
        port: { type: "string" },
        state: { type: "string" },
        secrets: { type: "string" },
        roots: { type: "string" },
        dns: { type: "string" },
        edge: { type: "string" },
        "origin-ports": { type: "string", default: "80:443" },
        "connect-timeout": { type: "string", default: "15000" },
      },
    });
  } catch (error) {
    throw usage(messageOf(error));
  }
}

function readApi(fd: string | undefined, port: string | undefined): SimulatorOptions["api"] {
  if (fd !== undefined && port === undefined) return { fd: readNumber(fd) };
  if (port !== undefined && fd === undefined) return { port: readNumber(port) };
  throw usage("either --listen-fd or --port is needed");
}

function readDns(text: string): { address: string; port: number } {
  const [address = "", port = "53"] = text.split(":");
  return { address, port: readNumber(port) };
}

function readEdge(text: string): { address: string; ports: Ports } {
  const [address = "", ...ports] = text.split(":");
  return { address, ports: readPorts(ports.length === 0 ? ["80", "443"] : ports) };
}

function readPorts([http = "", https = ""]: readonly string[]): Ports {
  return { http: readNumber(http), https: readNumber(https) };
}

function readNumber(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw usage(`"${text}" is no number`);
}

function readToken(path: string): string {
  try {
    const token: unknown = JSON.parse(readFileSync(path, "utf8")).cloudflare.token;
    if (typeof token === "string" && /^[0-9A-Za-z_-]{40,80}$/.test(token)) return token;
  } catch (error) {
    throw new FarmError({
      what: "the secrets of the lab cannot be read",
      where: path,
      why: messageOf(error),
    });
  }
  throw new FarmError({
    what: "the API token is missing or malformed",
    where: `${path}, cloudflare.token`,
    why: "it has 40 to 80 letters, digits, hyphens or underscores",
  });
}

function usage(why: string): FarmError {
  return new FarmError({
    what: "the Cloudflare simulator cannot start",
    why,
    next: "main.ts (--listen-fd N | --port N) --state <folder> --roots <folder> --secrets <file> [--dns <ip>[:port]] [--edge <ip>[:http:https]] [--origin-ports http:https] [--connect-timeout ms]",
  });
}

import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { FarmError } from "../../lib/farm-error.ts";
import { issueLeaf } from "../ca/authority.ts";
import { type DnsServer, startDnsServer } from "../dns/server.ts";
import { type CloudflareAuthorities, openCloudflareAuthorities } from "./authorities.ts";
import { DnsFaults, OrderedSilence } from "./dns-faults.ts";
import { DnsView } from "./dns-view.ts";
import { type EdgeServer, startEdge } from "./edge/front.ts";
import { ReverseProxy } from "./edge/reverse-proxy.ts";
import { Sites } from "./edge/site.ts";
import { makeApiServer } from "./http.ts";
import { log } from "./log.ts";
import { readOptions, type SimulatorOptions } from "./options.ts";
import { isRevoked } from "./origin-ca.ts";
import { Store } from "./store.ts";
import { TrafficCounter } from "./traffic.ts";

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  const store = new Store(join(options.state, "data"));
  const authorities = await openCloudflareAuthorities(join(options.state, "authorities"), options.roots);
  const view = new DnsView(store, {
    dns: options.dns?.address ?? "127.0.0.1",
    edge: options.edge?.address,
  });
  // The edge finds its zones all the same: who cannot resolve a name does not come to it.
  const dnsFaults = new DnsFaults(view);
  const dns = options.dns && (await startDns(dnsFaults, options.dns));
  const edge = options.edge && (await startEdgeServer(store, view, authorities, options.edge, options));
  // Last: who gets an answer from the API may rely on DNS and edge.
  const api = makeApiServer({ store, originCa: authorities.originCa, dnsFaults }, options.token);
  const stop = async (): Promise<void> => {
    api.close();
    await store.close();
    log("stopped");
    process.exit(0);
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  const port = await listen(api, options.api);
  if ("port" in options.api) {
    const ports = { port, dns: dns?.port, edgeHttp: edge?.httpPort, edgeHttps: edge?.httpsPort };
    process.stdout.write(`${JSON.stringify(ports)}\n`);
  }
  log("started", { port, dns: dns?.port, edge: edge?.httpsPort });
}

function startDns(
  source: DnsFaults,
  { address, port }: { address: string; port: number },
): Promise<DnsServer> {
  return startDnsServer(source, address, port, (error) => {
    if (!(error instanceof OrderedSilence)) log("dns", { error: String(error) });
  });
}

async function startEdgeServer(
  store: Store,
  view: DnsView,
  authorities: CloudflareAuthorities,
  edge: NonNullable<SimulatorOptions["edge"]>,
  options: SimulatorOptions,
): Promise<EdgeServer> {
  const sites = new Sites(store, view);
  const proxy = new ReverseProxy(sites, {
    address: edge.address,
    ports: edge.ports,
    originPorts: options.originPorts,
    connectTimeout: options.connectTimeout,
    client: await issueLeaf(authorities.originPull, {
      names: ["origin-pull.cloudflare.example"],
      days: 10 * 365,
      usages: ["client"],
    }),
    roots: options.roots,
    isRevoked: (serialNumber) => isRevoked(store, serialNumber),
    traffic: new TrafficCounter(store),
  });
  return startEdge(edge.address, edge.ports, sites, proxy, authorities.edge);
}

async function listen(server: Server, where: SimulatorOptions["api"]): Promise<number> {
  server.listen("fd" in where ? { fd: where.fd } : { port: where.port, host: "127.0.0.1" });
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof FarmError ? error.message : (error as Error).stack}\n`);
  process.exit(1);
}

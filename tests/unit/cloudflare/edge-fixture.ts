import { readFileSync, writeFileSync } from "node:fs";
import type { Server } from "node:net";
import { join } from "node:path";
import { issueLeaf, openAuthority } from "../../../lab/ca/authority.ts";
import { issueCustomerCertificate } from "../../../lab/ca/customer.ts";
import { run } from "../../../lib/run.ts";
import { freePort } from "../../support/free-port.ts";
import { httpOrigin, httpsOrigin, listen, type Visit } from "./origin.ts";
import { Simulator } from "./simulator.ts";

/** The name of the good site. */
export const site = "ratsinfo.stadt.example";

/** A simulator with an edge, a strict zone with origin pulls, and origins good and bad. */
interface EdgeFixture {
  readonly simulator: Simulator;
  readonly zone_id: string;
  /** How to reach the edge. */
  readonly edge: Visit;
  /** Of the good origin. */
  readonly certificateId: string;
  close(): Promise<void>;
}

export async function startEdgeFixture(): Promise<EdgeFixture> {
  const simulator = new Simulator();
  const servers: Server[] = [];
  const [httpPort, httpsPort] = [await freePort(), await freePort()];
  const ports = ["--origin-ports", `${httpPort}:${httpsPort}`, "--connect-timeout", "700"];
  await simulator.start("--dns", "127.0.0.1:0", "--edge", "127.0.0.1:0:0", ...ports);
  const edge = {
    port: simulator.port("edgeHttps"),
    ca: readFileSync(join(simulator.roots, "edge.pem"), "utf8"),
  };
  const zone_id = await simulator.zone("stadt.example");
  for (const [name, content] of [
    ["ratsinfo", "127.0.0.1"],
    ["wrongname", "127.0.0.1"],
    ["foreign", "127.0.0.3"],
    ["down", "127.0.0.4"],
    ["plain", "127.0.0.5"],
    ["delivered", "127.0.0.6"],
    ["a.b", "127.0.0.1"],
  ]) {
    await simulator.record(zone_id, { type: "A", name, content, proxied: true });
  }
  await simulator.record(zone_id, { type: "A", name: "grey", content: "127.0.0.1" });
  await simulator.record(zone_id, { type: "CNAME", name: "alias", content: site, proxied: true });
  await simulator.record(zone_id, {
    type: "CNAME",
    name: "nowhere",
    content: "missing.stadt.example",
    proxied: true,
  });

  const key = await run("openssl", ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]);
  const keyFile = join(simulator.folder, "origin.key");
  writeFileSync(keyFile, key, { mode: 0o600 });
  const csr = await run("openssl", ["req", "-new", "-key", keyFile, "-subj", "/CN=origin"]);
  const issued = await simulator.client.originCACertificates.create({
    csr,
    hostnames: [site, "alias.stadt.example"],
    request_type: "origin-ecc",
    requested_validity: 7,
  });
  const certificateId = issued.id ?? "";
  const ca = readFileSync(join(simulator.roots, "origin-pull-ca.pem"), "utf8");
  const stranger = await openAuthority(join(simulator.folder, "stranger.pem"), {
    commonName: "Stranger",
    organization: "Stranger",
    days: 30,
  });
  const foreign = await issueLeaf(stranger, { names: ["foreign.stadt.example"], days: 7 });
  const delivery = join(simulator.folder, "delivery");
  const authorities = join(simulator.folder, "customer");
  await issueCustomerCertificate({
    folder: delivery,
    names: ["delivered.stadt.example"],
    days: 7,
    authorities,
    roots: simulator.roots,
  });
  const read = (file: string): string => readFileSync(join(delivery, file), "utf8");
  for (const [server, address, port] of [
    [httpsOrigin({ key, cert: issued.certificate ?? "", ca }), "127.0.0.1", httpsPort],
    [httpOrigin(), "127.0.0.1", httpPort],
    [httpsOrigin({ key: foreign.keyPem, cert: foreign.pem }), "127.0.0.3", httpsPort],
    [httpOrigin(), "127.0.0.5", httpsPort],
    [httpsOrigin({ key: read("key.pem"), cert: read("chain.pem") }), "127.0.0.6", httpsPort],
  ] as const) {
    await listen(server, address, port);
    servers.push(server);
  }
  await simulator.client.zones.settings.edit("ssl", { zone_id, value: "strict" });
  await simulator.client.originTLSClientAuth.settings.update({ zone_id, enabled: true });
  const close = async (): Promise<void> => {
    for (const server of servers) server.close();
    await simulator.remove();
  };
  return { simulator, zone_id, edge, certificateId, close };
}

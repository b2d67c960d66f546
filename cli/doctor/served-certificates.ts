import { connect } from "node:tls";
import { FarmError, messageOf } from "../../lib/farm-error.ts";
import { nameOf } from "../../model/stack-state.ts";
import type { Tenant } from "../../model/tenant.ts";
import { openRoute, type SshServer } from "../../providers/ssh/connect.ts";
import { vmType } from "../heal/cure.ts";
import type { Context } from "./context.ts";
import { type Check, type Finding, fine } from "./finding.ts";

/** Days before its end from which on a certificate wants a successor: by then a renewal has failed twice. */
const early = 20;
const day = 86_400_000;
/** Milliseconds of one look. */
const limit = 10_000;
/** Looks at a time: each is a connection of its own through the jump host. */
const atOnce = 8;

/** The certificates as the machines serve them, whoever issued them. */
export const servedCertificatesCheck: Check<Context> = {
  id: "certificates",
  title: "certificates",
  async run(context) {
    const [{ resources }, { tenants, settings }] = await Promise.all([context.state(), context.farm()]);
    const made = new Set(
      resources.filter(({ type }) => type === vmType).map(({ urn }) => nameOf(urn).replace(/-vm$/, "")),
    );
    const sites = tenants.filter(({ id }) => made.has(id));
    if (sites.length === 0) return [fine("certificates.none", "no site yet")];
    const agentSocket = context.environment["SSH_AUTH_SOCK"];
    const { jump } = settings.access;
    const way = jump && { ...jump, agentSocket, timeout: limit };
    const findings: Finding[] = [];
    const queue = [...sites];
    const work = async (): Promise<void> => {
      for (let tenant = queue.shift(); tenant !== undefined; tenant = queue.shift())
        findings.push(await examine(tenant, way, context));
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    const bad = findings.filter(({ severity }) => severity !== "fine");
    return bad.length > 0 ? bad : [fine("certificates.good", `${sites.length}, ${early} days or more each`)];
  },
};

async function examine(
  { id, domain, address, certificate }: Tenant,
  jump: SshServer | undefined,
  { now, stack }: Context,
): Promise<Finding> {
  try {
    const ends = await endOfServed(address, domain, jump);
    const days = Math.floor((ends.getTime() - now.getTime()) / day);
    if (days >= early) return fine("certificates.good", `${domain}: ${days} days`);
    const ended = ends.getTime() <= now.getTime();
    return {
      id: ended ? "certificates.ended" : "certificates.ending",
      severity: ended ? "broken" : "attention",
      detail: `the certificate of ${domain} ${ended ? "has ended" : `ends in ${days} days`} (${ends.toISOString().slice(0, 10)})`,
      next: {
        acme: `./farm pulumi up -s ${stack}; the machine's journal says why its timer could not renew it`,
        "cloudflare-origin": `count certificate.rotation up in tenants/${id}.ts, then ./farm pulumi up -s ${stack}`,
        customer: `ask the administration for the next one, put it into its delivery folder, then ./farm pulumi up -s ${stack}`,
      }[certificate.issuer],
    };
  } catch (error) {
    return {
      id: "certificates.unseen",
      severity: "attention",
      detail: `the certificate of ${domain} cannot be looked at: ${whatOf(error)}`,
      next: "look at the machine in XO, and at the way to it: jump host, firewall",
    };
  }
}

/** The end of the certificate that a machine serves for a name. */
export async function endOfServed(host: string, domain: string, jump: SshServer | undefined): Promise<Date> {
  const web = { host, port: 443, user: "", timeout: limit };
  const route = await openRoute(web, jump, AbortSignal.timeout(limit));
  const target = route.channel === undefined ? { host, port: 443 } : { socket: route.channel };
  // Whether anybody trusts it is another question: this one is about its end.
  const socket = connect({ ...target, servername: domain, rejectUnauthorized: false });
  const stop = setTimeout(() => socket.destroy(new Error(`no answer within ${limit / 1000} s`)), limit);
  try {
    return await new Promise<Date>((resolve, reject) => {
      socket.once("error", reject);
      socket.once("secureConnect", () => resolve(new Date(socket.getPeerCertificate().valid_to)));
    });
  } finally {
    clearTimeout(stop);
    socket.destroy();
    route.close();
  }
}

function whatOf(error: unknown): string {
  return error instanceof FarmError ? error.parts.what : messageOf(error);
}

import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { resolve } from "node:path";
import { labMailGate } from "../lab/mail/service.ts";
import { addresses } from "../lab/network/names.ts";
import { FarmError, messageOf } from "../lib/farm-error.ts";
import type { MailServer } from "../lib/mail/sender.ts";
import { checkout } from "../lib/paths.ts";
import type { Ipv4, Ipv6 } from "../model/address.ts";
import type { Environment } from "../model/environment.ts";
import type { MailSettings } from "../model/mail-settings.ts";
import { reservedDomainOf, reservedNetworkOf } from "../model/production.ts";
import type { Settings } from "../model/settings.ts";

/** How the farm writes to administrations. */
export interface FarmMail {
  readonly server: MailServer;
  /** Who writes. */
  readonly from: { readonly name: string; readonly address: string };
}

/**
 * The mail server of the settings, with the password of the environment.
 * @throws FarmError when the settings have none, its password or certificate is not there, or a lab would write to
 * people: its tenant files may be copies of real ones
 */
export function farmMail(
  { mail, provider, stage }: Pick<Settings, "mail" | "provider" | "stage">,
  environment: Environment,
): FarmMail {
  if (mail === undefined) {
    throw new FarmError({
      what: "The settings name no mail server, so nothing can be sent",
      where: "mail",
      next: "write mail: { host, from, user, passwordVariable } into the stack's settings",
    });
  }
  const { security, from, user, passwordVariable, caFile } = mail;
  if (stage === "lab" && !isOfLab(mail.host)) {
    throw new FarmError({
      what: "A lab writes to nobody: its letters go to a server of its own only",
      where: `mail.host: ${mail.host}`,
      next: "name one on this machine or in the lab's network, as an address",
    });
  }
  return {
    from: { name: provider.name, address: from },
    server: {
      ...placeOf(mail, environment),
      security,
      ...(user === undefined ? {} : { login: { user, password: passwordOf(passwordVariable, environment) } }),
      ...(caFile === undefined ? {} : { authorities: authoritiesOf(caFile) }),
    },
  };
}

/** A server on this machine, in a network that nobody routes, or under a name that nobody can own. */
function isOfLab(host: string): boolean {
  if (isIP(host) === 0) return reservedDomainOf(host) !== undefined;
  return isLoopback(host) || reservedNetworkOf(host as Ipv4 | Ipv6) !== undefined;
}

const isLoopback = (address: string): boolean => address === "::1" || address.startsWith("127.");

/** Where the server is reached from here: that of a lab by the lab's gate, since its own address is one inside. */
function placeOf({ host, port }: MailSettings, environment: Environment): Pick<MailServer, "host" | "port"> {
  const gate = host === addresses.mail ? /^(.+):(\d+)$/.exec(environment[labMailGate] ?? "") : null;
  return gate === null ? { host, port } : { host: gate[1] ?? "", port: Number(gate[2]) };
}

function passwordOf(variable: MailSettings["passwordVariable"], environment: Environment): string {
  const password = variable === undefined ? undefined : environment[variable]?.trim();
  if (password) return password;
  throw new FarmError({
    what: "The password of the mail server is not there",
    where: "mail.passwordVariable",
    why: `the environment variable ${variable} is not set`,
    next: `set ${variable}`,
  });
}

function authoritiesOf(file: string): string {
  const path = resolve(checkout, file);
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new FarmError(
      {
        what: "The certificate of the mail server's authority cannot be read",
        where: path,
        why: messageOf(error),
        next: "correct mail.caFile of the settings",
      },
      { cause: error },
    );
  }
}

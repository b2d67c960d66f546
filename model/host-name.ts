import { isIP } from "node:net";
import { domainToASCII, domainToUnicode } from "node:url";
import { type Branded, bad, good, type Parsed } from "./value.ts";

/** A fully qualified host name: lower case, ASCII (IDNA, "xn--…"), at least two labels, no trailing dot. */
export type HostName = Branded<"HostName">;

const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const notInNames = /[\s/:?#@\\%[\]<>^|"'`]/u;

/**
 * A fully qualified host name. Umlauts are welcome and become IDNA ("ratsinfo.köln.de" is kept as
 * "ratsinfo.xn--kln-sna.de"). Rules: RFC 1035 section 2.3.4, RFC 5891.
 */
export function parseHostName(text: string): Parsed<HostName> {
  if (text.endsWith(".")) return bad("must not end with a dot", `write "${text.slice(0, -1)}"`);
  if (text !== text.toLowerCase()) return bad("must be in lower case", `write "${text.toLowerCase()}"`);
  if (text.includes("://")) return bad("must be a host name, not an address of a page", hostOf(text));
  if (text.length > 253 || notInNames.test(text)) return notAName();
  if (isIP(text) !== 0) return bad("must be a host name, not an IP address");
  const ascii = domainToASCII(text);
  const labels = ascii.split(".");
  if (ascii === "" || ascii.length > 253 || !labels.every((part) => label.test(part))) return notAName();
  // What "xn--" stands before has to decode; Node leaves it as it is when it does not.
  const readable = domainToUnicode(ascii);
  if (/(^|\.)xn--/.test(readable) || /[\p{C}\p{Z}]/u.test(readable)) return notAName();
  if (labels.length < 2) return bad('must be a full host name with its domain, such as "ratsinfo.town.de"');
  if (/^\d+$/.test(labels.at(-1) ?? "")) return notAName();
  return good(ascii as HostName);
}

/** True when `name` lies inside `zone` or is the zone itself. */
export function isWithin(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}

function notAName(): Parsed<HostName> {
  return bad("must be a host name: letters, digits and hyphens, labels of at most 63, together at most 253");
}

function hostOf(text: string): string | undefined {
  const host = URL.parse(text)?.hostname;
  return host ? `write "${host}"` : undefined;
}

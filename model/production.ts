import { type Cidr, contains, type Ipv4, type Ipv6, parseCidr } from "./address.ts";
import { isWithin } from "./host-name.ts";

const placeholder = /(?<![\p{L}\p{N}])(muster\p{L}*|example|beispiel\p{L}*|test)(?![\p{L}\p{N}])/iu;

/** Names that no one can own: RFC 2606, RFC 6761, RFC 9476 and the documentation domains of RFC 2606. */
const reservedNames = ["example", "test", "invalid", "localhost", "local", "internal", "alt"];
const exampleDomains = ["example.com", "example.net", "example.org"];

/** Networks for documentation and measurements, which nobody routes: RFC 5737, RFC 2544, RFC 3849, RFC 9637. */
const reservedNetworks = [
  "192.0.2.0/24",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "198.18.0.0/15",
  "2001:db8::/32",
  "3fff::/20",
].flatMap((text): Cidr[] => {
  const network = parseCidr(text);
  return network.ok ? [network.value] : [];
});

/** The word of a name that gives it away as made up ("Muster…", "Example", "Test"), or undefined. */
export function placeholderIn(text: string): string | undefined {
  return placeholder.exec(text)?.[1];
}

/** The reserved domain that a host name lies in, such as ".example", or undefined. */
export function reservedDomainOf(host: string): string | undefined {
  const name = host.toLowerCase();
  const domain = exampleDomains.find((reserved) => isWithin(name, reserved));
  if (domain !== undefined) return domain;
  const last = name.slice(name.lastIndexOf(".") + 1);
  return reservedNames.includes(last) ? `.${last}` : undefined;
}

/** The reserved network that an address lies in, or undefined. */
export function reservedNetworkOf(address: Ipv4 | Ipv6): Cidr | undefined {
  return reservedNetworks.find((network) => contains(network, address));
}

import type { Ipv4, Ipv6 } from "./address.ts";
import type { FieldPath } from "./problems.ts";
import { placeholderIn, reservedDomainOf, reservedNetworkOf } from "./production.ts";

/** Notes a broken rule of one file. */
export type Report = (path: FieldPath, why: string, hint?: string) => void;

/** The production rules for one field each. */
export interface ProductionRules {
  /** A name for people must not be a placeholder. */
  name(path: FieldPath, text: string | undefined): void;
  /** A host must not lie in a reserved domain. */
  host(path: FieldPath, host: string | undefined): void;
  /** A mail address must not lie in a reserved domain. */
  email(path: FieldPath, email: string | undefined): void;
  /** A page must not lie in a reserved domain. */
  page(path: FieldPath, url: string | undefined): void;
  /** An address must not lie in a network for documentation. */
  address(path: FieldPath, address: Ipv4 | Ipv6 | undefined): void;
}

/** The production rules, reporting to one file. Absent fields have problems of their own and pass. */
export function productionRules(report: Report): ProductionRules {
  const host: ProductionRules["host"] = (path, name) => {
    const domain = name === undefined ? undefined : reservedDomainOf(name);
    if (domain !== undefined) report(path, `lies in the reserved domain ${domain}, which production refuses`);
  };
  return {
    host,
    name(path, text) {
      const word = text === undefined ? undefined : placeholderIn(text);
      if (word !== undefined) report(path, `holds the placeholder "${word}", which production refuses`);
    },
    email(path, email) {
      if (email !== undefined) host(path, email.slice(email.lastIndexOf("@") + 1));
    },
    page(path, url) {
      if (url !== undefined) host(path, URL.parse(url)?.hostname);
    },
    address(path, address) {
      const network = address === undefined ? undefined : reservedNetworkOf(address);
      if (network !== undefined) {
        report(path, `lies in ${network}, a network for documentation and tests, which production refuses`);
      }
    },
  };
}

/** Reports each value that stands in a list for a second time. */
export function reportRepeats(
  values: readonly string[],
  at: (index: number) => FieldPath,
  report: Report,
): void {
  values.forEach((value, index) => {
    if (values.indexOf(value) < index) report(at(index), "stands here for the second time");
  });
}

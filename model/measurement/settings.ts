import type { Cidr, Ipv4 } from "../address.ts";

/** Who measures the service level. */
export interface MeasurementSettings {
  /**
   * The probers, each on a host of its own. Two of the view `edge` in separate failure domains are what production
   * needs: loss of a whole pool is then an outage that was seen, and loss of a prober is not a gap.
   */
  readonly probers: readonly ProberSettings[];
  /**
   * Whether a certificate that visitors refuse is an outage ("decides") or one in the strict reading only ("shows").
   * @default - "shows"
   */
  readonly tls: "shows" | "decides";
  /**
   * File with the authorities (PEM) that visitors of the sites trust; relative to the checkout.
   * @default - those of the probers' hosts
   */
  readonly caFile?: string;
}

/** One prober: a small Debian host outside the pools, with Python 3.11 or later, systemd and sudo. */
export interface ProberSettings {
  /** Its name in the log: lower-case letters, digits and hyphens. Another name is another log. */
  readonly name: string;
  /** What it may be lost together with, for people: room, uplink, power. */
  readonly failureDomain: string;
  /**
   * "edge" stands at the data centre's edge and decides; "outside" asks from the Internet and only shows.
   * @default - "edge"
   */
  readonly view: "edge" | "outside";
  /** Its address; no pool's network. The jump host leads there. */
  readonly host: Ipv4;
  /**
   * TCP port of its ssh.
   * @default - 22
   */
  readonly port: number;
  /**
   * The operators' user there.
   * @default - "farm"
   */
  readonly user: string;
  /** Its public host key in OpenSSH's form, without a comment. */
  readonly hostKey: string;
  /**
   * TCP port at which it shows the end of its log to the other probers.
   * @default - 9616
   */
  readonly witnessPort: number;
  /**
   * Networks that its questions come from as the sites see them, also through Cloudflare: behind a router that
   * translates addresses the router's. A Ratsinfo that a list of networks closes (`ipAllowlist`) shows them its page
   * of signing in, and nothing else. Needed of the view "edge" where an administration has such a list.
   * @default - no such page is shown
   */
  readonly askFrom?: readonly Cidr[];
}

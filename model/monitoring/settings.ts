import type { Cidr, Ipv4 } from "../address.ts";
import type { Size } from "../tenant.ts";

/**
 * The machine that watches all sites and raises alerts: Prometheus, blackbox exporter, Alertmanager. The service level
 * is not computed from what it sees; that is the probers' part, who go on without it.
 */
export interface MonitoringSettings {
  /** Key of the pool in which its VM runs. */
  readonly pool: string;
  /** IPv4 address of the VM, in the front network of the pool. */
  readonly address: Ipv4;
  /**
   * Figures of the VM.
   * @default - { cpus: 2, memory: "2 GiB", disk: "40 GiB" }
   */
  readonly size: Size;
  /**
   * Networks that may open Prometheus (port 9090) and Alertmanager (port 9093): the management network.
   * @default - those that ssh is allowed from in this pool
   */
  readonly operators?: readonly Cidr[];
  /** Mail addresses that get the alerts, by the server of `mail`; at least one. */
  readonly recipients: readonly string[];
  /**
   * Days for which Prometheus keeps what it measured, 100 to 1000: a quarter and the time to ask about it.
   * @default - 100
   */
  readonly retentionDays: number;
  /**
   * Where the pages of steps that alerts name lie, without a slash at the end: an address that readers of the alerts
   * can open.
   * @default - "docs/how-to/runbooks", their place in the repository
   */
  readonly runbooks: string;
  /**
   * File with authorities (PEM) that sites' chains may end at beside the public ones; relative to the checkout.
   * @default - that of `measurement`
   */
  readonly caFile?: string;
}

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
  /**
   * NetApp's volumes, LUNs and aggregates behind the repositories of all pools, which Xen Orchestra does not see.
   * @default - nobody watches them here
   */
  readonly storage?: StorageWatch;
  /**
   * Who notices when this monitoring is silent: a service at another place that expects a sign of life each minute.
   * @default - nobody but `./farm metrics --deliver`
   */
  readonly heartbeat?: Heartbeat;
}

/** A sign of life, sent as Alertmanager's webhook (HTTP POST of JSON) through all that an alert goes through. */
export interface Heartbeat {
  /**
   * Where it is sent to, `https://…`; `http://` only outside production. It stands in clear text on the machine: what
   * makes the sender known belongs into the token.
   */
  readonly url: string;
  /**
   * Environment variable with the token that is sent along ("Authorization: Bearer …").
   * @default - none is sent
   */
  readonly tokenVariable?: string;
}

/** NetApp Harvest, which asks the clusters and tells Prometheus. */
export interface StorageWatch {
  /**
   * Its pollers, one for each cluster, such as "https://harvest.example:12990". `http://` only outside production.
   */
  readonly pollers: readonly string[];
  /**
   * File with the authorities (PEM) that the pollers' certificates end at; relative to the checkout.
   * @default - those of the machine, with the ones of `monitoring.caFile`
   */
  readonly caFile?: string;
}

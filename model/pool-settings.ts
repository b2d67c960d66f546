import type { Cidr, Ipv4, Ipv6 } from "./address.ts";
import type { Jump } from "./settings.ts";

/** A pool of hosts. */
export interface PoolSettings {
  /** Name of the pool in Xen Orchestra. */
  readonly nameLabel: string;
  /** Names of all its hosts; at least two, since failover needs another host. */
  readonly hosts: readonly string[];
  /** Name of the template that VMs are made from. */
  readonly template: string;
  /** The network that visitors' requests come in by. */
  readonly network: Network;
  /** Networks that ssh is allowed from; at least one. */
  readonly bastions: readonly Cidr[];
  /** The shared storage repositories by their name in Xen Orchestra, each with the NetApp facts behind it. */
  readonly storage: Readonly<Record<string, Storage>>;
  /** Name of the repository that new VMs get their disks on: one of `storage`. */
  readonly defaultStorage: string;
  /**
   * Where restored copies are looked at.
   * @default - nowhere: a copy then has no network, and single files, databases and drills cannot be restored
   */
  readonly quarantine?: Quarantine;
  /** High availability: which failures the pool answers by itself. */
  readonly ha: HighAvailability;
  /**
   * Name of the network that moving VMs (XenMotion) take.
   * @default - the management network
   */
  readonly migrationNetwork?: string;
  /**
   * Name of the network that backups take.
   * @default - the management network
   */
  readonly backupNetwork?: string;
  /** The account on the pool's master that sets what Xen Orchestra cannot. */
  readonly xapi: XapiAccount;
}

/** High availability of a pool. It cannot be turned off: the service description promises it for every site. */
export interface HighAvailability {
  /**
   * Host failures after which every VM still finds a place, at least 1 and fewer than the pool has hosts. A run
   * that would leave less is refused with the numbers.
   * @default - 1
   */
  readonly hostFailures: number;
  /**
   * Names of the repositories that hosts show each other on that they live: two different ones of `storage`, on
   * two pairs of controllers where the pool has two.
   */
  readonly heartbeat: readonly string[];
  /**
   * Seconds of silence after which a host counts as failed. Longer than the takeover of every heartbeat
   * repository, else healthy hosts would stop themselves while a controller takes over.
   * @default - 60, as in XenServer
   */
  readonly timeoutSeconds: number;
  /**
   * Seconds between one group of VMs and the next when a failed host's VMs start elsewhere, 0 to 300.
   * @default - 3
   */
  readonly startDelaySeconds: number;
}

/** An account of XAPI, XenServer's own interface, on the pool's master; used for high availability alone. */
export interface XapiAccount {
  /** Address of the pool's master, `https://…`; `http://…` only in a lab. */
  readonly url: string;
  /** Name of the account. */
  readonly user: string;
  /** Environment variable with its password, such as "FARM_XAPI_PASSWORD". The password itself stands nowhere. */
  readonly passwordVariable: string;
}

/**
 * A network on which restored copies are looked at. A copy has the address of the machine that it is a copy of, so
 * nothing may lead from there to the front network: the copies' only neighbour is a jump host of their own, which is
 * their router there and forwards nothing.
 */
export interface Quarantine {
  /** Name of the network in Xen Orchestra. */
  readonly nameLabel: string;
  /**
   * The jump host with a leg in it; one text `host:port user hostkey` is the same. There it has the address of the
   * front network's router, and it signs in to copies from an address of `bastions`.
   */
  readonly jump: Jump;
}

/** A network of a pool. */
export interface Network {
  /** Name of the network in Xen Orchestra. */
  readonly nameLabel: string;
  /** Its IPv4 subnet, "198.18.10.0/24". */
  readonly subnet: Cidr;
  /** IPv4 address of the router, inside the subnet. */
  readonly gateway: Ipv4;
  /**
   * Its IPv6 subnet; with `gateway6`.
   * @default - no IPv6
   */
  readonly subnet6?: Cidr;
  /**
   * IPv6 address of the router, inside `subnet6` or link-local.
   * @default - no IPv6
   */
  readonly gateway6?: Ipv6;
  /** Addresses of the resolvers; at least one. */
  readonly nameservers: readonly (Ipv4 | Ipv6)[];
}

/** The NetApp facts behind a storage repository. */
export interface Storage {
  /** Name of the NetApp cluster. */
  readonly cluster: string;
  /** Storage virtual machine (SVM). */
  readonly svm: string;
  /**
   * Volume behind an NFS repository.
   * @default - none; required with protocol "nfs"
   */
  readonly volume?: string;
  /**
   * LUN behind an iSCSI or FC repository.
   * @default - none; required with protocols "iscsi" and "fc"
   */
  readonly lun?: string;
  /** How the hosts reach it. */
  readonly protocol: "nfs" | "iscsi" | "fc";
  /** Where the cluster stands. */
  readonly location: string;
  /** Names of the two controllers that take over from each other. */
  readonly controllers: readonly [string, string];
  /** Seconds that one controller needs at most to take over from the other, 1 to 600. */
  readonly takeoverSeconds: number;
  /** Whether the volume or LUN is encrypted at rest. */
  readonly encrypted: boolean;
  /**
   * Where it is mirrored to, for people: "SnapMirror to netapp-sued". A mirror is no backup.
   * @default - not mirrored
   */
  readonly mirroredBy?: string;
}

import * as pulumi from "@pulumi/pulumi";

/** An account of a pool's own interface (XAPI), for what Xen Orchestra cannot set. */
export interface XapiAccount {
  /** The pool master's address, `https://host[:port]`. After a change of masters the provider follows it. */
  readonly url: pulumi.Input<string>;
  /** Needs XAPI's role pool-operator. */
  readonly user: pulumi.Input<string>;
  /** Name of the environment variable that holds the password. The password itself is no input. */
  readonly passwordVariable: pulumi.Input<string>;
}

/** How a pool keeps machines running when hosts fail. */
export interface PoolHighAvailabilityArgs {
  /** XO id of the pool. A change replaces the resource. */
  readonly pool: pulumi.Input<string>;
  /**
   * XO ids of the storage repositories that carry the heartbeat: shared, with one attached PBD a host and at
   * least 356 MB free. A change switches high availability off and on again.
   */
  readonly heartbeatRepositories: pulumi.Input<pulumi.Input<string>[]>;
  /** Hosts that may fail with every protected machine restarted; 1 or more. Changed in place. */
  readonly hostFailuresToTolerate: pulumi.Input<number>;
  /**
   * Seconds without heartbeat after which a host counts as failed; longer than the takeover of the storage. A
   * change switches high availability off and on again.
   * @default - XAPI's own, 60
   */
  readonly timeoutSeconds?: pulumi.Input<number>;
  readonly xapi: pulumi.Input<XapiAccount>;
}

/**
 * High availability of a pool. Overcommitment is refused, with the numbers. Deleting the resource switches high
 * availability off. Imported by the pool's id; `xapi` must then be declared.
 */
export class PoolHighAvailability extends pulumi.CustomResource {
  declare readonly pool: pulumi.Output<string>;
  declare readonly hostFailuresToTolerate: pulumi.Output<number>;
  /** How many failures XAPI has a plan for right now. */
  declare readonly planExistsFor: pulumi.Output<number>;
  /** How many failures the pool could bear when it was last looked at. */
  declare readonly maxHostFailuresToTolerate: pulumi.Output<number>;
  /** Fewer failures can be borne than are to be tolerated, for example because a host is away. */
  declare readonly overcommitted: pulumi.Output<boolean>;

  constructor(name: string, args: PoolHighAvailabilityArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs = {
      planExistsFor: undefined,
      maxHostFailuresToTolerate: undefined,
      overcommitted: undefined,
    };
    super("xenops:index:PoolHighAvailability", name, { ...args, ...outputs }, opts);
  }
}

/** When a protected machine is started after a host's failure. */
export interface VmRestartOrderArgs {
  /** XO id of the machine. A change replaces the resource. */
  readonly vmId: pulumi.Input<string>;
  /** Lower is started first; machines of one number together. 0 or more. */
  readonly order: pulumi.Input<number>;
  /**
   * Seconds that the next number waits after this machine. The official Vm resource writes its own `startDelay`
   * with every change: declare the same value there, or leave this out.
   * @default - not touched
   */
  readonly startDelay?: pulumi.Input<number>;
  readonly xapi: pulumi.Input<XapiAccount>;
}

/**
 * The place of one machine in the restart order of its pool, which Xen Orchestra cannot set. One resource a
 * machine: one that fails stops no other, and a new machine changes nothing of the pool. Imported by the
 * machine's id; deleting it puts the order back to XAPI's 0.
 */
export class VmRestartOrder extends pulumi.CustomResource {
  declare readonly vmId: pulumi.Output<string>;
  declare readonly order: pulumi.Output<number>;

  constructor(name: string, args: VmRestartOrderArgs, opts?: pulumi.CustomResourceOptions) {
    super("xenops:index:VmRestartOrder", name, { ...args }, opts);
  }
}

/** Settings of a pool that this farm depends on. What is left out is not touched. */
export interface PoolSettingsArgs {
  /** XO id of the pool. A change replaces the resource. */
  readonly pool: pulumi.Input<string>;
  /** XO id of the network that live migration goes over. @default - not touched */
  readonly migrationNetwork?: pulumi.Input<string>;
  /** XO id of the network that backups go over. @default - not touched */
  readonly backupNetwork?: pulumi.Input<string>;
  /** XO id of the storage repository of new disks. @default - not touched */
  readonly defaultRepository?: pulumi.Input<string>;
  /** Starts machines by itself when a host comes up. With high availability it must be off. @default false */
  readonly autoPoweron?: pulumi.Input<boolean>;
}

/** A pool's settings. Deleting the resource leaves the pool as it is. Imported by the pool's id. */
export class PoolSettings extends pulumi.CustomResource {
  declare readonly pool: pulumi.Output<string>;

  constructor(name: string, args: PoolSettingsArgs, opts?: pulumi.CustomResourceOptions) {
    super("xenops:index:PoolSettings", name, { ...args }, opts);
  }
}

/** One host's memory. Bytes. */
export interface HostCapacity {
  readonly id: string;
  readonly nameLabel: string;
  /** False in maintenance: it takes no machines. */
  readonly enabled: boolean;
  /** False when the host does not run or XO has lost it. */
  readonly live: boolean;
  readonly memory: number;
  /** Taken by the control domain. */
  readonly controlDomain: number;
  /** Taken by running machines that carry all the tags. */
  readonly taggedVms: number;
  /** Taken by all other running machines. */
  readonly otherVms: number;
}

/** What a pool has room for. */
export interface PoolCapacity {
  readonly id: string;
  readonly hosts: readonly HostCapacity[];
  /** Machines without the tags, running or protected, which need room beside the farm's. Ordered by name. */
  readonly otherVms: readonly {
    readonly id: string;
    readonly nameLabel: string;
    /** Bytes. */
    readonly memory: number;
    /** XAPI restarts it after a host's failure. */
    readonly protected: boolean;
    readonly powerState: string;
  }[];
  readonly haEnabled: boolean;
  /** XAPI's plan; absent without an account. */
  readonly plan?: {
    readonly hostFailuresToTolerate: number;
    readonly planExistsFor: number;
    readonly maxHostFailuresToTolerate: number;
    readonly overcommitted: boolean;
  };
}

/** Looks at the memory of a pool, by its name label. Fails when there is none of that name, or more than one. */
export function getPoolCapacity(
  args: {
    readonly pool: string;
    /** What marks the farm's own machines; at least one tag. */
    readonly tags: string[];
    /** Asks XAPI for its plan as well. @default - the plan is not asked for */
    readonly xapi?: { readonly url: string; readonly user: string; readonly passwordVariable: string };
  },
  opts?: pulumi.InvokeOptions,
): Promise<PoolCapacity> {
  return pulumi.runtime.invoke("xenops:index:getPoolCapacity", args, opts);
}

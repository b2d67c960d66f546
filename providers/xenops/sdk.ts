import * as pulumi from "@pulumi/pulumi";

/** The jump host before a machine; its key is pinned and the ssh agent signs in. */
interface ProxyArgs {
  readonly host: pulumi.Input<string>;
  /** @default 22 */
  readonly port?: pulumi.Input<number>;
  /** @default root */
  readonly user?: pulumi.Input<string>;
  /** One line of an authorized_keys file without options: `ssh-ed25519 AAAA…`. */
  readonly hostKey: pulumi.Input<string>;
}

/** What to pin. */
export interface SshHostKeyArgs {
  /** Address of the machine, as seen from the jump host when there is one. */
  readonly host: pulumi.Input<string>;
  /** @default 22 */
  readonly port?: pulumi.Input<number>;
  /** Changing it is done in place, without contact to the machine. @default - direct connection */
  readonly proxy?: pulumi.Input<ProxyArgs>;
  /** XO id of the machine. Only another machine gets another key: a change replaces the resource. */
  readonly vmId: pulumi.Input<string>;
  /** Seconds to wait at the first contact for a machine that still boots. @default 180 */
  readonly waitSeconds?: pulumi.Input<number>;
}

/**
 * The ed25519 host key of a machine, read at the first contact and kept. A later refresh that finds another
 * key fails: the machine was rebuilt outside the farm, or somebody stands in between.
 */
export class SshHostKey extends pulumi.CustomResource {
  /** `ssh-ed25519 AAAA…`, as the `hostKey` of a connection takes it. */
  declare readonly publicKey: pulumi.Output<string>;
  /** As `ssh-keygen -l` shows it: `SHA256:…`. */
  declare readonly fingerprintSha256: pulumi.Output<string>;
  declare readonly host: pulumi.Output<string>;
  declare readonly vmId: pulumi.Output<string>;

  constructor(name: string, args: SshHostKeyArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs = { publicKey: undefined, fingerprintSha256: undefined };
    super("xenops:index:SshHostKey", name, { ...args, ...outputs }, opts);
  }
}

/** How the provider reaches Xen Orchestra. What is left out is taken from the environment and not stored. */
export interface ProviderArgs {
  /** `ws://…` or `wss://…` without a path. @default - XOA_URL */
  readonly url?: pulumi.Input<string>;
  /** Authentication token of an XO user. @default - XOA_TOKEN */
  readonly token?: pulumi.Input<string>;
  /**
   * Authentication token of an XO administrator, used for backups only: XO has no narrower right for them.
   * @default - XOA_ADMIN_TOKEN
   */
  readonly adminToken?: pulumi.Input<string>;
  /** Accepts any certificate of the server. @default false */
  readonly insecure?: pulumi.Input<boolean>;
}

/** An explicit provider instance. */
export class Provider extends pulumi.ProviderResource {
  constructor(name: string, args: ProviderArgs = {}, opts: pulumi.ResourceOptions = {}) {
    const { url, token, adminToken, insecure } = args;
    const inputs: pulumi.Inputs = {
      url,
      token: token === undefined ? undefined : pulumi.secret(token),
      adminToken: adminToken === undefined ? undefined : pulumi.secret(adminToken),
      // A provider's arguments travel as text.
      insecure: insecure === undefined ? undefined : pulumi.output(insecure).apply(JSON.stringify),
    };
    super(
      "xenops",
      name,
      inputs,
      pulumi.mergeOptions(opts, { additionalSecretOutputs: ["token", "adminToken"] }),
    );
  }
}

/** What the official data sources do not tell of a pool. Sizes are bytes, ids XO's. */
export interface PoolFacts {
  readonly id: string;
  /** Id of the host that is the pool's master. */
  readonly master: string;
  readonly haEnabled: boolean;
  readonly hosts: readonly {
    readonly id: string;
    readonly nameLabel: string;
    readonly memory: number;
    /** False in maintenance: it takes no machines. */
    readonly enabled: boolean;
    /** False when it does not run or XO has lost it. */
    readonly live: boolean;
  }[];
  readonly storage: readonly {
    readonly id: string;
    readonly nameLabel: string;
    /** XO's kind: `nfs`, `lvmoiscsi`, `lvmohba`, `ext`, `iso`, … */
    readonly type: string;
    /** `user` for disks, `iso` for images. */
    readonly contentType: string;
    readonly shared: boolean;
    /** Ids of the hosts on which it is plugged in. */
    readonly attachedHosts: readonly string[];
    readonly size: number;
    /** What is really used. */
    readonly usage: number;
    /** Paths to block storage by host, where XenServer counts them. */
    readonly paths: readonly { readonly host: string; readonly active: number; readonly total: number }[];
    /** What somebody noted on the repository about the NetApp behind it. */
    readonly netapp: {
      readonly cluster?: string;
      readonly svm?: string;
      readonly volume?: string;
      readonly lun?: string;
    };
  }[];
  readonly networks: readonly { readonly id: string; readonly nameLabel: string }[];
}

/** Looks at a pool by its name label. Fails when there is none of that name, or more than one. */
export function getPoolFacts(
  args: { readonly pool: string },
  opts?: pulumi.InvokeOptions,
): Promise<PoolFacts> {
  return pulumi.runtime.invoke("xenops:index:getPoolFacts", args, opts);
}

/** A machine that XO has. */
export interface FoundVm {
  readonly id: string;
  readonly nameLabel: string;
  readonly tags: readonly string[];
  readonly powerState: "Running" | "Halted" | "Paused" | "Suspended";
  /** Bytes. */
  readonly memoryMax: number;
  readonly cpus: number;
  /** Id of its pool. */
  readonly pool: string;
  /** Version of the release that is installed on it. @default - none was installed */
  readonly release?: string;
}

/** Finds the machines of all pools that carry every one of these tags; at least one tag. */
export function findVms(
  args: { readonly tags: string[] },
  opts?: pulumi.InvokeOptions,
): Promise<{ readonly vms: readonly FoundVm[] }> {
  return pulumi.runtime.invoke("xenops:index:findVms", args, opts);
}

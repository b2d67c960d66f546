import * as pulumi from "@pulumi/pulumi";

/** An ssh server whose key is known; the agent signs in, so there is no secret in it. */
interface SshServerArgs {
  readonly host: pulumi.Input<string>;
  /** @default 22 */
  readonly port?: pulumi.Input<number>;
  readonly user?: pulumi.Input<string>;
  /** `ssh-ed25519 AAAA…` */
  readonly hostKey?: pulumi.Input<string>;
}

/** How to reach a machine. */
interface MachineConnectionArgs extends SshServerArgs {
  /** The jump host. @default - none */
  readonly proxy?: pulumi.Input<SshServerArgs>;
}

/** Which release of ALLRIS net stands on a machine, and how it gets there. */
export interface ReleaseArgs {
  /** XO id of the machine. Another machine gets a new installation: a change replaces the resource. */
  readonly vmId: pulumi.Input<string>;
  /** How to reach the machine. A change alone does nothing. */
  readonly connection: pulumi.Input<MachineConnectionArgs>;
  /** The site's name, for the look from outside. A change alone does nothing. */
  readonly domain: pulumi.Input<string>;
  /** "4.1.7" */
  readonly version: pulumi.Input<string>;
  /** The maker's build number, "4170039". */
  readonly build: pulumi.Input<string>;
  /** SHA-256 of the archive, 64 lower-case hexadecimal digits. */
  readonly sha256: pulumi.Input<string>;
  /** The archive: a file of this machine, absolute or from the project's folder, or an https address. */
  readonly source: pulumi.Input<{ readonly file: string } | { readonly url: string }>;
  /** Lowest version of the VM template that the release runs on. */
  readonly minimumBaseImage: pulumi.Input<number>;
  /** Minutes that visitors have to wait, for the preview. */
  readonly expectedMinutes: pulumi.Input<number>;
  /** Paths, as visitors see them, of the presentations that the site has and that are checked. */
  readonly checks: pulumi.Input<{
    readonly citizens?: string | undefined;
    readonly politicians?: string | undefined;
    readonly oparl?: string | undefined;
  }>;
  /** Id of the announced window in which this runs; recorded on the machine. @default - none */
  readonly window?: pulumi.Input<string | undefined>;
  /** Why it runs outside of any window; recorded on the machine. @default - it is no emergency */
  readonly emergency?: pulumi.Input<string | undefined>;
}

/**
 * An installed release. An update takes a snapshot, closes the site, copies and migrates the data beside, checks
 * and opens again; when a step fails the old release is back with its data, and the resource fails with the
 * whole story.
 */
export class Release extends pulumi.CustomResource {
  /** What is installed; a refresh finds it out. */
  declare readonly version: pulumi.Output<string>;
  declare readonly build: pulumi.Output<string>;

  constructor(name: string, args: ReleaseArgs, opts?: pulumi.CustomResourceOptions) {
    super("xenops:index:Release", name, { ...args }, opts);
  }
}

/** A snapshot of a machine's disks. */
export interface VmSnapshotArgs {
  /** XO id of the machine. A change replaces the snapshot. */
  readonly vmId: pulumi.Input<string>;
  readonly name: pulumi.Input<string>;
  /** @default "" */
  readonly description?: pulumi.Input<string>;
}

/** A snapshot in XO. It is no backup: it lies on the same storage (BSI CON.3) and has to go soon (SYS.1.5). */
export class VmSnapshot extends pulumi.CustomResource {
  /** RFC 3339. */
  declare readonly takenAt: pulumi.Output<string>;

  constructor(name: string, args: VmSnapshotArgs, opts?: pulumi.CustomResourceOptions) {
    super("xenops:index:VmSnapshot", name, { ...args, takenAt: undefined }, opts);
  }
}

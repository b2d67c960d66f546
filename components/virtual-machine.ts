import type * as pulumi from "@pulumi/pulumi";
import { Vm } from "@pulumi/xenorchestra/vm.js";
import { networkConfig, userData } from "../guest/cloud-init.ts";
import { SshHostKey } from "../providers/xenops/sdk.ts";
import type { Access, Connection } from "./connection.ts";
import { FarmComponent } from "./farm-component.ts";
import { refuseOrphan } from "./orphan-hook.ts";
import type { PoolLookup } from "./platform-lookup.ts";

/** What a machine is made of. */
export interface VirtualMachineArgs {
  /** The administration's id. */
  readonly tenant: string;
  /** XO's name label; unique over all pools of the XO, since the provider finds machines by it. */
  readonly label: string;
  readonly description: string;
  readonly domain: string;
  /** Front network address, IPv4. */
  readonly address: string;
  readonly address6?: string | undefined;
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
  /** Bytes of the system disk. */
  readonly disk: number;
  /** XO id of the host on which it prefers to start. */
  readonly affinityHost: string;
  /** Seconds that the next number of the restart order waits after this machine. */
  readonly startDelay: number;
  readonly tags: readonly string[];
  readonly pool: PoolLookup;
  readonly access: Access;
  /** Deletion is refused by Pulumi and by XO. @default true */
  readonly protection: boolean;
  /** What a machine that is still to be made waits for; one that is there waits for nothing. */
  readonly after: readonly pulumi.Resource[];
  /** Inputs whose change would stop the machine and that are held in this run. */
  readonly held: readonly string[];
}

/**
 * Inputs that only count when a machine is made. The official provider would replace the machine for some
 * of them and do nothing at all for others; here they never touch a running machine.
 */
const createOnly = [
  "template",
  "cloudConfig",
  "cloudNetworkConfig",
  "cloneType",
  "installationMethod",
  "destroyCloudConfigVdiAfterBoot",
  // A system that was installed by one of them does not start by the other.
  "hvmBootFirmware",
  "secureBoot",
];

/** One administration's machine, reachable by ssh with a pinned host key. */
export class VirtualMachine extends FarmComponent {
  readonly vm: Vm;
  /**
   * Id of the VM as its pinned host key knows it. What runs on the machine depends on the key anyway, and each
   * further dependency would stand in the state of every resource on it.
   */
  readonly id: pulumi.Output<string>;
  /** How to reach it. */
  readonly connection: pulumi.Output<Connection>;

  constructor(name: string, args: VirtualMachineArgs, opts?: pulumi.ComponentResourceOptions) {
    super("site:VirtualMachine", name, opts);
    const { pool, access } = args;
    this.vm = new Vm(
      this.child("vm"),
      {
        nameLabel: args.label,
        nameDescription: args.description,
        template: pool.template,
        cpus: args.cpus,
        memoryMax: args.memory,
        disks: [{ srId: pool.storage, nameLabel: `${args.label} system`, size: args.disk }],
        networks: [{ networkId: pool.network, expectedIpCidr: `${args.address}/32` }],
        affinityHost: args.affinityHost,
        // The service description promises failover for every hosted site: there is no other value.
        highAvailability: "restart",
        startDelay: args.startDelay,
        // With HA on XO must not start machines by itself as well.
        autoPoweron: false,
        blockedOperations: args.protection ? ["destroy"] : [],
        cloudConfig: userData({
          id: args.tenant,
          domain: args.domain,
          user: access.user,
          authorizedKeys: access.authorizedKeys,
        }),
        cloudNetworkConfig: networkConfig({
          address: args.address,
          prefix: pool.prefix,
          gateway: pool.gateway,
          nameservers: pool.nameservers,
          ...(args.address6 && pool.six ? { six: { address: args.address6, ...pool.six } } : {}),
        }),
        tags: [...args.tags],
      },
      {
        parent: this,
        protect: args.protection,
        dependsOn: [...args.after],
        ignoreChanges: [...createOnly, ...args.held],
        hooks: { beforeCreate: [refuseOrphan(args.tags)] },
      },
    );
    const hostKey = new SshHostKey(
      this.child("host-key"),
      { host: args.address, vmId: this.vm.id, proxy: access.proxy },
      { parent: this },
    );
    this.id = hostKey.vmId;
    this.connection = hostKey.publicKey.apply((key) => ({
      host: args.address,
      user: access.user,
      hostKey: key,
      proxy: access.proxy,
    }));
    this.registerOutputs({});
  }
}

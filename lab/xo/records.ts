import type { Json, JsonObject, WordMap } from "../json.ts";
import type {
  AclRecord,
  CloudConfigRecord,
  ResourceSetRecord,
  TokenRecord,
  UserRecord,
} from "./account-records.ts";
import type { BackupJobRecord, BackupLogRecord, RemoteRecord, ScheduleRecord } from "./backup/records.ts";

/**
 * What the simulator stores about each object. Lists that follow from other objects (VIFs of a VM, VDIs of a
 * storage repository, …) are not stored: the views compute them, so they can never disagree.
 */
interface Common {
  /** XO's id. Equal to the uuid, save for built-in templates. */
  readonly id: string;
  readonly uuid: string;
  /** Id of the pool; a pool names itself. */
  readonly pool: string;
  readonly tags: readonly string[];
}

interface Named extends Common {
  readonly name_label: string;
  readonly name_description: string;
}

export interface PoolRecord extends Named {
  readonly type: "pool";
  readonly master: string;
  readonly defaultSr: string;
  readonly haEnabled: boolean;
  readonly haSrs: readonly string[];
  /** XAPI's `ha_host_failures_to_tolerate`. */
  readonly haHostFailuresToTolerate: number;
  readonly haAllowOvercommit: boolean;
  /** A protected VM that powers itself off is started again. */
  readonly haRebootVmOnInternalShutdown: boolean;
  /** Seconds without heartbeat after which a host counts as failed. */
  readonly haTimeout: number;
  readonly autoPoweron: boolean;
  readonly otherConfig: WordMap;
  readonly migrationCompression: boolean;
}

export interface HostRecord extends Named {
  readonly type: "host";
  /** At most 8 letters and digits; names interfaces and cgroups. */
  readonly shortName: string;
  readonly hostname: string;
  readonly address: string;
  readonly enabled: boolean;
  /** Bytes. */
  readonly memory: number;
  readonly iscsiIqn: string;
  /** Seconds since 1970. */
  readonly startTime: number;
  readonly otherConfig: WordMap;
  /** False when the simulated host is dead, whether XAPI has noticed it or not. */
  readonly live: boolean;
  /** Of a dead host: when it died, in milliseconds since 1970, and whether XAPI has noticed it. */
  readonly failure: { readonly at: number; readonly noticed: boolean } | undefined;
  /** Whether the network of its guests reaches it. XO does not know. */
  readonly onNetwork: boolean;
}

export interface SrRecord extends Named {
  readonly type: "SR";
  readonly srType: string;
  readonly contentType: string;
  readonly shared: boolean;
  /** Bytes. */
  readonly size: number;
  readonly allocationStrategy: "thin" | "thick" | "unknown";
  readonly otherConfig: WordMap;
  readonly smConfig: WordMap;
  /** Names of the NetApp controllers that it lies behind. XO does not know them. */
  readonly controllers: readonly string[];
  /** Those of them that have failed. */
  readonly lostControllers: readonly string[];
}

export interface PbdRecord extends Common {
  readonly type: "PBD";
  readonly host: string;
  readonly sr: string;
  readonly attached: boolean;
  readonly deviceConfig: WordMap;
}

export interface NetworkRecord extends Named {
  readonly type: "network";
  readonly bridge: string;
  readonly mtu: number;
  readonly automatic: boolean;
  readonly defaultIsLocked: boolean;
  readonly nbd: boolean;
  readonly insecureNbd: boolean;
  readonly otherConfig: WordMap;
}

export interface PifRecord extends Common {
  readonly type: "PIF";
  readonly host: string;
  readonly network: string;
  readonly device: string;
  /** -1 when untagged. */
  readonly vlan: number;
  readonly mac: string;
  readonly ip: string;
  readonly management: boolean;
  readonly mtu: number;
}

export type PowerState = "Running" | "Halted" | "Suspended" | "Paused";

/** "", "restart" or "best-effort", as XAPI's ha_restart_priority. */
type HaPriority = "" | "restart" | "best-effort";

export interface VmRecord extends Named {
  readonly type: "VM" | "VM-template" | "VM-snapshot" | "VM-controller";
  readonly powerState: PowerState;
  /** What was asked for last. Differs from powerState while an operation runs and after a crash. */
  readonly wanted: PowerState;
  /** The host that it runs on or was last told to run on. */
  readonly host: string | undefined;
  readonly cpus: { readonly number: number; readonly max: number };
  /** Bytes. */
  readonly memory: {
    readonly staticMin: number;
    readonly dynamicMin: number;
    readonly dynamicMax: number;
    readonly staticMax: number;
  };
  readonly affinityHost: string | undefined;
  readonly autoPoweron: boolean;
  readonly highAvailability: HaPriority;
  readonly blockedOperations: WordMap;
  readonly firmware: string;
  readonly bootOrder: string;
  readonly expNestedHvm: boolean;
  readonly secureBoot: boolean;
  readonly vga: string;
  readonly videoram: number;
  /** Lower is restarted first. XO does not show it. */
  readonly order: number;
  /** Seconds that the next order waits after the start of this one. */
  readonly startDelay: number;
  /** Seconds that the next order waits after the shutdown of this one. XO does not show it. */
  readonly shutdownDelay: number;
  readonly resourceSet: string | undefined;
  readonly xenStoreData: WordMap;
  readonly cpuWeight: number | undefined;
  readonly cpuCap: number | undefined;
  readonly coresPerSocket: number | undefined;
  readonly notes: string | undefined;
  readonly creation: { readonly date: string; readonly template: string; readonly user: string } | undefined;
  /** Seconds since 1970, while it runs. */
  readonly startTime: number | undefined;
  readonly installTime: number | undefined;
  readonly otherConfig: WordMap;
  /** XO's view of a template. */
  readonly template: { readonly builtIn: boolean; readonly info: JsonObject } | undefined;
  /** Of a snapshot: the VM, and the time in seconds. */
  readonly snapshotOf: string | undefined;
  readonly snapshotTime: number | undefined;
  /** Of a snapshot: the VM as it was, whatever is changed about the snapshot later. XAPI's `snapshot_metadata`. */
  readonly snapshotMetadata: VmRecord | undefined;
  /** The cloud-init drive that goes once the guest's agent was seen. */
  readonly dropCloudConfig: string | undefined;
  /** `startTime` of the run in which its network cables were pulled. XO does not know. */
  readonly cablesOut: number | undefined;
}

export interface VbdRecord extends Common {
  readonly type: "VBD";
  readonly vm: string;
  readonly vdi: string | undefined;
  readonly isCd: boolean;
  /** "0", "1", …; the CD drive is "3". */
  readonly position: string;
  /** Plugged in while the VM runs. */
  readonly plugged: boolean;
  readonly bootable: boolean;
  readonly readOnly: boolean;
}

export interface VdiRecord extends Named {
  readonly type: "VDI" | "VDI-snapshot";
  readonly sr: string;
  /** Bytes. */
  readonly size: number;
  readonly otherConfig: WordMap;
  /** The template's disk that this one was cloned from, however often. */
  readonly baseImage: string | undefined;
  readonly parent: string | undefined;
  /** What a cloud-init drive holds; never shown. */
  readonly cloudInit:
    | { readonly userData: string; readonly networkConfig: string | undefined; readonly metaData: string }
    | undefined;
  readonly snapshotOf: string | undefined;
  readonly snapshotTime: number | undefined;
}

export interface VifRecord extends Common {
  readonly type: "VIF";
  readonly vm: string;
  readonly network: string;
  readonly device: string;
  readonly mac: string;
  readonly mtu: number;
  readonly plugged: boolean;
  readonly lockingMode: string;
  readonly allowedIpv4: readonly string[];
  readonly allowedIpv6: readonly string[];
}

/** Something that XAPI tells, for example that a host has failed. XO shows it as an alert. */
export interface MessageRecord extends Common {
  readonly type: "message";
  /** XAPI's name of it: `HA_HOST_FAILED`, `VM_STARTED`, … */
  readonly name: string;
  readonly body: string;
  /** Milliseconds since 1970; XO shows whole seconds. */
  readonly time: number;
  /** Id of the object that it is about. */
  readonly object: string;
}

export type XoRecord =
  | PoolRecord
  | HostRecord
  | SrRecord
  | PbdRecord
  | NetworkRecord
  | PifRecord
  | VmRecord
  | VbdRecord
  | VdiRecord
  | VifRecord
  | MessageRecord;

/** The record of each type. */
export interface RecordTypes {
  readonly pool: PoolRecord;
  readonly host: HostRecord;
  readonly SR: SrRecord;
  readonly PBD: PbdRecord;
  readonly network: NetworkRecord;
  readonly PIF: PifRecord;
  readonly VM: VmRecord;
  readonly "VM-template": VmRecord;
  readonly "VM-snapshot": VmRecord;
  readonly "VM-controller": VmRecord;
  readonly VBD: VbdRecord;
  readonly VDI: VdiRecord;
  readonly "VDI-snapshot": VdiRecord;
  readonly VIF: VifRecord;
  readonly message: MessageRecord;
}

/** The type of an object, as XO names it. */
export type XoType = keyof RecordTypes;

/** The store's tables and what each holds. */
export interface Tables {
  readonly objects: XoRecord;
  readonly users: UserRecord;
  readonly tokens: TokenRecord;
  readonly acls: AclRecord;
  readonly cloudConfigs: CloudConfigRecord;
  readonly resourceSets: ResourceSetRecord;
  /** Disks whose content is still to be deleted by the hypervisor. */
  readonly doomedDisks: { readonly id: string };
  /** Disks whose content is being copied by the hypervisor; after a crash nobody will ever refer to them. */
  readonly unfinishedDisks: { readonly id: string };
  readonly settings: { readonly id: string; readonly value: Json };
  readonly remotes: RemoteRecord;
  readonly backupJobs: BackupJobRecord;
  readonly schedules: ScheduleRecord;
  readonly backupLogs: BackupLogRecord;
}

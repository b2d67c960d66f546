/** A network card of a guest. */
export interface GuestNic {
  /** Device number, "0", "1", …; the guest sees it as enX<device>. */
  readonly device: string;
  /** Lower-case MAC address with colons. */
  readonly mac: string;
  /** Id of the XO network it is plugged into. */
  readonly network: string;
  /** Whether that network is the quarantine, which nothing leads away from. @default false */
  readonly isolated?: boolean;
}

/** A disk of a guest. */
export interface GuestDisk {
  /** XO's id of the disk (VDI). Its content lives as long as the disk does. */
  readonly id: string;
  /** Id of the storage repository (SR) that it lies on. */
  readonly repository: string;
  /** Id of the disk that it was cloned from when it is a system disk; undefined for an empty data disk. */
  readonly baseImage: string | undefined;
  /** Bytes. */
  readonly size: number;
}

/** A disk's content that is to become that of another one, which has none yet. Both are XO's ids. */
export interface DiskCopy {
  readonly from: string;
  readonly to: string;
}

/** A disk's content that is to be read into a folder of its own. */
export interface DiskExport {
  /** XO's id of the disk. */
  readonly disk: string;
  /** Made when missing; empty. */
  readonly folder: string;
}

/** A disk whose content comes from elsewhere. */
export type NewDisk = Pick<GuestDisk, "id" | "repository">;

/** What XO's cloud-init drive holds (NoCloud). */
export interface CloudInitDrive {
  readonly userData: string;
  /** Network configuration, version 2. @default - none: the guest asks by DHCP, which the lab does not serve */
  readonly networkConfig: string | undefined;
  /** NoCloud meta-data; has `instance-id`. */
  readonly metaData: string;
}

/** A guest as the hypervisor needs it to boot. */
export interface GuestSpec {
  /** XO's id of the VM. */
  readonly id: string;
  readonly name: string;
  /** Id of the simulated host that runs it. */
  readonly host: string;
  /** Bytes. */
  readonly memory: number;
  readonly cpus: number;
  /** The first disk is the system disk. */
  readonly disks: readonly GuestDisk[];
  readonly nics: readonly GuestNic[];
  /** The cloud-init drive while it is plugged in. */
  readonly cloudInit: CloudInitDrive | undefined;
}

/** What the guest's agent would report. */
export interface GuestFacts {
  /** True from the moment the guest's system runs far enough that an agent would answer. */
  readonly agent: boolean;
  /** XO's notation: "<nic device>/ipv4/<n>" or "<nic device>/ipv6/<n>" to address; link-local ones left out. */
  readonly addresses: Readonly<Record<string, string>>;
}

/** How a guest is doing. */
export type GuestState = "Running" | "Halted" | "Suspended" | "Paused";

/** A simulated host: a bridge and a cgroup of its own. */
export interface HostSpec {
  readonly id: string;
  /** Short name, at most 8 letters and digits, used in names of interfaces and cgroups. */
  readonly shortName: string;
  /** What its guests' network hangs on where that is not the lab's first switch. @default - the first switch */
  readonly segment?: Segment;
}

/** A switch of its own, which only the lab's router joins to the others. */
export interface Segment {
  /** At most 15 letters, digits and dashes. */
  readonly name: string;
  /** Address of the router in it, with the prefix length: "198.18.11.1/24". */
  readonly router: string;
}

/** What can break below the guests, and how it is mended. */
export interface HypervisorFaults {
  /** Makes the I/O of a shared storage repository stand still until it is told to go on. Idempotent. */
  stallRepository(repository: string): Promise<void>;
  /** Lets the I/O of a shared storage repository go on. Idempotent. */
  releaseRepository(repository: string): Promise<void>;
  /**
   * Makes the I/O of a shared storage repository stand still for a time; it goes on even if this process ends.
   * @returns milliseconds for which it stood still
   */
  interruptRepository(repository: string, milliseconds: number): Promise<number>;
  /** Takes a host off the network that its guests use, or joins it again. Idempotent. */
  setUplink(host: string, up: boolean): Promise<void>;
  /** Pulls the cables of a running guest's network cards, or plugs them in again. Until its next start. */
  setCables(id: string, up: boolean): Promise<void>;
  /** Ends a running guest as a panic of its kernel would; `onExit` tells of it. */
  crash(id: string): Promise<void>;
}

/** Runs guests for the XO simulator. Guests outlive this process: a new one finds them again. */
export interface Hypervisor extends HypervisorFaults {
  /**
   * Makes hosts and storage and finds guests that still run. Idempotent.
   * @param repositories ids of the shared storage repositories, which get a file system of their own. @default - none
   */
  prepare(hosts: readonly HostSpec[], repositories?: readonly string[]): Promise<void>;
  /**
   * Makes hosts and storage that came later, while guests run: of these, and of what is under way, nothing is touched.
   * Idempotent.
   */
  extend(hosts: readonly HostSpec[], repositories: readonly string[]): Promise<void>;
  /** Boots; resolves once its init runs. Rejects with a sentence when it cannot. */
  start(guest: GuestSpec): Promise<void>;
  /** "clean" asks its init to power off and waits (60 s at most, then rejects); "hard" is a power cut. */
  stop(id: string, mode: "clean" | "hard"): Promise<void>;
  /** Restarts with the given specification; "hard" is a power cut followed by a start. */
  reboot(guest: GuestSpec, mode: "clean" | "hard"): Promise<void>;
  /** Freezes it; its memory stays. */
  freeze(id: string, as: "Suspended" | "Paused"): Promise<void>;
  thaw(id: string): Promise<void>;
  /**
   * Moves a running guest to another host: freeze, unplug, plug in there, thaw. Where that fails it goes on as before.
   * @returns milliseconds for which it stood still
   */
  migrate(id: string, toHost: string): Promise<number>;
  /**
   * Plugs a network card in or out of a running guest.
   * @param nic the card, when the specification that the guest was started with did not have it
   */
  setLink(id: string, device: string, up: boolean, nic?: GuestNic): Promise<void>;
  /**
   * Copies disks as they are at one instant: a guest that uses one of them stands still until all are read, so
   * what is copied is what a power cut would leave. A disk that was never used has nothing to be copied. A crash
   * leaves no half copy under a disk's id, and the guest goes on with the next `prepare`.
   * @returns milliseconds for which the guest stood still; 0 when none runs with them
   */
  copyDisks(copies: readonly DiskCopy[]): Promise<number>;
  /**
   * Reads disks into folders as they are at one instant, like `copyDisks`. Owners, modes, extended attributes and
   * what hides files of the image are kept. A disk that was never used leaves its folder empty.
   * @returns milliseconds for which the guest stood still; 0 when none runs with them
   */
  exportDisks(exports: readonly DiskExport[]): Promise<number>;
  /** Makes the content of a new disk of what was exported. A crash leaves no half disk under its id. */
  importDisk(folder: string, disk: NewDisk): Promise<void>;
  /** Forgets the content of a disk for good. The disk must not be in use. */
  deleteDisk(disk: string): Promise<void>;
  /** The state of each guest that is not Halted, by VM id. */
  states(): Promise<ReadonlyMap<string, GuestState>>;
  facts(id: string): Promise<GuestFacts>;
  /** Called when a guest stopped by itself (power off inside, crash); not for stops asked for here. */
  onExit(listener: (id: string) => void): void;
}

import type { Capacity } from "./capacity.ts";
import { formatSize } from "./size.ts";

/** A VM that is to lie in another pool. Sizes in bytes. */
export interface MovingVm {
  readonly name: string;
  /** What it takes from a host. */
  readonly memory: number;
  readonly running: boolean;
  /** Whether its guest drivers answer. */
  readonly drivers: boolean;
  /** Why somebody blocked its migration. @default - nobody did */
  readonly blocked?: string;
  readonly snapshots: readonly MovingSnapshot[];
  readonly disks: readonly { readonly name: string; readonly size: number }[];
}

/** A snapshot of a VM that is to lie in another pool. */
export interface MovingSnapshot {
  readonly name: string;
  /** Whether a backup job keeps it on the VM, for the next delta to be made against. */
  readonly ofBackup: boolean;
  /** Whether it has the VM's memory. */
  readonly memory: boolean;
  /** Bytes of its disks. */
  readonly size: number;
}

/** A host of the pool that it goes to. */
export interface TargetHost {
  readonly id: string;
  readonly name: string;
  /** Bytes that are free for further VMs. */
  readonly free: number;
  /** Whether it takes VMs. */
  readonly takes: boolean;
}

/** The pool that it goes to, as Xen Orchestra shows it. */
export interface TargetPool {
  readonly label: string;
  readonly haEnabled: boolean;
  readonly hosts: readonly TargetHost[];
  /** Id of the host that it will prefer. */
  readonly preferred: string;
  /** Whether the pool bears its failures with this VM as well. */
  readonly capacity: Capacity;
  /** Name of the repository of new disks in the settings, and what there is of that name. */
  readonly storage: {
    readonly label: string;
    /** @default - XO has none of this name there */
    readonly found?: {
      readonly id: string;
      /** Bytes. */
      readonly free: number;
      /** Ids of the hosts that it is attached to. */
      readonly attached: readonly string[];
    };
  };
  readonly network: {
    readonly label: string;
    /** @default - XO has none of this name there */
    readonly id?: string;
  };
  /** Name of a VM that has the new address already. @default - nobody has it */
  readonly addressOf?: string;
}

/** Where it goes, by XO's ids. */
export interface PoolMove {
  readonly host: TargetHost;
  readonly repository: string;
  readonly network: string;
}

/** A move, or every reason against it, each a sentence with its numbers. */
export type PoolMovePlan =
  | { readonly ok: true; readonly move: PoolMove }
  | { readonly ok: false; readonly reasons: readonly string[] };

/** Whether a VM can move to another pool while it runs, and where exactly it goes. Nothing is touched. */
export function planPoolMove(vm: MovingVm, target: TargetPool): PoolMovePlan {
  const { storage, network } = target;
  const fitting = target.hosts.filter(({ takes, free }) => takes && free >= vm.memory);
  const host =
    fitting.find(({ id }) => id === target.preferred) ?? fitting.toSorted((a, b) => b.free - a.free)[0];
  const reasons = [
    ...reasonsOfVm(vm),
    ...(target.haEnabled ? [] : [`high availability of the pool ${target.label} is off: bring it up first`]),
    ...(host === undefined ? [noHost(vm, target)] : []),
    ...(target.capacity.fits ? [] : [target.capacity.sentence]),
    ...reasonsOfStorage(vm, target, host),
    ...(network.id === undefined ? [`the pool ${target.label} has no network "${network.label}"`] : []),
    ...(target.addressOf === undefined ? [] : [`the VM "${target.addressOf}" has the new address already`]),
  ];
  if (reasons.length > 0 || host === undefined || !storage.found || network.id === undefined)
    return { ok: false, reasons };
  return { ok: true, move: { host, repository: storage.found.id, network: network.id } };
}

function reasonsOfVm({ running, drivers, blocked, snapshots }: MovingVm): readonly string[] {
  return [
    ...(running ? [] : ["it does not run: start it first, its network is changed from within"]),
    ...(!running || drivers ? [] : ["its guest drivers do not answer"]),
    ...(blocked === undefined ? [] : [`its migration is blocked: ${blocked}`]),
    ...reasonsOfSnapshots(snapshots),
  ];
}

/**
 * XO leaves one snapshot on a VM after every delta backup, and XAPI moves a VM with one, but not with more and not with
 * its memory (xapi_vm_migrate.ml: VM_HAS_TOO_MANY_SNAPSHOTS, VM_HAS_CHECKPOINT). One that a person made is not
 * dragged along unasked.
 */
function reasonsOfSnapshots(snapshots: readonly MovingSnapshot[]): readonly string[] {
  const [only, more] = snapshots;
  if (only === undefined || (more === undefined && only.ofBackup && !only.memory)) return [];
  const names = snapshots.map(
    ({ name, ofBackup, memory }) =>
      `"${name}"${ofBackup ? " of a backup job" : ""}${memory ? " with its memory" : ""}`,
  );
  return [
    `it has ${snapshots.length} ${more === undefined ? "snapshot" : "snapshots"} (${names.join(", ")}): at most the one that a backup job keeps for its next delta comes along; remove the others first`,
  ];
}

function noHost(vm: MovingVm, { label, hosts }: TargetPool): string {
  const rooms = hosts.map(({ name, free, takes }) =>
    takes ? `${name} has ${formatRoom(free)}` : `${name} takes none`,
  );
  return `no host of the pool ${label} has room: it needs ${formatRoom(vm.memory)}; ${rooms.join(", ")}`;
}

function reasonsOfStorage(
  { disks, snapshots }: MovingVm,
  { label, storage }: TargetPool,
  host: TargetHost | undefined,
): readonly string[] {
  const { found } = storage;
  if (found === undefined) return [`the pool ${label} has no storage repository "${storage.label}"`];
  const past = snapshots.reduce((sum, snapshot) => sum + snapshot.size, 0);
  const size = disks.reduce((sum, disk) => sum + disk.size, past);
  const counted = past === 0 ? "" : ` with those of its ${snapshots.length === 1 ? "snapshot" : "snapshots"}`;
  return [
    ...(size <= found.free
      ? []
      : [
          `"${storage.label}" is too full: its disks have ${formatRoom(size)}${counted}, ${formatRoom(found.free)} are free`,
        ]),
    ...(host === undefined || found.attached.includes(host.id)
      ? []
      : [`"${storage.label}" is not attached to ${host.name}`]),
  ];
}

/** To a tenth of a GiB, down for what is free and up for nobody: bytes that do not fit a whole unit are common here. */
function formatRoom(bytes: number): string {
  const gib = bytes / 2 ** 30;
  return Number.isInteger(gib) ? formatSize(bytes) : `${Math.floor(gib * 10) / 10} GiB`;
}

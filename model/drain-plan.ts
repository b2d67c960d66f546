/** What a plan has to know of a host. */
export interface DrainHost {
  readonly id: string;
  readonly name: string;
  /** Bytes that are free for further VMs. */
  readonly free: number;
  /** Whether it takes VMs: enabled, and alive. */
  readonly takes: boolean;
}

/** What a plan has to know of a VM that holds memory of a host. */
export interface DrainVm {
  readonly id: string;
  readonly name: string;
  /** Bytes that it takes from its host. */
  readonly memory: number;
  /** Id of the host that it runs on. */
  readonly host: string;
  /** Id of the host that it prefers. @default - none */
  readonly affinityHost?: string;
  /** Why it cannot be moved while it is as it is: "it is paused". @default - it can */
  readonly fixed?: string;
}

/** One live migration. */
export interface Move {
  readonly vm: DrainVm;
  readonly from: DrainHost;
  readonly to: DrainHost;
}

/** A VM that stays where it is. */
export interface Stuck {
  readonly vm: DrainVm;
  /** For people, with numbers: "needs 4 GiB; xcp-nord-1 has 1 GiB, xcp-nord-3 has 2 GiB". */
  readonly why: string;
}

/** Who moves where, in this order. */
export interface DrainPlan {
  readonly moves: readonly Move[];
  readonly stuck: readonly Stuck[];
}

/** Largest first; of equal ones always the same order. */
export function bySize(a: DrainVm, b: DrainVm): number {
  return b.memory - a.memory || (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1);
}

/**
 * Where the VMs of a host go: each to the host that it prefers if that has room, else to the one with most room,
 * so that the rest stays even. Where that leaves a VM over, the fullest hosts are filled first instead, which
 * keeps the large gaps for the large VMs.
 *
 * @param drained id of the host
 */
export function planDrain(hosts: readonly DrainHost[], vms: readonly DrainVm[], drained: string): DrainPlan {
  const from = hosts.find(({ id }) => id === drained);
  if (from === undefined) throw new Error(`no host ${drained}`);
  const targets = hosts.filter(({ id, takes }) => id !== drained && takes);
  const guests = vms.filter(({ host }) => host === drained).sort(bySize);
  const even = place(guests, from, targets, (room) => -room, true);
  if (even.stuck.every(({ vm }) => vm.fixed !== undefined)) return even;
  const tight = place(guests, from, targets, (room) => room, false);
  return tight.stuck.length < even.stuck.length ? tight : even;
}

function place(
  guests: readonly DrainVm[],
  from: DrainHost,
  targets: readonly DrainHost[],
  rank: (room: number) => number,
  byAffinity: boolean,
): DrainPlan {
  const room = new Map(targets.map(({ id, free }) => [id, free]));
  const roomOf = ({ id }: DrainHost): number => room.get(id) ?? 0;
  const moves: Move[] = [];
  const left: DrainVm[] = [];
  for (const vm of guests) {
    const fitting = targets
      .filter((host) => roomOf(host) >= vm.memory)
      .sort((a, b) => rank(roomOf(a)) - rank(roomOf(b)) || (a.name < b.name ? -1 : 1));
    const preferred = byAffinity ? fitting.find(({ id }) => id === vm.affinityHost) : undefined;
    const to = preferred ?? fitting[0];
    if (vm.fixed !== undefined || to === undefined) left.push(vm);
    else {
      room.set(to.id, roomOf(to) - vm.memory);
      moves.push({ vm, from, to });
    }
  }
  const rest = targets.map((host) => ({ ...host, free: roomOf(host) }));
  return { moves, stuck: left.map((vm) => ({ vm, why: vm.fixed ?? describeNeed(vm, rest) })) };
}

/**
 * Who comes back to a host that takes VMs again: those that prefer it and run elsewhere, largest first, as far as
 * they fit.
 *
 * @param home id of the host
 */
export function planReturn(hosts: readonly DrainHost[], vms: readonly DrainVm[], home: string): DrainPlan {
  const to = hosts.find(({ id }) => id === home);
  if (to === undefined) throw new Error(`no host ${home}`);
  let { free } = to;
  const moves: Move[] = [];
  const stuck: Stuck[] = [];
  for (const vm of vms
    .filter(({ affinityHost, host }) => affinityHost === home && host !== home)
    .sort(bySize)) {
    const from = hosts.find(({ id }) => id === vm.host);
    if (vm.fixed !== undefined) stuck.push({ vm, why: vm.fixed });
    else if (from === undefined || vm.memory > free)
      stuck.push({ vm, why: describeNeed(vm, [{ ...to, free }]) });
    else {
      free -= vm.memory;
      moves.push({ vm, from, to });
    }
  }
  return { moves, stuck };
}

/** What a VM needs and what there is. */
function describeNeed({ memory }: DrainVm, hosts: readonly DrainHost[]): string {
  const rooms = hosts.map(({ name, free }) => `${name} has ${showRoom(free)} left`);
  return `needs ${showNeed(memory)}; ${rooms.join(", ") || "no other host takes VMs"}`;
}

/** Need in GiB, rounded up: what is shown is enough. */
function showNeed(bytes: number): string {
  return `${Math.ceil((bytes / 2 ** 30) * 10) / 10} GiB`;
}

/** Room in GiB, rounded down: what is shown is there. */
function showRoom(bytes: number): string {
  return `${(Math.floor((Math.max(0, bytes) / 2 ** 30) * 10) / 10).toString()} GiB`;
}

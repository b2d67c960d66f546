/** A host as the arithmetic sees it. Sizes in bytes. */
export interface CapacityHost {
  readonly nameLabel: string;
  readonly memory: number;
  /** What its control domain takes. */
  readonly controlDomain: number;
  /** False in maintenance: it takes no VMs. */
  readonly enabled: boolean;
  /** False when it does not run. */
  readonly live: boolean;
}

/** A VM that no administration has: it needs its room as well. */
export interface OtherVm {
  readonly nameLabel: string;
  /** Bytes. */
  readonly memory: number;
  /** Whether it is started again after a failure of its host. */
  readonly protected: boolean;
}

/** An administration's VM, as it is or shall be, whichever is larger. */
export interface CapacityVm {
  /** Id of the administration. */
  readonly id: string;
  /** Bytes. */
  readonly memory: number;
  readonly cpus: number;
  /** Whether it is still to be made: then another pool costs nothing. */
  readonly isNew: boolean;
}

/** What the arithmetic is about. */
export interface CapacityInput {
  /** Name of the pool. */
  readonly pool: string;
  readonly hosts: readonly CapacityHost[];
  readonly vms: readonly CapacityVm[];
  readonly others: readonly OtherVm[];
  /** Host failures that are to be borne. */
  readonly hostFailures: number;
}

/** Whether every protected VM finds a place after the failures. Sizes in bytes. */
export interface Capacity {
  readonly fits: boolean;
  /** All protected VMs with what the hypervisor needs for each. */
  readonly needs: number;
  /** What is left for them on the hosts that remain. */
  readonly has: number;
  /** Names of the hosts that are taken for failed: the largest ones. */
  readonly lost: readonly string[];
  /** Names of hosts that do not count, since they are down or in maintenance. */
  readonly away: readonly string[];
  /** Administrations whose VMs should run in another pool, those still to be made first; none when all fits. */
  readonly move: readonly { readonly id: string; readonly memory: number; readonly isNew: boolean }[];
  /** The same for people, one sentence. */
  readonly sentence: string;
}

const mib = 2 ** 20;

/**
 * What a VM takes from its host. XAPI's model for HVM guests adds a MiB a processor, a 128th of the memory for page
 * tables and shadows, and two MiB.
 */
export function footprint({ memory, cpus }: Pick<CapacityVm, "memory" | "cpus">): number {
  return memory + Math.ceil(memory / 128) + (cpus + 2) * mib;
}

/**
 * N+1: do all protected VMs fit when the largest hosts are gone? Memory is summed; that no VM is larger than the
 * largest remaining host is looked at as well. Of VMs that are not protected none is assumed to be lost, which errs
 * on the safe side.
 */
export function planCapacity({ pool, hosts, vms, others, hostFailures }: CapacityInput): Capacity {
  const rooms = hosts
    .filter(({ enabled, live }) => enabled && live)
    .map(({ nameLabel, memory, controlDomain }) => ({ nameLabel, room: memory - controlDomain }))
    .sort((a, b) => b.room - a.room || (a.nameLabel < b.nameLabel ? -1 : 1));
  const away = hosts.filter(({ enabled, live }) => !enabled || !live).map(({ nameLabel }) => nameLabel);
  const lost = rooms.slice(0, hostFailures).map(({ nameLabel }) => nameLabel);
  const left = rooms.slice(hostFailures);
  const unprotected = sum(others.filter((vm) => !vm.protected).map(({ memory }) => memory));
  const has = Math.max(0, sum(left.map(({ room }) => room)) - unprotected);
  const largestRoom = left[0]?.room ?? 0;
  const sized = vms.map((vm) => ({ ...vm, takes: footprint(vm) }));
  const theirs = sum(others.filter((vm) => vm.protected).map(({ memory }) => footprint({ memory, cpus: 0 })));
  const needs = sum(sized.map(({ takes }) => takes)) + theirs;
  const tooLarge = sized.filter(({ takes }) => takes > largestRoom);
  const move = needs <= has ? tooLarge : chooseToMove(sized, needs - has);
  const fits = needs <= has && tooLarge.length === 0;
  const found = {
    fits,
    ...{ needs, has, lost, away: away.toSorted() },
    move: move.map(({ id, memory, isNew }) => ({ id, memory, isNew })),
  };
  return { ...found, sentence: say(pool, found, largestRoom) };
}

type Sized = CapacityVm & { readonly takes: number };

/**
 * VMs that together free what is missing: those still to be made before those that run, and of each as few as
 * possible; the last one is the smallest that does.
 */
function chooseToMove(vms: readonly Sized[], missing: number): readonly Sized[] {
  const chosen: Sized[] = [];
  const rest = vms.toSorted(
    (a, b) => Number(b.isNew) - Number(a.isNew) || b.takes - a.takes || (a.id < b.id ? -1 : 1),
  );
  let open = missing;
  while (open > 0 && rest.length > 0) {
    const isNew = rest[0]?.isNew;
    const enough = rest.findLast((vm) => vm.isNew === isNew && vm.takes >= open);
    const next = enough ?? rest[0];
    if (next === undefined) break;
    chosen.push(next);
    rest.splice(rest.indexOf(next), 1);
    open -= next.takes;
  }
  return chosen;
}

function say(pool: string, found: Omit<Capacity, "sentence">, largestRoom: number): string {
  const { fits, needs, has, lost, away, move } = found;
  const without = [
    ...lost.map((name) => `"${name}" failed`),
    ...away.map((name) => `"${name}" is down or in maintenance`),
  ].join(", ");
  const figures = `its protected VMs need ${gib(needs)}, and with ${without || "no host away"} it has ${gib(has)}`;
  if (fits) return `The pool "${pool}" bears it: ${figures}.`;
  const names = move
    .map(({ id, memory, isNew }) => `${id} (${gib(memory)}${isNew ? ", new" : ""})`)
    .join(", ");
  const problem =
    needs > has
      ? `${gib(needs - has)} are missing`
      : `no single host has more than ${gib(largestRoom)} for one VM`;
  const way =
    names === "" ? "add memory or a host" : `move ${names} to another pool, or add memory or a host`;
  return `The pool "${pool}" is too small to bear host failures: ${figures}; ${problem}: ${way}.`;
}

/** As people read it, to a tenth of a GiB. */
function gib(bytes: number): string {
  return `${Math.ceil((bytes / 2 ** 30) * 10) / 10} GiB`;
}

function sum(figures: readonly number[]): number {
  return figures.reduce((total, figure) => total + figure, 0);
}

/** A host that can take machines. */
export interface PlanHost {
  readonly id: string;
  /** Bytes that nothing on it uses. */
  readonly free: number;
}

/** A protected machine. */
export interface PlanVm {
  readonly id: string;
  /** Bytes. */
  readonly memory: number;
  /** The host that it runs on; undefined, or a host that is not listed, when it waits for one. */
  readonly host: string | undefined;
}

/** The hosts that are left and the machines that have to run on them. */
export interface Configuration {
  readonly hosts: readonly PlanHost[];
  readonly vms: readonly PlanVm[];
}

/**
 * Where machines without a host would go when these hosts are lost, or undefined when they do not all fit. The
 * largest machine is placed first, on the host where it leaves least free.
 */
export function planWithout(
  lost: ReadonlySet<string>,
  { hosts, vms }: Configuration,
): ReadonlyMap<string, string> | undefined {
  const free = new Map(hosts.filter(({ id }) => !lost.has(id)).map((host) => [host.id, host.free]));
  return pack(
    vms.filter(({ host }) => host === undefined || !free.has(host)),
    free,
  );
}

function pack(
  vms: readonly Pick<PlanVm, "id" | "memory">[],
  hosts: ReadonlyMap<string, number>,
): ReadonlyMap<string, string> | undefined {
  const free = new Map(hosts);
  const places = new Map<string, string>();
  for (const vm of [...vms].sort((a, b) => b.memory - a.memory || compare(a.id, b.id))) {
    const [best] = [...free].filter(([, room]) => room >= vm.memory).sort(([, a], [, b]) => a - b);
    if (best === undefined) return undefined;
    free.set(best[0], best[1] - vm.memory);
    places.set(vm.id, best[0]);
  }
  return places;
}

/** Whether every protected machine could be restarted whichever `failures` hosts fail; one host has to be left. */
export function planExists(configuration: Configuration, failures: number): boolean {
  if (failures <= 0) return true;
  if (failures >= configuration.hosts.length) return false;
  // The largest first: a set that cannot be borne is most likely among them.
  const bySize = [...configuration.hosts].sort((a, b) => sizeOf(b, configuration) - sizeOf(a, configuration));
  return subsets(bySize, failures).every(
    (lost) => planWithout(new Set(lost.map(({ id }) => id)), configuration) !== undefined,
  );
}

/** The most failures for which a plan exists. */
export function maxFailures(configuration: Configuration): number {
  let failures = 0;
  while (planExists(configuration, failures + 1)) failures++;
  return failures;
}

/** A machine that waits for a host. */
export interface WaitingVm {
  readonly id: string;
  /** Bytes. */
  readonly memory: number;
  /** The host that it would like best. */
  readonly prefers: string | undefined;
}

/**
 * Gives hosts to machines in the order in which they are to start: the preferred one, else that with most room, as
 * long as all that come later still fit somewhere. When not all fit, whoever comes first is served first, and those
 * for which there is no room are left out.
 */
export function assignHosts(
  waiting: readonly WaitingVm[],
  hosts: readonly PlanHost[],
): ReadonlyMap<string, string> {
  const free = new Map(hosts.map((host) => [host.id, host.free]));
  const places = new Map<string, string>();
  const allFit = pack(waiting, free) !== undefined;
  for (const [index, vm] of waiting.entries()) {
    const candidates = [...free]
      .filter(([, room]) => room >= vm.memory)
      .sort(([a, left], [b, right]) => Number(b === vm.prefers) - Number(a === vm.prefers) || right - left)
      .map(([id]) => id);
    const later = waiting.slice(index + 1);
    const after = (id: string) => new Map(free).set(id, (free.get(id) ?? 0) - vm.memory);
    const chosen = candidates.find((id) => !allFit || pack(later, after(id)) !== undefined);
    if (chosen === undefined) continue;
    free.set(chosen, (free.get(chosen) ?? 0) - vm.memory);
    places.set(vm.id, chosen);
  }
  return places;
}

/** What is lost with a host. */
function sizeOf(host: PlanHost, { vms }: Configuration): number {
  return host.free + vms.filter((vm) => vm.host === host.id).reduce((sum, vm) => sum + vm.memory, 0);
}

function subsets<T>(items: readonly T[], size: number): T[][] {
  if (size === 0) return [[]];
  return items.flatMap((item, index) =>
    subsets(items.slice(index + 1), size - 1).map((rest) => [item, ...rest]),
  );
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

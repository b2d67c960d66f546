import { FarmError } from "../../lib/farm-error.ts";
import { numberAt, objectsIn, type XoObject } from "./pool-objects.ts";
import type { XoClient } from "./xo-client.ts";

const gibibyte = 1024 ** 3;

function gib(bytes: number): string {
  return `${(bytes / gibibyte).toFixed(1)} GiB`;
}

const memoryOf = (vm: XoObject): number => numberAt(vm, "memory", "dynamic", 1);
const byMemory = (a: XoObject, b: XoObject): number => memoryOf(b) - memoryOf(a);
const namesOf = (objects: readonly XoObject[]): string =>
  objects.map((object) => String(object.name_label)).join(", ");

interface Loss {
  readonly lost: readonly XoObject[];
  readonly left: readonly XoObject[];
  /** Protected machines that have to be restarted, the largest first. */
  readonly homeless: readonly XoObject[];
  /** Those of them for which there is no room. */
  readonly unplaced: readonly XoObject[];
}

const freeOf = (host: XoObject): number =>
  numberAt(host, "memory", "size") - numberAt(host, "memory", "usage");

function lossOf(lost: readonly XoObject[], hosts: readonly XoObject[], vms: readonly XoObject[]): Loss {
  const left = hosts.filter((host) => !lost.includes(host));
  const isLost = (vm: XoObject): boolean => lost.some((host) => host.id === vm.$container);
  const homeless = vms.filter((vm) => vm.high_availability === "restart" && isLost(vm)).sort(byMemory);
  const free = new Map(left.map((host) => [host.id, freeOf(host)]));
  const unplaced = homeless.filter((vm) => {
    const [best] = [...free].filter(([, bytes]) => bytes >= memoryOf(vm)).sort(([, a], [, b]) => a - b);
    if (best === undefined) return true;
    free.set(best[0], best[1] - memoryOf(vm));
    return false;
  });
  return { lost, left, homeless, unplaced };
}

function subsets<T>(items: readonly T[], size: number): T[][] {
  if (size === 0) return [[]];
  return items.flatMap((item, index) =>
    subsets(items.slice(index + 1), size - 1).map((rest) => [item, ...rest]),
  );
}

const sum = (objects: readonly XoObject[], of: (object: XoObject) => number): number =>
  objects.reduce((total, object) => total + of(object), 0);

/** What is short at the worst failure of so many hosts, as XO's figures tell it. */
function shortage(hosts: readonly XoObject[], vms: readonly XoObject[], failures: number): string {
  const losses = subsets(hosts, failures).map((lost) => lossOf(lost, hosts, vms));
  const [worst] = losses.sort((a, b) => sum(b.unplaced, memoryOf) - sum(a.unplaced, memoryOf));
  if (worst === undefined) return "XAPI finds no plan";
  const { lost, left, homeless, unplaced } = worst;
  const figures = `without ${namesOf(lost)} there are ${gib(sum(left, freeOf))} free on ${namesOf(left)}, and ${gib(sum(homeless, memoryOf))} of protected machines have to be restarted`;
  if (unplaced.length === 0) return figures;
  const named = unplaced.map((vm) => `${String(vm.name_label)} (${gib(memoryOf(vm))})`);
  return `${figures}; no host has room for ${named.join(", ")}`;
}

/** The refusal of a number of failures that the pool cannot bear: what was asked, what is possible, what is short. */
export async function overcommitted(
  client: XoClient,
  pool: XoObject,
  asked: number,
  possible: number,
  signal: AbortSignal,
): Promise<FarmError> {
  const listed = (type: string) => objectsIn(client, type, String(pool.id), signal);
  const [hosts, vms] = await Promise.all([listed("host"), listed("VM")]);
  const serving = hosts.filter((host) => host.enabled !== false && host.power_state === "Running");
  return new FarmError({
    what: `pool ${String(pool.name_label)} cannot bear ${asked} failed hosts: asked ${asked}, possible ${possible}`,
    where: "hostFailuresToTolerate",
    why:
      asked >= serving.length
        ? `${serving.length} hosts are in service, and one has to be left`
        : shortage(serving, vms, asked),
    next: "ask for less, add memory or a host, or move administrations to another pool; overcommitment is not allowed",
  });
}

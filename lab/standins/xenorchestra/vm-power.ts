import { contains, parseCidr } from "./cidr.ts";
import type { XoClient } from "./client.ts";
import { flag, nested, text } from "./json.ts";
import { PollTimeout, poll } from "./poll.ts";

const actions = { stop: "Halted", suspend: "Suspended", pause: "Paused" } as const;

async function powerState(client: XoClient, id: string): Promise<string> {
  return text(await client.vm(id), "power_state");
}

/** Starts, resumes or unpauses a VM and waits until it runs. */
export async function start(client: XoClient, id: string, signal: AbortSignal): Promise<void> {
  await client.order("vm.start", { id }, signal);
  const goal = { target: "Running", pending: ["Halted"], timeout: client.settings.powerTimeout, signal };
  await poll(() => powerState(client, id), goal);
}

/**
 * Stops, suspends or pauses a VM. Its agent must have shown up before, so that this fails for a VM that does not
 * run.
 */
export async function leaveRunning(
  client: XoClient,
  id: string,
  action: keyof typeof actions,
  signal: AbortSignal,
): Promise<void> {
  const timeout = client.settings.powerTimeout;
  const agent = async (): Promise<string> => String(flag(await client.vm(id), "pvDriversDetected"));
  try {
    await poll(agent, { target: "true", pending: ["false"], timeout, signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(`failed to gracefully ${action} vm (${id}) since PV drivers were never detected`, {
      cause: error,
    });
  }
  await client.order(`vm.${action}`, { id }, signal);
  await poll(() => powerState(client, id), {
    target: actions[action],
    pending: ["Running"],
    timeout,
    signal,
  });
}

/**
 * Waits until a new VM has its power state or, when ranges are given, until each of these network cards has an
 * address in its range. @param ranges by index of the network card
 */
export async function waitForCreated(
  client: XoClient,
  id: string,
  wanted: string,
  ranges: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<void> {
  const timeout = client.settings.createTimeout;
  if (ranges.size > 0) return waitForAddresses(client, id, ranges, timeout, signal);
  const pending = { Running: "Halted", Halted: "Running" }[wanted];
  if (pending === undefined) throw new Error(`invalid VM power state requested: ${wanted}`);
  await poll(() => powerState(client, id), { target: wanted, pending: [pending], timeout, signal });
}

async function waitForAddresses(
  client: XoClient,
  id: string,
  ranges: ReadonlyMap<string, string>,
  timeout: number,
  signal: AbortSignal,
): Promise<void> {
  let missing = "";
  const ask = async (): Promise<string> => {
    const vm = await client.vm(id);
    const addresses = Object.entries(nested(vm, "addresses"));
    for (const [index, cidr] of ranges) {
      const own = addresses
        .filter(([key]) => key.split("/")[0] === index)
        .map(([, address]) => String(address));
      missing = `network[${index}] never converged to the following cidr: ${cidr}, addresses: [${own.join(" ")}] failed to match`;
      const range = parseCidr(cidr);
      if (!range) throw new Error(`invalid CIDR address: ${cidr}`);
      if (text(vm, "power_state") !== "Running" || !own.some((address) => contains(range, address)))
        return "waiting";
    }
    return "ready";
  };
  try {
    await poll(ask, { target: "ready", pending: ["waiting"], timeout, signal });
  } catch (error) {
    throw error instanceof PollTimeout ? new Error(missing, { cause: error }) : error;
  }
}

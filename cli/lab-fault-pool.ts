import { setTimeout as sleep } from "node:timers/promises";
import { type Command, InvalidArgumentError } from "commander";
import { labPlaces, readLab, readSecrets } from "../lab/lab-file.ts";
import { FarmError } from "../lib/farm-error.ts";
import { tenantTag } from "../model/plan.ts";
import { XoClient } from "../providers/xenops/xo-client.ts";
import { outputOf } from "./output.ts";

interface Named {
  readonly id: string;
  readonly name: string;
}

/** What is broken below the VMs, as the simulator tells it. */
export interface PoolFaults {
  readonly controllers: readonly {
    readonly name: string;
    readonly failed: boolean;
    /** Names of the storage repositories whose I/O goes through it. */
    readonly serves: readonly string[];
  }[];
  readonly deadHosts: readonly Named[];
  readonly hostsWithoutNetwork: readonly Named[];
  readonly vmsWithoutNetwork: readonly Named[];
  readonly pausedVms: readonly Named[];
}

interface Options {
  readonly heal?: boolean;
}

/** Works with the lab's XO as its administrator. @throws FarmError when the lab does not run */
export async function withLabXo<Result>(work: (xo: XoClient) => Promise<Result>): Promise<Result> {
  const { url } = readLab().xo;
  const xo = new XoClient({ url, token: readSecrets(labPlaces()).xo.adminToken, patience: 2000 });
  try {
    return await work(xo);
  } finally {
    xo.close();
  }
}

/** What is broken now. */
export async function poolFaults(xo: XoClient): Promise<PoolFaults> {
  return (await xo.call("lab.getFaults", {}, { reads: true })) as PoolFaults;
}

/** Registers the faults of hosts, storage, network and guests. */
export function registerPoolFaults(fault: Command): void {
  fault
    .command("host")
    .description("a host loses its power, and every guest on it with it")
    .argument("<host>", "name or id")
    .option("--heal", "it boots again")
    .option("--json", "the result as JSON")
    .action(host);
  fault
    .command("storage")
    .description("a NetApp controller fails; its partner takes over, without one the repositories are gone")
    .argument("<controller>", "name, as in the stack's settings and on the lab's status page")
    .option("--heal", "it is back and serves its own again")
    .option("--json", "the result as JSON")
    .action(storage);
  fault
    .command("network")
    .description("a host loses the uplink of its guests' network, or a VM its cables")
    .argument("<host or VM>", "name, id, or the administration's id")
    .option("--heal", "plug it in again")
    .option("--json", "the result as JSON")
    .action(network);
  fault
    .command("guest")
    .description("a VM's kernel panics, or it stands still")
    .argument("<VM>", "name, id, or the administration's id")
    .option("--pause <seconds>", "stand still for so long instead; 0 until --heal", duration)
    .option("--heal", "let it go on, or boot it")
    .option("--json", "the result as JSON")
    .action(guest);
}

async function host(name: string, { heal }: Options, command: Command): Promise<void> {
  const found = await withLabXo(async (xo) => {
    const each = await findOne(xo, ["host"], name);
    await xo.call(heal ? "lab.healHost" : "lab.failHost", { host: each.id });
    return each;
  });
  const text = heal ? `${found.name} is back.` : `${found.name} has lost its power.`;
  outputOf(command).result({ host: found.name, live: heal === true }, text);
}

async function storage(controller: string, { heal }: Options, command: Command): Promise<void> {
  const found = await withLabXo(async (xo) => {
    const known = (await poolFaults(xo)).controllers.map(({ name }) => name);
    if (!known.includes(controller)) throw unknown("storage controller", controller, known);
    await xo.call(heal ? "lab.healController" : "lab.failController", { controller });
    return (await poolFaults(xo)).controllers;
  });
  const serving = found
    .filter(({ serves }) => serves.length > 0)
    .map(({ name, serves }) => `${name} serves ${serves.join(" and ")}`);
  const gone = "No controller is left: the repositories are gone until one is healed";
  const text = `${controller} ${heal ? "is back" : "has failed"}. ${serving.join(", ") || gone}.`;
  outputOf(command).result({ controllers: found }, text);
}

async function network(name: string, { heal }: Options, command: Command): Promise<void> {
  const found = await withLabXo(async (xo) => {
    const each = await findOne(xo, ["host", "VM"], name);
    await xo.call(heal ? "lab.healNetwork" : "lab.failNetwork", { id: each.id });
    return each;
  });
  const text = `${found.name} ${heal ? "is on the network again" : "is off the network of the guests"}.`;
  outputOf(command).result({ name: found.name, onNetwork: heal === true }, text);
}

async function guest(
  name: string,
  { heal, pause }: Options & { readonly pause?: number },
  command: Command,
): Promise<void> {
  if (heal && pause !== undefined) {
    throw new FarmError({ what: "--heal and --pause say opposite things", next: "give one of them" });
  }
  const output = outputOf(command);
  const text = await withLabXo(async (xo) => {
    const vm = await findOne(xo, ["VM"], name);
    if (heal) return mend(xo, vm);
    if (pause === undefined) {
      await xo.call("lab.crashGuest", { id: vm.id });
      return `${vm.name}: its kernel has panicked.`;
    }
    await xo.call("vm.pause", { id: vm.id });
    if (pause === 0) return `${vm.name} stands still until --heal.`;
    output.progress(`${vm.name} stands still`);
    await sleep(pause * 1000);
    await xo.call("vm.unpause", { id: vm.id });
    return `${vm.name} stood still for ${pause} s and goes on.`;
  });
  output.result({ done: text }, text);
}

async function mend(xo: XoClient, vm: Named): Promise<string> {
  const [found] = await xo.objects({ type: "VM", id: vm.id });
  if (found?.["power_state"] === "Paused") {
    await xo.call("vm.unpause", { id: vm.id });
    return `${vm.name} goes on.`;
  }
  if (found?.["power_state"] === "Halted") {
    await xo.call("vm.start", { id: vm.id });
    return `${vm.name} boots.`;
  }
  return `${vm.name} runs.`;
}

/** The host or VM with this name, id, or administration. @throws FarmError that lists what there is */
async function findOne(xo: XoClient, types: readonly string[], name: string): Promise<Named> {
  const objects = (await Promise.all(types.map((type) => xo.objects({ type })))).flat();
  const matches = objects.filter(({ id, name_label, tags }) => {
    const isTenant = Array.isArray(tags) && tags.includes(tenantTag(name));
    return id === name || name_label === name || isTenant;
  });
  const [found, ...others] = matches;
  if (found === undefined) {
    throw unknown(types.join(" or "), name, objects.map(({ name_label }) => String(name_label)).sort());
  }
  if (others.length > 0) {
    throw new FarmError({
      what: `${matches.length} objects are called "${name}"`,
      next: `give an id: ${matches.map(({ id }) => String(id)).join(", ")}`,
    });
  }
  return { id: String(found["id"]), name: String(found["name_label"]) };
}

function unknown(what: string, name: string, known: readonly string[]): FarmError {
  return new FarmError({
    what: `The lab has no ${what} "${name}"`,
    next: known.length === 0 ? "there is none: ./farm lab status" : `name one of: ${known.join(", ")}`,
  });
}

function duration(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 3600))
    throw new InvalidArgumentError("seconds from 0 to 3600 are wanted");
  return value;
}

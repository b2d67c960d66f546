import { healStack } from "../../cli/heal.ts";
import { capturePulumi } from "../../cli/pulumi.ts";
import { readState, writeState } from "../../cli/stack-state.ts";
import { editState, nameOf } from "../../model/stack-state.ts";
import { addTenant, project, restoreTenant, up } from "./project.ts";
import { cloudflare, farmVms, type LabRecord, withXo } from "./services.ts";

/** Words of a command as a shell takes them apart: spaces, and both kinds of quotes. */
function shellWords(line: string): string[] {
  const words = line.match(/(?:[^\s'"]+|'[^']*'|"[^"]*")+/g) ?? [];
  return words.map((word) => word.replace(/'([^']*)'|"([^"]*)"/g, "$1$2"));
}

/** The engine's commands that a message names, as they stand there. */
export function namedCommands(said: string): string[] {
  const found: string[] = said.match(/\.\/farm pulumi (?:import|cancel|refresh|state) [^\n]*/g) ?? [];
  // In the engine's own words; it asks on a terminal, and which stack is meant goes without saying there.
  if (said.includes("`pulumi cancel`")) found.push("./farm pulumi cancel --stack lab --yes");
  return [...new Set(found.map((line) => line.trim()))];
}

/** Runs a command of the engine just as a message named it, in the tests' project. */
export async function runNamed(command: string): Promise<void> {
  const [program, verb, ...args] = shellWords(command);
  if (program !== "./farm" || verb !== "pulumi") throw new Error(`no command of the engine: ${command}`);
  const result = await capturePulumi(args, { project, timeout: 280_000 });
  if (result.code !== 0) throw new Error(`${command} failed:\n${result.stdout}\n${result.stderr}`);
}

/**
 * Does as an operator after a crash: heals the stack, then runs `up`.
 * @returns what the cure did
 * @throws Error when something is left for a person to decide, or `up` fails
 */
export async function heal(): Promise<readonly string[]> {
  const { did, open } = await healStack("lab", { run: { project } });
  if (open.length > 0) throw new Error(open.map(({ text, next }) => `${text}: ${next}`).join("\n"));
  await up();
  return did;
}

/** Adds administrations, each with an address of its own. */
export function addTenants(addresses: Readonly<Record<string, string>>): void {
  for (const [id, address] of Object.entries(addresses)) addTenant(id, address);
}

/** Ids of VMs of an administration in XO, however many there are. */
export async function vmsOf(tenant: string): Promise<string[]> {
  const vms = await farmVms();
  return vms
    .filter((vm) => (vm["tags"] as string[]).includes(`tenant=${tenant}`))
    .map(({ id }) => String(id));
}

/**
 * Takes administrations out again, wherever a test left them: machine, names, state, file. Much quicker than a
 * run of the engine, and needs nothing to be in order.
 */
export async function removeTenants(...ids: string[]): Promise<void> {
  await withXo(async (xo) => {
    for (const id of (await Promise.all(ids.map(vmsOf))).flat()) {
      await xo.call("vm.set", { id, blockedOperations: { destroy: null } });
      await xo.call("vm.delete", { id });
    }
  });
  for (const { id: zone } of await cloudflare<{ id: string }[]>("GET", "zones")) {
    const records = await cloudflare<LabRecord[]>("GET", `zones/${zone}/dns_records?per_page=100`);
    for (const { id, name } of records) {
      if (ids.some((tenant) => name.split(".").includes(tenant)))
        await cloudflare("DELETE", `zones/${zone}/dns_records/${id}`);
    }
  }
  await forget(ids);
  for (const id of ids) restoreTenant(id);
}

/** Takes what belongs to administrations out of the state. */
async function forget(ids: readonly string[]): Promise<void> {
  const own = (urn: string): boolean => {
    const name = nameOf(urn);
    return ids.some((id) => name === id || name.startsWith(`${id}-`));
  };
  const state = await readState("lab", { project });
  const document = editState(state, {
    resource: (raw, { urn }) => (own(urn) ? undefined : raw),
    keeps: ({ resource }) => !own(resource.urn),
  });
  await writeState("lab", document, { project });
}

import type { Command } from "commander";
import { FarmError } from "../lib/farm-error.ts";
import { type PoolFaults, poolFaults, registerPoolFaults, withLabXo } from "./lab-fault-pool.ts";
import {
  healServices,
  registerServiceFaults,
  type ServiceFaults,
  serviceFaults,
} from "./lab-fault-services.ts";
import { outputOf, table } from "./output.ts";

const examples = `
Examples:
  ./farm lab fault storage ntap-nord-01          a controller fails, its partner takes over
  ./farm lab fault storage ntap-nord-01 --heal   it is back
  ./farm lab fault guest hohenbrueck --pause 3   a machine stands still for three seconds
  ./farm lab fault list                          what is broken
  ./farm lab fault heal                          everything works again`;

/** Registers `./farm lab fault`. */
export function register(lab: Command): void {
  const fault = lab
    .command("fault")
    .description("breaks a part of the lab as it breaks in a data centre, and mends it")
    .addHelpText("after", examples);
  registerPoolFaults(fault);
  registerServiceFaults(fault);
  fault.command("list").description("what is broken").option("--json", "the list as JSON").action(list);
  fault
    .command("heal")
    .description("mends everything that is broken")
    .option("--json", "what was mended as JSON")
    .action(healAll);
}

async function list(_options: unknown, command: Command): Promise<void> {
  const services = await serviceFaults();
  const pool = services.xo === "running" ? await withLabXo(poolFaults) : undefined;
  const rows = [...poolRows(pool), ...serviceRows(services)];
  const text = rows.length === 0 ? "Nothing is broken." : table([["what", "which", "how"], ...rows]);
  const unknown = pool === undefined ? "\nXO does not answer: hosts, storage and guests are unknown." : "";
  outputOf(command).result({ services, pool: pool ?? null }, `${text}${unknown}`);
}

function poolRows(pool: PoolFaults | undefined): string[][] {
  if (pool === undefined) return [];
  const failed = pool.controllers.filter((each) => each.failed);
  return [
    ...failed.map(({ name }) => ["storage", name, "failed, its paths are lost"]),
    ...pool.deadHosts.map(({ name }) => ["host", name, "without power"]),
    ...pool.hostsWithoutNetwork.map(({ name }) => ["network", name, "uplink lost"]),
    ...pool.vmsWithoutNetwork.map(({ name }) => ["network", name, "cables pulled"]),
    ...pool.pausedVms.map(({ name }) => ["guest", name, "paused"]),
  ];
}

function serviceRows({ xo, cloudflare, dns }: ServiceFaults): string[][] {
  return [
    ...(xo === "running" ? [] : [["xo", "", xo]]),
    ...(cloudflare ?? []).map(({ path, status, left }) => [
      "cloudflare",
      path,
      `${status}, ${left} times more`,
    ]),
    ...(cloudflare === undefined ? [["cloudflare", "", "does not answer"]] : []),
    ...(dns === "silent" ? [["dns", "", "answers nothing"]] : []),
  ];
}

async function healAll(_options: unknown, command: Command): Promise<void> {
  const output = outputOf(command);
  await healServices(output.progress);
  const mended = await withLabXo(async (xo) => {
    const found = await poolFaults(xo);
    const failures: string[] = [];
    const attempt = async (method: string, params: object, name: string): Promise<string[]> => {
      const why = await xo.call(method, params).then(
        () => undefined,
        (error: Error) => error.message,
      );
      if (why !== undefined) failures.push(`${name}: ${why}`);
      return [name];
    };
    const done: string[] = [];
    // Storage before hosts: what high availability restarts needs its disks.
    for (const { name, failed } of found.controllers)
      if (failed) done.push(...(await attempt("lab.healController", { controller: name }, name)));
    for (const { id, name } of found.deadHosts)
      done.push(...(await attempt("lab.healHost", { host: id }, name)));
    for (const { id, name } of [...found.hostsWithoutNetwork, ...found.vmsWithoutNetwork])
      done.push(...(await attempt("lab.healNetwork", { id }, name)));
    for (const { id, name } of found.pausedVms) done.push(...(await attempt("vm.unpause", { id }, name)));
    if (failures.length > 0) {
      throw new FarmError({ what: "Not everything could be mended", why: failures.join("\n") });
    }
    return done;
  });
  output.result({ mended }, mended.length === 0 ? "Everything works." : `Mended: ${mended.join(", ")}.`);
}

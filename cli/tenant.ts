import type { Command } from "commander";
import * as adopt from "./tenant/adopt.ts";
import * as dns from "./tenant/dns.ts";
import * as list from "./tenant/list.ts";
import * as movePool from "./tenant/move-pool.ts";
import * as create from "./tenant/new.ts";
import * as renameDomain from "./tenant/rename-domain.ts";
import * as resize from "./tenant/resize.ts";
import * as set from "./tenant/set.ts";
import * as terminate from "./tenant/terminate.ts";

/** Registers `./farm tenant`. */
export function register(program: Command): void {
  const tenant = program
    .command("tenant")
    .description("one administration: its file, from the first day to the last");
  const commands = [create, adopt, list, set, resize, renameDomain, movePool, terminate, dns];
  for (const command of commands) command.register(tenant);
}

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { FarmError, messageOf } from "../lib/farm-error.ts";
import { checkout } from "../lib/paths.ts";
import { loadFarm } from "../loading/farm.ts";
import { loadPatchLevels } from "../loading/patches.ts";
import { loadSettings } from "../loading/settings.ts";
import type { Ring } from "../model/allrisnet/allrisnet-input.ts";
import type { Farm } from "../model/farm.ts";
import type { PatchLevel } from "../model/patch-level.ts";
import type { PatchRight } from "../model/patch-plan.ts";
import { parseLine } from "../model/text.ts";
import { rings } from "../model/window-schema.ts";
import { XoClient } from "../providers/xenops/xo-client.ts";
import { ensureEngine } from "../toolchain/engine.ts";
import { labStack, stackEnvironment } from "./environment.ts";
import { exitCodes, type Output, outputOf } from "./output.ts";
import { applyPatches } from "./patch-apply.ts";
import { type FleetScope, findLevel, surveyFleet } from "./patch-fleet.ts";
import { patchLogOf } from "./patch-log.ts";
import type { PatchRequest } from "./patch-machine.ts";
import { PatchSnapshots } from "./patch-snapshots.ts";
import { appliedText, fleetText } from "./patch-table.ts";
import { pinnedHostKeys } from "./pinned-keys.ts";

interface Options {
  readonly stack: string;
  readonly ring?: Ring;
}

interface ApplyOptions {
  readonly stack: string;
  readonly ring: Ring;
  readonly window?: string;
  readonly emergency?: string;
  readonly parallel: number;
}

/** Registers `./farm patch`. */
export function register(program: Command): void {
  const patch = program
    .command("patch")
    .description("Debian, Java, Tomcat, nginx and the database of the machines");
  const ring = (): Option => new Option("-r, --ring <ring>", "whose machines").choices(rings);
  patch
    .command("status")
    .description("what of the fixed packages the machines have")
    .addOption(ring())
    .option("-s, --stack <stack>", "which stack", labStack)
    .option("--json", "the state as JSON")
    .action(async (options: Options, command: Command) => {
      process.exitCode = await survey(options, outputOf(command));
    });
  patch
    .command("plan")
    .description("what applying a ring's packages would change, restart and cost")
    .addOption(ring().makeOptionMandatory())
    .option("-s, --stack <stack>", "which stack", labStack)
    .option("--json", "the plan as JSON")
    .action(async (options: Options, command: Command) => {
      process.exitCode = await survey(options, outputOf(command));
    });
  patch
    .command("apply")
    .description("bring the machines of a ring to its packages; what fails is taken back, the others go on")
    .addOption(ring().makeOptionMandatory())
    .addOption(new Option("-w, --window <id>", "the announced window it happens in").conflicts("emergency"))
    .option("--emergency <reason>", "do it now; the time that it takes counts as downtime")
    .option("--parallel <n>", "machines at a time", positive, 4)
    .option("-s, --stack <stack>", "which stack", labStack)
    .option("--json", "what was done as JSON")
    .action(async (options: ApplyOptions, command: Command) => {
      process.exitCode = await apply(options, outputOf(command));
    });
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError("a whole number from 1 is wanted");
}

interface Prepared {
  readonly farm: Farm;
  readonly levels: readonly PatchLevel[];
  readonly fleet: FleetScope;
  readonly xoToken: string | undefined;
}

async function prepare(stack: string, output: Output): Promise<Prepared> {
  const { file, value } = await loadSettings(stack);
  const engine = await ensureEngine(output.progress);
  const environment = { ...process.env, ...stackEnvironment(stack, engine.binFolder).variables };
  const farm = await loadFarm({ settings: value, settingsFile: file, environment });
  const levels = await loadPatchLevels();
  const hostKeys = await pinnedHostKeys(stack);
  const agentSocket = environment.SSH_AUTH_SOCK;
  const fleet = { stack, settings: farm.settings, hostKeys, agentSocket };
  return { farm, levels, fleet, xoToken: environment.XOA_TOKEN };
}

async function survey({ stack, ring }: Options, output: Output): Promise<number> {
  const { farm, levels, fleet } = await prepare(stack, output);
  if (ring !== undefined) findLevel(levels, ring);
  const tenants = farm.tenants.filter(({ allrisnet }) => ring === undefined || allrisnet.ring === ring);
  output.progress(`Asking ${tenants.length} machines`);
  const rows = await surveyFleet(tenants, levels, fleet);
  output.result({ levels, administrations: rows }, fleetText(rows, levels));
  return rows.some(({ failure }) => failure !== undefined) ? exitCodes.failed : exitCodes.done;
}

async function apply(options: ApplyOptions, output: Output): Promise<number> {
  const { stack, ring, parallel } = options;
  const right = rightOf(options);
  const { farm, levels, fleet, xoToken } = await prepare(stack, output);
  const level = findLevel(levels, ring);
  const tenants = farm.tenants.filter(({ allrisnet }) => allrisnet.ring === ring);
  if (tenants.length === 0) {
    output.result({ level, administrations: [] }, `No administration is in the ring ${ring}.`);
    return exitCodes.done;
  }
  if (xoToken === undefined)
    throw new FarmError({ what: "XOA_TOKEN is not set", next: "set it and try again" });
  const xo = new XoClient({ url: farm.settings.endpoints.xo, token: xoToken });
  try {
    const rows = await applyPatches(tenants, {
      ...fleet,
      level,
      right,
      parallel,
      windows: farm.windows,
      repository: repositoryOf(farm),
      snapshots: new PatchSnapshots(xo, `allris-farm/${stack}`),
      auditFile: patchLogOf(stack),
      say: output.progress,
    });
    output.result({ level, administrations: rows }, appliedText(rows));
    const good = rows.every(({ result }) => result === "patched" || result === "current");
    return good ? exitCodes.done : exitCodes.failed;
  } finally {
    xo.close();
  }
}

function rightOf({ window, emergency }: ApplyOptions): PatchRight {
  if (window !== undefined) return { window };
  if (emergency === undefined) {
    throw new FarmError({
      what: "Machines are patched in an announced window, or in an emergency",
      next: 'name one: --window <id> (maintenance/<id>.ts), or --emergency "<reason>"; its time counts as downtime',
    });
  }
  const reason = parseLine(emergency);
  if (reason.ok && emergency.trim() !== "") return { emergency };
  throw new FarmError({
    what: "The emergency needs a reason that can be written down",
    where: "--emergency",
  });
}

/** @throws FarmError when the settings name no repository, or its key cannot be read */
function repositoryOf({ settings: { patches } }: Farm): PatchRequest["repository"] {
  if (patches === undefined) {
    throw new FarmError({
      what: "The stack settings name no package repository",
      where: "patches",
      next: "docs/how-to/patch-guests.md says what it has to hold",
    });
  }
  const { repository: url, suite, component, keyFile } = patches;
  try {
    return { url, suite, component, key: readFileSync(resolve(checkout, keyFile), "utf8") };
  } catch (error) {
    throw new FarmError({
      what: "The key of the package repository cannot be read",
      where: `patches.keyFile: ${keyFile}`,
      why: messageOf(error),
    });
  }
}

import type { Command } from "commander";
import { FarmError } from "../lib/farm-error.ts";
import { checkout } from "../lib/paths.ts";
import { XoClient } from "../providers/xenops/xo-client.ts";
import { ensureEngine } from "../toolchain/engine.ts";
import { CloudflareFacts } from "./cloudflare-facts.ts";
import { labStack, stackEnvironment } from "./environment.ts";
import { type Healed, heal } from "./heal/heal.ts";
import { outputOf } from "./output.ts";
import type { EngineRun } from "./pulumi.ts";

interface Options {
  readonly stack: string;
  readonly removeVm: readonly string[];
}

/** Exit code of a cure that leaves something for a person to decide; as of `./farm doctor`. */
const attention = 2;

/** Registers `./farm heal`. */
export function register(program: Command): void {
  program
    .command("heal")
    .description("after a run that was killed: bring state, XO and Cloudflare together again")
    .option("-s, --stack <stack>", "which stack", labStack)
    .option(
      "--remove-vm <id>",
      "remove this VM with its data: a further one of an administration; may be repeated",
      (id: string, before: readonly string[]) => [...before, id],
      [],
    )
    .option("--json", "what was done as JSON")
    .action(async ({ stack, removeVm }: Options, command: Command) => {
      const output = outputOf(command);
      const healed = await healStack(stack, { removeVms: removeVm, progress: output.progress });
      output.result({ stack, ...healed }, textOf(healed, stack));
      if (healed.open.length > 0) process.exitCode = attention;
    });
}

/**
 * Heals a stack with this farm's own identities.
 * @param how.run how to run the engine. @default - in the checkout
 * @throws FarmError when an identity is missing, an engine works on the stack, or a cure fails
 */
export async function healStack(
  stack: string,
  how: {
    readonly removeVms?: readonly string[];
    readonly progress?: (line: string) => void;
    readonly run?: EngineRun;
  } = {},
): Promise<Healed> {
  const progress = how.progress ?? (() => {});
  const engine = await ensureEngine(progress);
  const { variables } = stackEnvironment(stack, engine.binFolder);
  const given = (name: string): string | undefined => variables[name] ?? process.env[name];
  const required = (name: string): string => {
    const value = given(name);
    if (value) return value;
    throw new FarmError({
      what: `${name} is not set`,
      next: "set it as for ./farm pulumi up, then run again",
    });
  };
  const url = required("XOA_URL");
  const xo = new XoClient({ url, token: required("XOA_TOKEN") });
  try {
    return await heal({
      stack,
      run: { project: checkout, ...how.run },
      outside: {
        xo,
        cloudflare: new CloudflareFacts(
          given("CLOUDFLARE_BASE_URL") ?? "https://api.cloudflare.com/client/v4",
          required("CLOUDFLARE_API_TOKEN"),
        ),
      },
      backend: variables["PULUMI_BACKEND_URL"] ?? "",
      home: engine.home,
      removeVms: how.removeVms ?? [],
      progress,
    });
  } finally {
    xo.close();
  }
}

function textOf({ did, open, keptState }: Healed, stack: string): string {
  const done = did.length === 0 ? ["There is nothing to heal."] : did.map((line) => `✓ ${line}`);
  const asked = open.map(({ text, next }) => `✗ ${text}\n    next: ${next}`);
  const kept = keptState === undefined ? [] : [`The state as it was before: ${keptState}`];
  const next = open.length > 0 ? [] : [`Next: ./farm pulumi up -s ${stack}`];
  return [...done, ...asked, ...kept, ...(did.length > 0 ? next : [])].join("\n");
}

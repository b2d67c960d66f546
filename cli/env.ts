import { delimiter } from "node:path";
import type { Command } from "commander";
import { labPlaces } from "../lab/lab-file.ts";
import { ensureEngine } from "../toolchain/engine.ts";
import { labStack, programFolders, type StackEnvironment, stackEnvironment } from "./environment.ts";
import { outputOf } from "./output.ts";

/** Secrets are named by where they lie: a shell reads them, no screen and no history shows them. */
const secretFields: Readonly<Record<string, string>> = {
  XOA_TOKEN: "xo.token",
  XOA_ADMIN_TOKEN: "xo.adminToken",
  FARM_XAPI_PASSWORD: "xapi.password",
  CLOUDFLARE_API_TOKEN: "cloudflare.token",
};

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** A shell's line for a variable; `folders` go before whatever PATH the shell has. */
function exportLine(name: string, value: string, folders: readonly string[]): string {
  if (name === "PATH") return `export PATH=${quoted(folders.join(delimiter))}:"$PATH"`;
  const field = secretFields[name];
  if (field === undefined) return `export ${name}=${quoted(value)}`;
  const read = `require("node:fs").readFileSync(process.argv[1],"utf8")`;
  const node = quoted(process.execPath);
  return `export ${name}="$(${node} -p 'JSON.parse(${read}).${field}' ${quoted(labPlaces().secretsFile)})"`;
}

/** The text for `eval`: what does not belong to the stack goes first. */
export function shellText({ variables, removed }: StackEnvironment, folders: readonly string[]): string {
  const lines = Object.entries(variables).map(([name, value]) => exportLine(name, value, folders));
  return [...(removed.length === 0 ? [] : [`unset ${removed.join(" ")}`]), ...lines].join("\n");
}

/** Names and values for programs; of a secret only where it lies. */
export function jsonOf({ variables, removed }: StackEnvironment): object {
  const file = labPlaces().secretsFile;
  const names = Object.keys(variables);
  const secrets = names.flatMap((name) => {
    const field = secretFields[name];
    return field === undefined ? [] : [[name, { file, field }] as const];
  });
  const open = Object.entries(variables).filter(([name]) => !(name in secretFields));
  return { variables: Object.fromEntries(open), secrets: Object.fromEntries(secrets), removed };
}

/** Registers `./farm env`. */
export function register(program: Command): void {
  program
    .command("env")
    .description('print the engine\'s environment for a shell: eval "$(./farm env)"')
    .option("-s, --stack <stack>", "whose environment", labStack)
    .option("--json", "names and values as JSON, secrets by their file and field")
    .action(async (options: { stack: string }, command: Command) => {
      const output = outputOf(command);
      const engine = await ensureEngine(output.progress);
      const environment = stackEnvironment(options.stack, engine.binFolder);
      output.result(jsonOf(environment), shellText(environment, programFolders(engine.binFolder)));
    });
}

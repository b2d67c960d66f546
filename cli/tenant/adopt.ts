import type { Command } from "commander";
import { FarmError } from "../../lib/farm-error.ts";
import { checkout } from "../../lib/paths.ts";
import { type Adopted, adopt, adoptAll } from "../adopt/adopt.ts";
import { withAdoptScope } from "../adopt/with-scope.ts";
import { confirm } from "../confirm.ts";
import { labStack } from "../environment.ts";
import { interruptible } from "../interruptible.ts";
import { type Output, outputOf, table } from "../output.ts";

interface Options {
  readonly stack: string;
  readonly id?: string;
  readonly hostKey?: string;
  readonly set: readonly string[];
  readonly all?: true;
  readonly yes?: true;
}

/** Registers `./farm tenant adopt`. */
export function register(tenant: Command): void {
  tenant
    .command("adopt")
    .description("take over a VM that runs already, with its records and its backup job")
    .argument("[vm]", "the VM's id or name in Xen Orchestra")
    .option("--id <id>", "the administration's id (default: made of the VM's name)")
    .option("--host-key <fingerprint>", "the ssh host key that was read on the VM's console, SHA256:…")
    .option(
      "--set <field=value>",
      "what nobody can read from outside: contract.number=R-2026-014; may be repeated",
      (text: string, before: readonly string[]) => [...before, text],
      [],
    )
    .option("--all", "after a state was lost: every machine that has a file and runs")
    .option("-y, --yes", "do not ask")
    .option("-s, --stack <stack>", "which stack", labStack)
    .option("--json", "what was taken over as JSON")
    .action((vm: string | undefined, options: Options, command: Command) =>
      run(vm, options, outputOf(command)),
    );
}

async function run(vm: string | undefined, options: Options, output: Output): Promise<void> {
  const { stack, yes = false } = options;
  if ((vm === undefined) !== (options.all === true)) {
    throw new FarmError({ what: "Name one VM, or say --all", next: "./farm tenant adopt --help" });
  }
  const fields = options.set.map(fieldOf);
  const adopted = await interruptible(output.progress, (signal) =>
    withAdoptScope({ stack, output, signal, run: { project: checkout } }, (scope) => {
      const ask = (question: string): Promise<void> => confirm(`${question}. Go on?`, yes, signal);
      if (vm === undefined) return adoptAll(scope, ask);
      return adopt(scope, {
        vm,
        fields,
        confirm: ask,
        ...(options.id !== undefined && { id: options.id }),
        ...(options.hostKey !== undefined && { fingerprint: options.hostKey }),
      });
    }),
  );
  output.result({ stack, ...adopted }, textOf(adopted, stack));
}

/** "contract.number=R-2026-014"; a value that is JSON is taken as JSON. */
function fieldOf(text: string): { readonly path: readonly string[]; readonly value: unknown } {
  const at = text.indexOf("=");
  const path = text.slice(0, Math.max(at, 0)).split(".");
  if (path.some((step) => step === "")) {
    throw new FarmError({
      what: "A field and its value are expected",
      where: `--set ${text}`,
      next: "write --set <field>=<value>: --set contract.number=R-2026-014",
    });
  }
  const value = text.slice(at + 1);
  try {
    const read: unknown = JSON.parse(value);
    // A date or a number of a contract is text; only lists, objects, true and false mean something else.
    return { path, value: typeof read === "object" || typeof read === "boolean" ? read : value };
  } catch {
    return { path, value };
  }
}

function textOf({ tenants, imported, left, notes, keptState }: Adopted, stack: string): string {
  const taken = tenants.map(
    ({ id, vm, fingerprint, job, fileIsNew }) =>
      `✓ ${id}: VM ${vm}, host key ${fingerprint}${job === null ? ", no backup job of its own" : ""}${fileIsNew ? `; wrote tenants/${id}.ts` : ""}`,
  );
  const rows = left.map(({ op, name, changed }) => [op, name, changed.join(", ")]);
  return [
    ...taken,
    `The state has ${imported.length} resources more: ${imported.join(", ")}`,
    ...notes.map((note) => `! ${note}`),
    "",
    rows.length === 0
      ? "Nothing is left to change."
      : `The next up replaces, stops and deletes nothing of it:\n${table([["what", "resource", "changes"], ...rows])}`,
    `The state as it was before: ${keptState}`,
    `Next: ./farm pulumi up -s ${stack}`,
  ].join("\n");
}

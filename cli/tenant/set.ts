import { join } from "node:path";
import type { Command } from "commander";
import { FarmError } from "../../lib/farm-error.ts";
import { checkout } from "../../lib/paths.ts";
import { loadParameterLabels } from "../../loading/parameter-labels.ts";
import type { TenantEdit } from "../../loading/tenant-text.ts";
import { flatten } from "../../model/allrisnet/keys.ts";
import { customerAnswer, germanEffect } from "../../model/customer-answer.ts";
import type { Plain } from "../../model/plain.ts";
import type { Tenant } from "../../model/tenant.ts";
import { fieldName, parseField, parseFieldText } from "../../model/tenant-fields.ts";
import { labStack } from "../environment.ts";
import { outputOf } from "../output.ts";
import { type Edited, editedJson, editedText, editTenant, type Instruction } from "./edit.ts";
import { type OpenFarm, openFarm } from "./open-farm.ts";

interface Options extends Instruction {
  readonly stack: string;
  readonly dryRun?: true;
}

/** Registers `./farm tenant set`. */
export function register(tenant: Command): void {
  tenant
    .command("set")
    .description("change fields of a tenant file on a customer's instruction, and draft the answer in German")
    .argument("<id>", "the administration's id, the name of its file")
    .argument(
      "<field=value...>",
      "citizens.modules.minutes=false; lists with commas or as JSON; nothing behind = takes the field out",
    )
    .requiredOption("--ticket <ticket>", "where the instruction is kept")
    .requiredOption("--by <person>", "who gave it")
    .option("--dry-run", "show what would change and write nothing")
    .option("-s, --stack <stack>", "whose settings it is checked against", labStack)
    .option("--json", "fields, effects and answer as JSON")
    .action(async (id: string, fields: readonly string[], options: Options, command: Command) => {
      const output = outputOf(command);
      const { stack, ticket, by, dryRun } = options;
      const open = await openFarm(stack, join(checkout, "tenants"), output);
      const { edited, answer } = await setFields(open, id, fields, { ticket, by, dryRun });
      const text = answer === undefined ? "" : `\n\nDraft of the answer:\n\n${answer.trimEnd()}`;
      output.result({ ...editedJson(edited), answer: answer ?? null }, `${editedText(edited, stack)}${text}`);
    });
}

/** Fields that have a command of their own, which does what belongs to them. */
const others: Readonly<Record<string, string>> = {
  id: "an id never changes: another id is another site",
  domain: "./farm tenant rename-domain <id> <domain>",
  pool: "./farm tenant move-pool <id> <pool>",
  address: "./farm tenant move-pool <id> <pool>",
  size: "./farm tenant resize <id> --size <class>",
  lifecycle: "./farm tenant terminate <id>",
  changes: "it is kept by the commands that change a file",
};

/** Writes fields by their names. @throws FarmError for a name or a value that does not fit, with what does */
export async function setFields(
  open: OpenFarm,
  id: string,
  assignments: readonly string[],
  { dryRun, ...instruction }: Instruction & { readonly dryRun?: boolean | undefined },
): Promise<{ readonly edited: Edited; readonly answer?: string }> {
  const edits = assignments.map(parseAssignment);
  const edited = await editTenant(open, { id, edits: () => edits, instruction, dryRun });
  if (edited.fields.length === 0) return { edited };
  const labels = loadParameterLabels();
  const changes = edited.fields.map(({ field, ...values }) => {
    const label = labels.get(field);
    return { field, ...inForce(field, values, edited), ...(label === undefined ? {} : { label }) };
  });
  const effect = germanEffect(edited.effects.some(({ window }) => window));
  return {
    edited,
    answer: customerAnswer(edited.after, edited.farm.settings, { ...instruction, changes, effect }),
  };
}

/** Values as they hold for the site: what the file does not say has a default. */
function inForce(field: string, written: Pick<Edited["fields"][number], "before" | "after">, edited: Edited) {
  const value = (tenant: Tenant): Plain => new Map(flatten(tenant.allrisnet)).get(field) as Plain;
  const [before, after] = [written.before ?? value(edited.before), written.after ?? value(edited.after)];
  return { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}

/** "citizens.modules.minutes=false" as an edit. */
export function parseAssignment(text: string): TenantEdit {
  const at = text.indexOf("=");
  if (at <= 0)
    throw new FarmError({ what: `"${text.slice(0, 60)}" has no field=value`, next: "write field=value" });
  const [name, written] = [text.slice(0, at).trim(), text.slice(at + 1)];
  const field = parseField(name);
  if (!field.ok) throw new FarmError({ what: `${name.slice(0, 80)} ${field.why}`, ...nextOf(field.hint) });
  const path = field.value;
  const other = others[String(path[0])];
  if (other !== undefined) {
    throw new FarmError({
      what: `${fieldName(path)} is not changed by set`,
      where: text.slice(0, 80),
      next: other,
    });
  }
  if (written === "") return { path, value: undefined };
  const value = parseFieldText(path, written);
  if (value.ok) return { path, value: value.value };
  throw new FarmError({
    what: `${fieldName(path)} ${value.why}`,
    where: text.slice(0, 80),
    ...nextOf(value.hint),
  });
}

function nextOf(hint: string | undefined): { readonly next?: string } {
  return hint === undefined ? {} : { next: hint };
}

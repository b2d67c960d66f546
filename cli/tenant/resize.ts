import { join } from "node:path";
import type { Command } from "commander";
import { FarmError } from "../../lib/farm-error.ts";
import { checkout } from "../../lib/paths.ts";
import type { TenantEdit } from "../../loading/tenant-text.ts";
import type { Settings } from "../../model/settings.ts";
import { formatSize, parseSize } from "../../model/size.ts";
import type { Tenant } from "../../model/tenant.ts";
import { parseFieldText } from "../../model/tenant-fields.ts";
import { labStack } from "../environment.ts";
import { outputOf } from "../output.ts";
import { type Edited, editedJson, editedText, editTenant } from "./edit.ts";
import { type InstructionOptions, instructionOf, withInstruction } from "./instruction.ts";
import { type OpenFarm, openFarm } from "./open-farm.ts";

/** Another size: a class of the settings, figures of its own, or a class with some figures changed. */
export interface Resize {
  readonly size?: string;
  readonly cpus?: string;
  /** With a unit: "4 GiB". */
  readonly memory?: string;
  /** With a unit: "40 GiB". */
  readonly disk?: string;
}

interface Options extends Resize, InstructionOptions {
  readonly stack: string;
  readonly dryRun?: true;
}

/** Registers `./farm tenant resize`. */
export function register(tenant: Command): void {
  const command = tenant
    .command("resize")
    .description("give a site's VM another size; it is stopped for that in its next window")
    .argument("<id>", "the administration's id, the name of its file")
    .option("--size <class>", "small, medium or large, as the settings say")
    .option("--cpus <n>", "virtual processors")
    .option("--memory <size>", 'memory, "4 GiB"')
    .option("--disk <size>", 'system disk, "40 GiB"; it can grow only')
    .option("--dry-run", "show what would change and write nothing")
    .option("-s, --stack <stack>", "whose settings it is checked against", labStack)
    .option("--json", "fields and effects as JSON");
  withInstruction(command).action(async (id: string, options: Options, self: Command) => {
    const output = outputOf(self);
    const open = await openFarm(options.stack, join(checkout, "tenants"), output);
    const edited = await resize(open, id, options);
    output.result(editedJson(edited), editedText(edited, options.stack));
  });
}

/** Writes another size. @throws FarmError for a disk that would shrink, and when nothing is asked for */
export async function resize(
  open: OpenFarm,
  id: string,
  options: Resize & InstructionOptions & { readonly dryRun?: boolean | undefined },
): Promise<Edited> {
  return editTenant(open, {
    id,
    edits: (tenant, { settings }) => sizeEdits(tenant, settings, options),
    instruction: instructionOf(options),
    dryRun: options.dryRun,
  });
}

function sizeEdits(tenant: Tenant, { sizes }: Settings, wanted: Resize): readonly TenantEdit[] {
  const { size, cpus, memory, disk } = wanted;
  if (size === undefined && cpus === undefined && memory === undefined && disk === undefined) {
    throw new FarmError({ what: "No size is asked for", next: "say --size, or --cpus, --memory, --disk" });
  }
  const base = size === undefined ? tenant.size : sizes[size as keyof typeof sizes];
  if (base === undefined) {
    const known = Object.entries(sizes).map(([name, figures]) => `${name} (${figuresText(figures)})`);
    throw new FarmError({ what: `There is no size "${size}"`, next: `choose one of ${known.join(", ")}` });
  }
  const figures = {
    cpus: cpus === undefined ? base.cpus : read("cpus", cpus),
    memory: memory === undefined ? formatSize(base.memory) : read("memory", memory),
    disk: disk === undefined ? formatSize(base.disk) : read("disk", disk),
  };
  const bytes = parseSize(String(figures.disk));
  if (bytes.ok && bytes.value < tenant.size.disk) {
    throw new FarmError({
      what: `The disk of "${tenant.id}" cannot shrink from ${formatSize(tenant.size.disk)} to ${figures.disk}`,
      where: `${tenant.file}: size.disk`,
      why: "Xen Orchestra can only make disks larger; a smaller one would be a new disk without the data",
      next: `keep it: --disk "${formatSize(tenant.size.disk)}"`,
    });
  }
  const own = cpus !== undefined || memory !== undefined || disk !== undefined || size === undefined;
  return [{ path: ["size"], value: own ? figures : size }];
}

function read(field: "cpus" | "memory" | "disk", text: string): unknown {
  const value = parseFieldText(["size", field], text);
  if (value.ok) return value.value;
  throw new FarmError({
    what: `--${field} ${value.why}`,
    where: text.slice(0, 60),
    ...(value.hint === undefined ? {} : { next: value.hint }),
  });
}

function figuresText({ cpus, memory, disk }: Tenant["size"]): string {
  return `${cpus} CPUs, ${formatSize(memory)}, ${formatSize(disk)}`;
}

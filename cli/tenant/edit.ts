import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import { FarmError, messageOf } from "../../lib/farm-error.ts";
import { editTenantText, readTenantText, type TenantEdit } from "../../loading/tenant-text.ts";
import type { Farm } from "../../model/farm.ts";
import { findTenant } from "../../model/find-tenant.ts";
import { isPlainObject, type Plain, toPlain } from "../../model/plain.ts";
import type { Tenant } from "../../model/tenant.ts";
import { type Effect, effectsOf } from "../../model/tenant-change.ts";
import { fieldName } from "../../model/tenant-fields.ts";
import { berlinDay } from "../../model/traffic-calendar.ts";
import type { OpenFarm } from "./open-farm.ts";

/** Who had a change made. */
export interface Instruction {
  /** Ticket or letter that holds it. */
  readonly ticket: string;
  /** Who gave it. */
  readonly by: string;
}

/** What shall change in one tenant file. */
export interface EditOrder {
  readonly id: string;
  /** The edits, made from the administration as it is. */
  readonly edits: (tenant: Tenant, farm: Farm) => readonly TenantEdit[];
  /** Kept in the file with each field that changed. @default - nobody's: nothing is kept */
  readonly instruction?: Instruction | undefined;
  /** Whether the file stays as it is. @default false */
  readonly dryRun?: boolean | undefined;
}

/** A field that differs. */
export interface ChangedField {
  /** Parameters of ALLRIS net by their key. */
  readonly field: string;
  /** @default - the file did not say it */
  readonly before?: Plain;
  /** @default - the file does not say it any more */
  readonly after?: Plain;
}

/** What became of a tenant file. */
export interface Edited {
  readonly id: string;
  readonly file: string;
  /** What differs in the file, notes about changes left out; none when it says all that already. */
  readonly fields: readonly ChangedField[];
  /** What the next `up` does. */
  readonly effects: readonly Effect[];
  readonly written: boolean;
  readonly before: Tenant;
  readonly after: Tenant;
  readonly farm: Farm;
}

/**
 * Changes one tenant file: checked together with all others first, written at once or not at all.
 * @throws FarmProblems when the farm would not fit any more; FarmError when the file is not plain data
 */
export async function editTenant(open: OpenFarm, order: EditOrder): Promise<Edited> {
  const farm = await open.load();
  const before = findTenant(farm.tenants, order.id);
  const path = join(open.folder, `${order.id}.ts`);
  const text = readFileSync(path, "utf8");
  const edited = editTenantText(text, order.edits(before, farm), before.file);
  const fields = changedFields(
    toPlain(readTenantText(text, before.file)).value,
    plainOf(edited, before.file),
  );
  const noted = fields.length === 0 ? text : note(edited, before, fields, order.instruction, farm.at);
  const value = readTenantText(noted, before.file);
  const draft = await open.load([{ file: before.file, value }]);
  const after = findTenant(draft.tenants, order.id);
  const written = noted !== text && order.dryRun !== true;
  if (written) writeUnchanged(path, before.file, text, noted);
  const { id, file } = before;
  return { ...{ id, file, fields, written, before, after, farm }, effects: effectsOf(before, after, farm) };
}

/** Writes the new text unless somebody else has written the file meanwhile. */
function writeUnchanged(path: string, file: string, expected: string, text: string): void {
  if (readFileSync(path, "utf8") !== expected) {
    throw new FarmError({
      what: "The tenant file has been changed by somebody else meanwhile; nothing was written",
      where: file,
      next: "run the command again",
    });
  }
  try {
    writeFileAtomic(path, text);
  } catch (error) {
    throw new FarmError(
      { what: "The tenant file cannot be written", where: file, why: messageOf(error) },
      { cause: error },
    );
  }
}

function plainOf(text: string, file: string): Plain {
  return toPlain(readTenantText(text, file)).value;
}

/** Adds a note for each field. */
function note(
  text: string,
  { changes, file }: Tenant,
  fields: readonly ChangedField[],
  instruction: Instruction | undefined,
  at: Date,
): string {
  if (instruction === undefined) return text;
  const { ticket, by } = instruction;
  const edits = fields.map(({ field }, index) => ({
    path: ["changes", changes.length + index],
    value: { on: berlinDay(at), ticket, by, what: field },
  }));
  return editTenantText(text, edits, file);
}

/** The fields in which two values differ; lists count as one field. */
export function changedFields(before: Plain, after: Plain): readonly ChangedField[] {
  const walk = (left: Plain, right: Plain, path: readonly string[]): readonly ChangedField[] => {
    if (isDeepStrictEqual(left, right)) return [];
    if (!isPlainObject(left) && !isPlainObject(right)) return [changed(path, left, right)];
    const inner = (value: Plain): Readonly<Record<string, Plain>> => (isPlainObject(value) ? value : {});
    const [a, b] = [inner(left), inner(right)];
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    const own = [left, right].some((value) => value !== undefined && !isPlainObject(value));
    if (own) return [changed(path, left, right)];
    return [...keys].flatMap((key) => walk(a[key], b[key], [...path, key]));
  };
  return walk(before, after, []).filter(({ field }) => field !== "changes");
}

function changed(path: readonly string[], before: Plain, after: Plain): ChangedField {
  return {
    field: fieldName(path),
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  };
}

/** What was done and what follows, for people. */
export function editedText({ file, fields, effects, written }: Edited, stack: string): string {
  if (fields.length === 0) return `${file} says that already; nothing is to be done.`;
  const said = (value: Plain): string => (value === undefined ? "(default)" : JSON.stringify(value));
  const lines = [
    `${file}${written ? "" : " would change; nothing was written"}`,
    ...fields.map(({ field, before, after }) => `  ${field}: ${said(before)} → ${said(after)}`),
    "",
    "The next up:",
    ...effects.map(({ text, window }) => `  - ${window ? "NEEDS A WINDOW. " : ""}${text}`),
    ...(effects.length === 0 ? ["  - changes no resource"] : []),
    "",
    `next: git diff ${file} && ./farm preview -s ${stack}`,
  ];
  return lines.join("\n");
}

/** The same for `--json`. */
export function editedJson({ id, file, fields, effects, written }: Edited): object {
  return { id, file, written, fields, effects, needsWindow: effects.some(({ window }) => window) };
}

import { isDeepStrictEqual } from "node:util";
import ts from "typescript";
import type { FieldPath } from "../model/problems.ts";
import { tenantFieldsAt } from "../model/tenant-fields.ts";
import type { TenantInput } from "../model/tenant-input.ts";
import { formatSource } from "./formatter.ts";
import { appendItem, insertItem, removeItem, replaceValue } from "./tenant-edit.ts";
import { parseTenantSource, plainValue, type TenantSource, tryFindField } from "./tenant-syntax.ts";

/** One change of a tenant file. */
export interface TenantEdit {
  /**
   * Steps from the file's object to a field: `["allrisnet", "citizens", "modules", "minutes"]`. Entries of lists are
   * counted from 0; the number behind the last one adds an entry.
   */
  readonly path: FieldPath;
  /** Plain data; `undefined` takes the field or the entry out. */
  readonly value: unknown;
}

/**
 * The text of a new tenant file: fields in the order of the reference, as the formatter writes them.
 * @throws FarmError when the formatter does not run
 */
export function newTenantText(input: TenantInput): string {
  const text = [
    'import { defineTenant } from "../model/tenant.ts";',
    "",
    // The line break keeps the fields on lines of their own.
    `export const ${constantName(input.id)} = defineTenant({\n${literal(input, []).slice(1)});`,
  ].join("\n");
  return formatSource(text, `tenants/${input.id}.ts`);
}

/**
 * The text of a tenant file with some fields changed. Everything else stays, each comment too; a field that was not
 * there stands where the reference has it. Values that are there already change nothing.
 *
 * @param edits done one after the other: each finds what the one before it left
 * @param file for messages. @default "the tenant file"
 * @throws FarmError with file and line where the file is not `defineTenant({ … })` with the touched fields written out
 */
export function editTenantText(
  text: string,
  edits: readonly TenantEdit[],
  file: string = "the tenant file",
): string {
  const edited = edits.reduce(
    // A clone has ordinary prototypes, whatever the caller's objects have.
    (current, { path, value }) => applyEdit(current, { path, value: structuredClone(value) }, file),
    text,
  );
  parseTenantSource(edited, file);
  return edited === text ? text : formatSource(edited, file);
}

/**
 * What a tenant file's text says, as plain data, without running it.
 * @throws FarmError with file and line where it is not `defineTenant({ … })` with every field written out
 */
export function readTenantText(text: string, file: string): unknown {
  const source = parseTenantSource(text, file);
  return plainValue(source, source.root);
}

function applyEdit(text: string, { path, value }: TenantEdit, file: string): string {
  const source = parseTenantSource(text, file);
  const place = findPlace(source, path);
  if (place.node === undefined) {
    if (value === undefined) return text;
    const missing = path.slice(place.depth + 1).reduceRight<unknown>(wrapIn, value);
    const at = path.slice(0, place.depth + 1);
    const written = literal(missing, at);
    const { parent } = place;
    return ts.isArrayLiteralExpression(parent)
      ? appendItem(text, parent, written)
      : insertItem(
          text,
          { source, object: parent, order: tenantFieldsAt(at.slice(0, -1)) },
          String(at.at(-1)),
          written,
        );
  }
  if (value === undefined) return removeItem(text, place.node);
  const expression = ts.isPropertyAssignment(place.node) ? place.node.initializer : place.node;
  const before = plainValue(source, expression);
  if (isDeepStrictEqual(before, value)) return text;
  const steps = smallerEdits(before, value);
  if (steps === undefined) return replaceValue(text, place.node, literal(value, path));
  return steps.reduce(
    (current, step) => applyEdit(current, { path: [...path, ...step.path], value: step.value }, file),
    text,
  );
}

/** The place of a path: the field or entry itself, or what it has to go into. */
type Place =
  | { readonly node: ts.PropertyAssignment | ts.Expression }
  | {
      readonly node: undefined;
      readonly parent: ts.ObjectLiteralExpression | ts.ArrayLiteralExpression;
      /** How many steps lead to `parent`. */
      readonly depth: number;
    };

function findPlace(source: TenantSource, path: FieldPath): Place {
  let node: ts.PropertyAssignment | ts.Expression = source.root;
  for (const [depth, step] of path.entries()) {
    const parent: ts.Expression = ts.isPropertyAssignment(node) ? node.initializer : node;
    let next: ts.PropertyAssignment | ts.Expression | undefined;
    if (ts.isObjectLiteralExpression(parent)) next = tryFindField(source, parent, String(step));
    else if (ts.isArrayLiteralExpression(parent)) next = tryFindEntry(source, parent, step);
    else throw source.refuse(parent, `"${step}" has no place in "${parent.getText().slice(0, 60)}"`);
    if (next === undefined) return { node: undefined, parent, depth };
    node = next;
  }
  return { node };
}

function tryFindEntry(
  source: TenantSource,
  list: ts.ArrayLiteralExpression,
  step: string | number,
): ts.Expression | undefined {
  const spread = list.elements.find(
    (element) => ts.isSpreadElement(element) || ts.isOmittedExpression(element),
  );
  if (spread !== undefined) throw source.refuse(spread, `"${spread.getText()}" is no entry of its own`);
  const at = Number(step);
  if (!Number.isInteger(at) || at < 0 || at > list.elements.length) {
    throw source.refuse(
      list,
      `entry ${step} of this list does not follow its ${list.elements.length} entries`,
    );
  }
  return list.elements[at];
}

/** The same change as changes further inside, so that comments there stay with what they speak of. */
function smallerEdits(before: unknown, after: unknown): readonly TenantEdit[] | undefined {
  if (Array.isArray(before) && Array.isArray(after)) return listEdits(before, after);
  if (!isObject(before) || !isObject(after)) return undefined;
  const gone = Object.keys(before).filter((key) => after[key] === undefined);
  return [
    ...gone.map((key) => ({ path: [key], value: undefined })),
    ...Object.entries(after).flatMap(([key, value]) => (value === undefined ? [] : [{ path: [key], value }])),
  ];
}

function listEdits(before: readonly unknown[], after: readonly unknown[]): readonly TenantEdit[] {
  const kept = before.filter((entry) => after.some((other) => isDeepStrictEqual(entry, other)));
  const gone = before.flatMap((entry, at) =>
    after.some((other) => isDeepStrictEqual(entry, other)) ? [] : [{ path: [at], value: undefined }],
  );
  // Entries that only go or come at the end keep their comments; in any other order each place is written anew.
  if (kept.every((entry, at) => isDeepStrictEqual(entry, after[at]))) {
    const added = after.slice(kept.length).map((value, index) => ({ path: [kept.length + index], value }));
    return [...gone.reverse(), ...added];
  }
  const surplus = before
    .slice(after.length)
    .map((_, index) => ({ path: [after.length + index], value: undefined }));
  return [...after.map((value, at) => ({ path: [at], value })), ...surplus.reverse()];
}

function wrapIn(inner: unknown, step: string | number): unknown {
  return typeof step === "number" ? [inner] : { [step]: inner };
}

/** A value as source text, fields in the order of the reference; the formatter does the rest. */
function literal(value: unknown, path: FieldPath): string {
  if (Array.isArray(value)) return `[${value.map((entry, at) => literal(entry, [...path, at])).join(", ")}]`;
  if (!isObject(value)) return value === undefined ? "undefined" : JSON.stringify(value);
  const known = tenantFieldsAt(path);
  const rank = (key: string): number => (known.includes(key) ? known.indexOf(key) : known.length);
  const keys = Object.keys(value).filter((key) => value[key] !== undefined);
  const fields = keys
    .toSorted((a, b) => rank(a) - rank(b))
    .map((key) => `${JSON.stringify(key)}: ${literal(value[key], [...path, key])}`);
  return `{${fields.join(", ")}}`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** "amt-seenplatte-nord" → amtSeenplatteNord; a word that the language keeps for itself gets a second one. */
function constantName(id: string): string {
  const name = id.replace(/-+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, true, ts.LanguageVariant.Standard, name);
  const taken = ["arguments", "defineTenant", "eval"].includes(name);
  return scanner.scan() === ts.SyntaxKind.Identifier && !taken ? name : `${name}Tenant`;
}

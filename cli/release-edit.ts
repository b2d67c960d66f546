import ts from "typescript";
import { FarmError } from "../lib/farm-error.ts";

/** What of a tenant file is changed. */
export interface ReleaseEdit {
  readonly version: string;
  /** Written beside it. @default - left as it is */
  readonly emergency?: string;
}

/** The width that the formatter keeps. */
const lineWidth = 110;

/**
 * The text of a tenant file with another release. Only the literals are replaced: comments, order and layout
 * stay, and the formatter finds nothing to do.
 *
 * @param file for messages
 * @throws FarmError when the release is not written there as a plain text
 */
export function editRelease(text: string, file: string, { version, emergency }: ReleaseEdit): string {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const tenant = definedIn(source);
  const allrisnet = fieldOf(tenant, "allrisnet");
  const release =
    allrisnet !== undefined && ts.isObjectLiteralExpression(allrisnet)
      ? fieldOf(allrisnet, "release")
      : undefined;
  if (allrisnet === undefined || !ts.isObjectLiteralExpression(allrisnet) || !isText(release)) {
    throw new FarmError({
      what: "The release is not written in this file as a plain text",
      where: `${file}: allrisnet.release`,
      why: "another place may hold it for several administrations, and would change for all of them",
      next: `write allrisnet: { release: "${version}", … } there by hand`,
    });
  }
  const edits: Edit[] = [replace(release, literal(version))];
  if (emergency !== undefined) edits.push(emergencyEdit(allrisnet, release, literal(emergency)));
  const edited = apply(text, edits);
  return emergency === undefined ? edited : wrap(spread(edited, file), file);
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

function replace(node: ts.Node, text: string): Edit {
  return { start: node.getStart(), end: node.end, text };
}

function apply(text: string, edits: readonly Edit[]): string {
  return [...edits]
    .sort((a, b) => b.start - a.start)
    .reduce((whole, edit) => whole.slice(0, edit.start) + edit.text + whole.slice(edit.end), text);
}

/** The object that the file's one defineTenant call is given. */
function definedIn(node: ts.Node): ts.ObjectLiteralExpression | undefined {
  if (ts.isCallExpression(node) && node.expression.getText() === "defineTenant") {
    const [argument] = node.arguments;
    return argument !== undefined && ts.isObjectLiteralExpression(argument) ? argument : undefined;
  }
  return ts.forEachChild(node, definedIn);
}

function fieldOf(object: ts.ObjectLiteralExpression | undefined, name: string): ts.Expression | undefined {
  const found = object?.properties.findLast(
    (property) => property.name !== undefined && nameText(property.name) === name,
  );
  return found !== undefined && ts.isPropertyAssignment(found) ? found.initializer : undefined;
}

function nameText(name: ts.PropertyName): string {
  return ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text : name.getText();
}

function isText(node: ts.Expression | undefined): node is ts.StringLiteral {
  return node !== undefined && ts.isStringLiteral(node);
}

/** Replaces the reason that is there, or writes one behind the release, on a line of its own where lines are. */
function emergencyEdit(
  allrisnet: ts.ObjectLiteralExpression,
  release: ts.StringLiteral,
  reason: string,
): Edit {
  const written = fieldOf(allrisnet, "emergency");
  if (written !== undefined) return replace(written, reason);
  const between = isSpread(allrisnet) ? `\n${indentOf(release)}` : " ";
  return { start: release.end, end: release.end, text: `,${between}emergency: ${reason}` };
}

/** True for an object whose fields stand on lines of their own. */
function isSpread(object: ts.ObjectLiteralExpression): boolean {
  const [first] = object.properties;
  return (
    first !== undefined &&
    object
      .getText()
      .slice(0, first.getStart() - object.getStart())
      .includes("\n")
  );
}

/** The spaces in front of the line that a node begins on. */
function indentOf(node: ts.Node): string {
  const { text } = node.getSourceFile();
  const line = text.slice(text.lastIndexOf("\n", node.getStart()) + 1);
  return /^\s*/.exec(line)?.[0] ?? "";
}

/** Puts the fields of an `allrisnet` that has become too long for its line on lines of their own. */
function spread(text: string, file: string): string {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const allrisnet = fieldOf(definedIn(source), "allrisnet");
  if (allrisnet === undefined || !ts.isObjectLiteralExpression(allrisnet) || isSpread(allrisnet)) return text;
  const begin = text.lastIndexOf("\n", allrisnet.getStart()) + 1;
  const end = text.indexOf("\n", allrisnet.getStart());
  if ((end < 0 ? text.length : end) - begin <= lineWidth) return text;
  const indent = indentOf(allrisnet);
  const fields = allrisnet.properties.map((property) => `${indent}  ${property.getFullText().trim()},\n`);
  return apply(text, [replace(allrisnet, `{\n${fields.join("")}${indent}}`)]);
}

/** Puts a reason on a line of its own when it is too long for that of its name, and only then. */
function wrap(text: string, file: string): string {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const allrisnet = fieldOf(definedIn(source), "allrisnet");
  if (allrisnet === undefined || !ts.isObjectLiteralExpression(allrisnet) || !isSpread(allrisnet))
    return text;
  const reason = fieldOf(allrisnet, "emergency");
  if (reason === undefined || !ts.isPropertyAssignment(reason.parent)) return text;
  const { name } = reason.parent;
  const indent = indentOf(name);
  const length = `${indent}${name.getText()}: ${reason.getText()},`.length;
  const between = length > lineWidth ? `:\n${indent}  ` : ": ";
  return apply(text, [{ start: name.end, end: reason.getStart(), text: between }]);
}

/** A text as the formatter writes it: double quotes, unless that would need more escapes. */
function literal(text: string): string {
  const double = JSON.stringify(text);
  const quotes = text.split('"').length - 1;
  const apostrophes = text.split("'").length - 1;
  if (quotes <= apostrophes) return double;
  return `'${double.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

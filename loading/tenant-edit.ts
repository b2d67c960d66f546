import MagicString from "magic-string";
import ts from "typescript";
import { nameOf, type TenantSource } from "./tenant-syntax.ts";

/** An object that gets a field, and the order that its fields have. */
export interface FieldHome {
  readonly source: TenantSource;
  readonly object: ts.ObjectLiteralExpression;
  readonly order: readonly string[];
}

/** Writes another value in the place of a field's or an entry's; comments inside the old one stand before it. */
export function replaceValue(
  text: string,
  node: ts.PropertyAssignment | ts.Expression,
  value: string,
): string {
  const edit = new MagicString(text);
  const expression = ts.isPropertyAssignment(node) ? node.initializer : node;
  edit.overwrite(expression.getStart(), expression.end, value);
  edit.appendLeft(node.getStart(), commentsIn(text, expression.getStart(), expression.end));
  return edit.toString();
}

/** Takes a field or an entry out of its object or list. Comments stay, also those inside it. */
export function removeItem(text: string, node: ts.Node): string {
  const edit = new MagicString(text);
  const comma = commaAfter(text, node.end);
  if (comma !== undefined) edit.remove(comma, comma + 1);
  edit.overwrite(node.getStart(), node.end, commentsIn(text, node.getStart(), node.end) || " ");
  return edit.toString();
}

/** Writes a field into an object, behind the last one that comes before it in the order. */
export function insertItem(
  text: string,
  { source, object, order }: FieldHome,
  name: string,
  value: string,
): string {
  const place = order.indexOf(name);
  const before = order.slice(0, Math.max(place, 0));
  const previous =
    place < 0
      ? object.properties.at(-1)
      : object.properties.findLast(
          (property) => property.name !== undefined && before.includes(nameOf(source, property.name)),
        );
  return insertAfter(text, object, previous, `${JSON.stringify(name)}: ${value}`);
}

/** Writes one more entry at the end of a list. */
export function appendItem(text: string, list: ts.ArrayLiteralExpression, value: string): string {
  return insertAfter(text, list, list.elements.at(-1), value);
}

function insertAfter(text: string, parent: ts.Node, previous: ts.Node | undefined, item: string): string {
  const edit = new MagicString(text);
  const open = parent.getStart() + 1;
  if (previous === undefined) {
    const at = endOfLineComments(text, open);
    // A line break behind the brace keeps the fields on lines of their own: it stays where it is.
    const spread =
      text.slice(open, parent.end).trimStart() !== text.slice(open, parent.end).replace(/^[ \t]+/, "");
    edit.appendLeft(at, `${spread || at > open ? "\n" : ""}${item},`);
    return edit.toString();
  }
  const comma = commaAfter(text, previous.end);
  if (comma === undefined) edit.appendLeft(previous.end, ",");
  // What is said behind the field before, on its line, speaks of that one.
  edit.appendLeft(endOfLineComments(text, comma === undefined ? previous.end : comma + 1), `\n${item},`);
  return edit.toString();
}

/** Where the comma behind a field stands, comments between them passed over. */
function commaAfter(text: string, position: number): number | undefined {
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, true, ts.LanguageVariant.Standard, text);
  scanner.resetTokenState(position);
  return scanner.scan() === ts.SyntaxKind.CommaToken ? scanner.getTokenStart() : undefined;
}

function endOfLineComments(text: string, position: number): number {
  return ts.getTrailingCommentRanges(text, position)?.at(-1)?.end ?? position;
}

/** The comments of a stretch of text, each on a line of its own. */
function commentsIn(text: string, start: number, end: number): string {
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, false, ts.LanguageVariant.Standard, text);
  scanner.resetTokenState(start);
  const comments: string[] = [];
  for (let kind = scanner.scan(); scanner.getTokenEnd() <= end && kind !== ts.SyntaxKind.EndOfFileToken; ) {
    const isComment =
      kind === ts.SyntaxKind.SingleLineCommentTrivia || kind === ts.SyntaxKind.MultiLineCommentTrivia;
    if (isComment) comments.push(`${scanner.getTokenText()}\n`);
    kind = scanner.scan();
  }
  return comments.join("");
}

import ts from "typescript";
import { FarmError } from "../lib/farm-error.ts";

/** A tenant file's syntax tree, with messages that name file and line. */
export interface TenantSource {
  readonly text: string;
  /** The object that the one call of defineTenant is given. */
  readonly root: ts.ObjectLiteralExpression;
  /** The error for a place that is not written out plainly. */
  refuse(node: ts.Node, why: string): FarmError;
}

/**
 * Reads a tenant file as text.
 * @throws FarmError with file and line when it is no TypeScript or not the one `defineTenant({ … })`
 */
export function parseTenantSource(text: string, file: string): TenantSource {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  const refuseAt = (position: number, why: string): FarmError =>
    new FarmError({
      what: "This tenant file cannot be edited by a command",
      where: `${file}:${source.getLineAndCharacterOfPosition(position).line + 1}`,
      why,
      next: "edit it by hand, or write it as plain data: export const … = defineTenant({ … })",
    });
  const [broken] = syntaxErrors(source);
  if (broken !== undefined) {
    throw refuseAt(broken.start, `syntax error: ${ts.flattenDiagnosticMessageText(broken.messageText, " ")}`);
  }
  const calls = callsIn(source);
  const [call, second] = calls;
  if (call === undefined) throw refuseAt(0, "it does not call defineTenant");
  if (second !== undefined) throw refuseAt(second.getStart(), "it calls defineTenant a second time");
  const [root] = call.arguments;
  if (root === undefined || !ts.isObjectLiteralExpression(root)) {
    throw refuseAt(call.getStart(), "defineTenant is not given an object that is written out there");
  }
  return { text, root, refuse: (node, why) => refuseAt(node.getStart(), why) };
}

/** The parser keeps what it stumbled over on the file; no program is made for one file of plain data. */
function syntaxErrors(source: ts.SourceFile): readonly ts.DiagnosticWithLocation[] {
  return (
    (source as ts.SourceFile & { readonly parseDiagnostics?: readonly ts.DiagnosticWithLocation[] })
      .parseDiagnostics ?? []
  );
}

function callsIn(node: ts.Node): readonly ts.CallExpression[] {
  const here = ts.isCallExpression(node) && node.expression.getText() === "defineTenant" ? [node] : [];
  const below: ts.CallExpression[] = [];
  ts.forEachChild(node, (child) => {
    below.push(...callsIn(child));
  });
  return [...here, ...below];
}

/**
 * An object's field, the last of that name; undefined when there is none.
 * @throws FarmError for an object whose fields are not all written out: what an edit would do there is unsure
 */
export function tryFindField(
  source: TenantSource,
  object: ts.ObjectLiteralExpression,
  name: string,
): ts.PropertyAssignment | undefined {
  let found: ts.PropertyAssignment | undefined;
  for (const property of object.properties) {
    if (!ts.isPropertyAssignment(property))
      throw source.refuse(property, `"${property.getText()}" is no field with a value beside it`);
    if (nameOf(source, property.name) === name) found = property;
  }
  return found;
}

/** The name of a field, without quotes. */
export function nameOf(source: TenantSource, name: ts.PropertyName): string {
  if (ts.isIdentifier(name) || ts.isStringLiteralLike(name)) return name.text;
  throw source.refuse(name, "the name of this field is computed");
}

/**
 * The value of an expression that is plain data.
 * @throws FarmError for anything else: another place may hold the value for several administrations
 */
export function plainValue(source: TenantSource, node: ts.Expression): unknown {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (ts.isPrefixUnaryExpression(node) && ts.isNumericLiteral(node.operand)) {
    const number = Number(node.operand.text);
    return node.operator === ts.SyntaxKind.MinusToken ? -number : number;
  }
  if (node.kind === ts.SyntaxKind.TrueKeyword) return true;
  if (node.kind === ts.SyntaxKind.FalseKeyword) return false;
  if (node.kind === ts.SyntaxKind.NullKeyword) return null;
  if (ts.isIdentifier(node) && node.text === "undefined") return undefined;
  if (ts.isArrayLiteralExpression(node)) return node.elements.map((element) => plainValue(source, element));
  if (ts.isObjectLiteralExpression(node)) return plainObject(source, node);
  throw source.refuse(node, `"${node.getText().slice(0, 60)}" is not plain data`);
}

function plainObject(source: TenantSource, node: ts.ObjectLiteralExpression): object {
  const object: Record<string, unknown> = {};
  for (const property of node.properties) {
    if (!ts.isPropertyAssignment(property))
      throw source.refuse(property, `"${property.getText()}" is no field with a value beside it`);
    const value = plainValue(source, property.initializer);
    Object.defineProperty(object, nameOf(source, property.name), {
      ...{ value, enumerable: true, writable: true, configurable: true },
    });
  }
  return object;
}

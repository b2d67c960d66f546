import ts from "typescript";

/** What a reference page is made from. */
export interface PageSource {
  /** Title of the page. */
  readonly title: string;
  /** Markdown between the title and the tables. */
  readonly introduction: string;
  /** Text of the modules that declare the interfaces, the root interface's own first. */
  readonly modules: readonly string[];
  /** Name of the interface that the page begins with. */
  readonly root: string;
  /** Whether fields are named by their whole key, as in a program's parameters. @default - false */
  readonly wholeKeys?: boolean;
}

/**
 * A reference page from the doc comments of interfaces, so that the editor's help and the page cannot differ:
 * one table for the root interface and one for each interface that it leads to.
 */
export function describe({ title, introduction, modules, root, wholeKeys = false }: PageSource): string {
  const declarations = declarationsOf(modules);
  const prefixes = wholeKeys ? prefixesFrom(root, declarations) : new Map<string, string>();
  const sections: string[] = [];
  const waiting = [root];
  const done = new Set<string>();
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const declaration = declarations.get(name);
    if (done.has(name) || declaration === undefined) continue;
    done.add(name);
    if (ts.isInterfaceDeclaration(declaration)) {
      sections.push(sectionOf(declaration, declarations, prefixes.get(name) ?? ""));
    }
    waiting.push(...mentionsIn(declaration));
  }
  return `# ${title}\n\n${introduction}\n\n${sections.join("\n\n")}\n`;
}

/** German labels of the fields that a root interface leads to, by whole key: "citizens.modules.minutes" → "Niederschriften". */
export function labelsOf(modules: readonly string[], root: string): ReadonlyMap<string, string> {
  const declarations = declarationsOf(modules);
  const labels = new Map<string, string>();
  for (const [name, prefix] of prefixesFrom(root, declarations)) {
    const declaration = declarations.get(name);
    if (declaration === undefined || !ts.isInterfaceDeclaration(declaration)) continue;
    for (const member of declaration.members.filter(ts.isPropertySignature)) {
      const label = tagOf(member, "label");
      if (label !== undefined) labels.set(`${prefix}${member.name.getText()}`, label);
    }
  }
  return labels;
}

function declarationsOf(modules: readonly string[]): Map<string, Declaration> {
  const declarations = new Map<string, Declaration>();
  for (const text of modules) {
    const file = ts.createSourceFile("module.ts", text, ts.ScriptTarget.Latest, true);
    for (const statement of file.statements) {
      const declares = ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement);
      if (declares && !declarations.has(statement.name.text))
        declarations.set(statement.name.text, statement);
    }
  }
  return declarations;
}

type Declaration = ts.InterfaceDeclaration | ts.TypeAliasDeclaration;
type Declarations = ReadonlyMap<string, Declaration>;

/** What stands before the fields of an interface in a whole key; nothing for one that is found at several places. */
function prefixesFrom(root: string, declarations: Declarations): Map<string, string> {
  const prefixes = new Map<string, string>();
  const visit = (name: string, prefix: string): void => {
    const declaration = declarations.get(name);
    if (declaration === undefined) return;
    prefixes.set(name, prefixes.has(name) && prefixes.get(name) !== prefix ? "" : prefix);
    if (ts.isTypeAliasDeclaration(declaration)) {
      for (const mentioned of mentionsIn(declaration)) visit(mentioned, prefix);
      return;
    }
    for (const member of declaration.members.filter(ts.isPropertySignature)) {
      for (const mentioned of mentionsIn(member)) visit(mentioned, `${prefix}${member.name.getText()}.`);
    }
  };
  visit(root, "");
  return prefixes;
}

function sectionOf(declaration: ts.InterfaceDeclaration, declarations: Declarations, prefix: string): string {
  const members = declaration.members.filter(ts.isPropertySignature);
  const labelled = members.some((member) => tagOf(member, "label") !== undefined);
  const rows = members.map((member) => {
    const standard = tagOf(member, "default");
    const cells = [
      `\`${prefix}${member.name.getText()}\``,
      ...(labelled ? [tagOf(member, "label") ?? ""] : []),
      member.type === undefined ? "" : typeText(member.type, declarations),
      standard ?? (member.questionToken === undefined ? "required" : "none"),
      commentOf(member),
    ];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  });
  const columns = ["field", ...(labelled ? ["German label"] : []), "what to write", "default", "meaning"];
  const head = `| ${columns.join(" | ")} |\n|${" --- |".repeat(columns.length)}`;
  return `## ${headingOf(declaration.name.text)}\n\n${commentOf(declaration)}\n\n${head}\n${rows.join("\n")}`;
}

/** The interface's name as words: "OriginCertificateInput" → "Origin certificate". */
function headingOf(name: string): string {
  const words = name.replace(/(Input|Settings)$/, "") || name;
  const spaced = words.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

function typeText(type: ts.TypeNode, declarations: Declarations): string {
  if (ts.isTypeOperatorNode(type)) return typeText(type.type, declarations);
  if (ts.isParenthesizedTypeNode(type)) return typeText(type.type, declarations);
  if (ts.isUnionTypeNode(type)) return type.types.map((part) => typeText(part, declarations)).join(" or ");
  if (ts.isArrayTypeNode(type)) return `list of ${typeText(type.elementType, declarations)}`;
  if (ts.isTupleTypeNode(type)) return `list of ${type.elements.length}`;
  if (ts.isLiteralTypeNode(type)) return `\`${type.getText()}\``;
  if (type.kind === ts.SyntaxKind.StringKeyword) return "text";
  if (type.kind === ts.SyntaxKind.NumberKeyword) return "number";
  if (type.kind === ts.SyntaxKind.BooleanKeyword) return "`true` or `false`";
  if (!ts.isTypeReferenceNode(type)) return `\`${type.getText()}\``;
  const name = type.typeName.getText();
  const [first, second] = type.typeArguments ?? [];
  if (name === "Readonly" && first !== undefined) return typeText(first, declarations);
  if (second?.kind === ts.SyntaxKind.NeverKeyword) return "`{}`";
  if (name === "Record" && second !== undefined) return `object of ${typeText(second, declarations)} by name`;
  const declaration = declarations.get(name);
  if (declaration === undefined) return valueObjects[name] ?? `\`${name}\``;
  if (ts.isTypeAliasDeclaration(declaration)) return typeText(declaration.type, declarations);
  const heading = headingOf(name);
  return `[${heading}](#${heading.toLowerCase().replaceAll(" ", "-")})`;
}

/** How the values of branded types are written. */
const valueObjects: Readonly<Record<string, string>> = {
  HostName: "host name",
  Ipv4: "IPv4 address",
  Ipv6: "IPv6 address",
  Cidr: "network such as `198.18.10.0/24`",
  AllrisnetInput: "[parameters of ALLRIS net](allrisnet-parameters.md)",
  Size: "`cpus`, `memory` and `disk` as in a [tenant file](tenant-file.md#size)",
};

function mentionsIn(node: ts.Node): string[] {
  const own = ts.isTypeReferenceNode(node) ? [node.typeName.getText()] : [];
  const below: string[] = [];
  ts.forEachChild(node, (child) => {
    below.push(...mentionsIn(child));
  });
  return [...own, ...below];
}

function commentOf(node: ts.Node): string {
  return ts
    .getJSDocCommentsAndTags(node)
    .filter(ts.isJSDoc)
    .map((comment) => oneLine(ts.getTextOfJSDocComment(comment.comment)))
    .join(" ");
}

function tagOf(node: ts.Node, name: string): string | undefined {
  const tag = ts.getJSDocTags(node).find((found) => found.tagName.text === name);
  return tag === undefined ? undefined : oneLine(ts.getTextOfJSDocComment(tag.comment)).replace(/^- /, "");
}

function oneLine(text: string | undefined): string {
  return (text ?? "").replace(/\s+/g, " ").trim();
}

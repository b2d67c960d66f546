/** An element of an XML document. */
export interface Element {
  readonly name: string;
  /** Attributes; those that are undefined are left out. */
  readonly attributes?: Readonly<Record<string, string | undefined>>;
  /** @default - neither text nor elements in it */
  readonly content?: string | readonly Element[];
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** A whole document in UTF-8, attributes sorted, two spaces a level, LF. */
export function renderXml(root: Element): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${render(root, "")}`;
}

function render({ name, attributes = {}, content = [] }: Element, indent: string): string {
  const given = Object.entries(attributes)
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => ` ${key}="${escapeXml(value)}"`)
    .join("");
  const start = `${indent}<${name}${given}`;
  if (content.length === 0) return `${start}/>\n`;
  if (typeof content === "string") return `${start}>${escapeXml(content)}</${name}>\n`;
  const inner = content.map((element) => render(element, `${indent}  `)).join("");
  return `${start}>\n${inner}${indent}</${name}>\n`;
}

/**
 * Text for elements and attributes. Line ends and tabs are written as numbers, since a reader may turn them
 * into spaces; what XML 1.0 cannot hold at all (2.2, Char) becomes U+FFFD.
 */
function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "\u{FFFD}")
    .replace(/[&<>"]/g, (character) => entities[character] ?? character)
    .replace(/[\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}

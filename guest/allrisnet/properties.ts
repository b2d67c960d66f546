/**
 * A file that `java.util.Properties` reads: ISO-8859-1, here ASCII alone, since everything else is escaped. Keys
 * are sorted by code unit, lines end with LF. Rules: the documentation of `Properties.load(Reader)`.
 */
export function renderProperties(values: ReadonlyMap<string, string>): string {
  return [...values]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${escapeKey(key)}=${escapeValue(value)}\n`)
    .join("");
}

const named: Readonly<Record<string, string>> = { "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r" };

/** A space ends a key, wherever it stands; in a value only those before the first character are dropped. */
function escapeKey(key: string): string {
  return escapeText(key).replaceAll(" ", "\\ ");
}

function escapeValue(value: string): string {
  return escapeText(value).replace(/^ /, "\\ ");
}

function escapeText(text: string): string {
  return text
    .replace(/[\\:=#!]/g, "\\$&")
    .replace(/[\t\n\f\r]/g, (character) => named[character] ?? character)
    .replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`);
}

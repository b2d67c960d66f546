/**
 * Reads a file as `java.util.Properties.load(InputStream)` does, written after its documentation alone and shared
 * with no writer. Stricter than Java in one thing: a key that stands there twice is an error.
 */
export function readProperties(bytes: Uint8Array): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of logicalLines(Buffer.from(bytes).toString("latin1"))) {
    const [key, rest] = splitKey(line);
    const name = plainText(key);
    if (values.has(name)) throw new Error(`the key ${name} stands there twice`);
    values.set(name, plainText(rest));
  }
  return values;
}

/** Natural lines without blanks before them, comments and empty ones left out, continued ones joined. */
function logicalLines(text: string): string[] {
  const lines: string[] = [];
  let open = "";
  let isContinued = false;
  for (const natural of text.split(/\r\n|\r|\n/)) {
    const line = natural.replace(/^[ \t\f]+/, "");
    if (!isContinued && (line === "" || line.startsWith("#") || line.startsWith("!"))) continue;
    const slashes = /\\*$/.exec(line)?.[0].length ?? 0;
    isContinued = slashes % 2 === 1;
    open += isContinued ? line.slice(0, -1) : line;
    if (isContinued) continue;
    lines.push(open);
    open = "";
  }
  if (open !== "") lines.push(open);
  return lines;
}

/** The key ends before the first "=", ":" or blank that no backslash stands before; blanks around go with it. */
function splitKey(line: string): readonly [key: string, rest: string] {
  let at = 0;
  while (at < line.length && !/[=: \t\f]/.test(line[at] ?? "")) at += line[at] === "\\" ? 2 : 1;
  const rest = line.slice(at).replace(/^[ \t\f]*[=:]?[ \t\f]*/, "");
  return [line.slice(0, at), rest];
}

const named: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", f: "\f" };

function plainText(text: string): string {
  return text.replace(/\\(u[\dA-Fa-f]{4}|[^u]|u)/g, (whole, part: string) => {
    if (part === "u") throw new Error(`malformed \\uxxxx encoding at ${whole}`);
    if (part.length === 5) return String.fromCharCode(Number.parseInt(part.slice(1), 16));
    return named[part] ?? part;
  });
}

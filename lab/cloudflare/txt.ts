const longestString = 255;

/**
 * The strings of a TXT record as they go over the wire. Quoted content is a row of strings in quotes with a
 * backslash before quotes and backslashes; other content is one text. Long texts are cut into strings of 255
 * bytes (RFC 1035, 3.3.14).
 * @returns undefined when quotes do not match
 */
export function tryParseTxt(content: string): Buffer[] | undefined {
  if (!content.startsWith('"')) return cut(content);
  const strings: Buffer[] = [];
  const quoted = /\s*"((?:[^"\\]|\\["\\])*)"/y;
  while (quoted.lastIndex < content.length) {
    const match = quoted.exec(content);
    if (match === null) return undefined;
    strings.push(...cut((match[1] ?? "").replaceAll(/\\(["\\])/g, "$1")));
  }
  return strings;
}

function cut(text: string): Buffer[] {
  const bytes = Buffer.from(text);
  const strings: Buffer[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += longestString) {
    strings.push(bytes.subarray(at, at + longestString));
  }
  return strings;
}

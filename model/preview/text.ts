/**
 * Text of anybody's inside a line of Markdown: one line, no markup of its own, nobody called by it.
 * @param longest characters that are shown; with what the signs of Markdown need at most twice as many
 */
export function inline(text: string, longest = 300): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  const escaped = escapeSigns(shorten(line, longest));
  return escaped.length <= 2 * longest ? escaped : escapeSigns(shorten(line, Math.floor(longest / 3)));
}

function escapeSigns(text: string): string {
  return text
    .replaceAll(/[&<>|*_`[\]\\~$]/g, (sign) => `&#${sign.charCodeAt(0)};`)
    .replaceAll(/@(?=\w)/g, "@\u200b");
}

/** Text of anybody's inside HTML. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** Cuts a long text in its middle: what it begins and ends with says most. */
export function shorten(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const mark = " … ";
  const head = Math.ceil((longest - mark.length) * 0.6);
  const tail = longest - mark.length - head;
  return `${safeEnd(text.slice(0, head))}${mark}${tail > 0 ? safeStart(text.slice(-tail)) : ""}`;
}

/**
 * Cuts two long texts around the first place at which they differ, so that what is left still differs.
 * @returns both as they are when they are short
 */
export function shortenPair(before: string, after: string, longest: number): readonly [string, string] {
  if (before.length <= longest && after.length <= longest) return [before, after];
  const shared = commonStart(before, after);
  const context = Math.floor(longest / 4);
  if (shared <= context) return [shorten(before, longest), shorten(after, longest)];
  const from = shared - context;
  const cut = (text: string): string => `… ${shorten(safeStart(text.slice(from)), longest - 2)}`;
  return [cut(before), cut(after)];
}

/** "1 administration", "3 administrations" */
export function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

/** "a, b, c and 4 more" */
export function listed(names: readonly string[], most: number): string {
  const more = names.length - most;
  return more > 0 ? `${names.slice(0, most).join(", ")} and ${more} more` : names.join(", ");
}

function commonStart(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return length;
}

/** A cut through a character of two halves leaves one that is no character. */
function safeEnd(text: string): string {
  return /[\uD800-\uDBFF]$/.test(text) ? text.slice(0, -1) : text;
}

function safeStart(text: string): string {
  return /^[\uDC00-\uDFFF]/.test(text) ? text.slice(1) : text;
}

import { FarmError } from "../../lib/farm-error.ts";

/**
 * Splits text into words as a POSIX shell does, without any expansion: blanks separate, quotes and
 * backslashes keep together, `#` at the start of a word begins a comment.
 * @throws FarmError when a quote is not closed
 */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (character === "#" && word === undefined) {
      const end = text.indexOf("\n", index);
      index = end < 0 ? text.length : end;
    } else if (character === "\\") {
      index++;
      word = (word ?? "") + text.charAt(index);
    } else if (character === "'" || character === '"') {
      const quoted = quotedFrom(text, index);
      word = (word ?? "") + quoted.value;
      index = quoted.end;
    } else {
      word = (word ?? "") + character;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

function quotedFrom(text: string, start: number): { value: string; end: number } {
  const quote = text.charAt(start);
  let value = "";
  for (let index = start + 1; index < text.length; index++) {
    const character = text.charAt(index);
    if (character === quote) return { value, end: index };
    if (character === "\\" && quote === '"' && '"\\$`'.includes(text.charAt(index + 1))) {
      index++;
      value += text.charAt(index);
    } else value += character;
  }
  throw new FarmError({ what: `the quote ${quote} is not closed`, where: text });
}

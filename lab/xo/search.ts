import type { Json, JsonObject } from "../json.ts";

type Test = (value: Json | undefined) => boolean;

/** What ends a bare word in a search. */
const bare = /[^\s():|!"/<>=?]+/y;

/**
 * Reads XO's search syntax: `word`, `"quoted words"`, `/expression/i`, `key:test`, `key?`, `!test`, `>n`,
 * `>=n`, `<n`, `<=n`, `(all of these)`, `|(any of these)`; tests next to each other must all hold. Words are
 * looked for anywhere in the values, in upper or lower case.
 * @throws SyntaxError when the text is none of these.
 */
export function parseSearch(text: string): (view: JsonObject) => boolean {
  const parser = new Parser(text);
  const test = allOf(parser.terms());
  parser.expectEnd();
  return test;
}

class Parser {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  terms(): Test[] {
    const tests: Test[] = [];
    for (;;) {
      this.skipSpace();
      if (this.at >= this.text.length || this.text[this.at] === ")") return tests;
      tests.push(this.term());
    }
  }

  expectEnd(): void {
    if (this.at < this.text.length) throw this.unexpected();
  }

  private term(): Test {
    this.skipSpace();
    if (this.take("!")) {
      const test = this.term();
      return (value) => !test(value);
    }
    if (this.take("|(")) return anyOf(this.group());
    if (this.take("(")) return allOf(this.group());
    for (const [sign, compare] of comparisons) {
      if (this.take(sign)) return this.comparison(compare);
    }
    if (this.text[this.at] === "/") return this.expression();
    return this.wordOrKey();
  }

  private group(): Test[] {
    const tests = this.terms();
    if (!this.take(")")) throw this.unexpected();
    return tests;
  }

  private comparison(compare: (a: number, b: number) => boolean): Test {
    const limit = Number(this.word());
    if (Number.isNaN(limit)) throw this.unexpected();
    return (value) => typeof value === "number" && compare(value, limit);
  }

  private expression(): Test {
    const found = /\/((?:[^/\\]|\\.)*)\/(i?)/y;
    found.lastIndex = this.at;
    const match = found.exec(this.text);
    if (!match) throw this.unexpected();
    this.at = found.lastIndex;
    const expression = new RegExp(match[1] ?? "", match[2]);
    return anywhere((value) => typeof value === "string" && expression.test(value));
  }

  private wordOrKey(): Test {
    const quoted = this.text[this.at] === '"';
    const word = this.word();
    if (this.take("?")) return (value) => Boolean(member(value, word));
    if (this.take(":")) {
      const test = this.term();
      return (value) => member(value, word) !== undefined && test(member(value, word));
    }
    const wanted = word.toLowerCase();
    return anywhere((value) => {
      if (typeof value === "string") return value.toLowerCase().includes(wanted);
      return !quoted && typeof value !== "object" && String(value) === word;
    });
  }

  private word(): string {
    this.skipSpace();
    if (this.take('"')) {
      const end = this.text.indexOf('"', this.at);
      if (end < 0) throw this.unexpected();
      const word = this.text.slice(this.at, end);
      this.at = end + 1;
      return word;
    }
    bare.lastIndex = this.at;
    const match = bare.exec(this.text);
    if (!match) throw this.unexpected();
    this.at = bare.lastIndex;
    return match[0];
  }

  private take(sign: string): boolean {
    if (!this.text.startsWith(sign, this.at)) return false;
    this.at += sign.length;
    return true;
  }

  private skipSpace(): void {
    while (/\s/.test(this.text[this.at] ?? "")) this.at++;
  }

  private unexpected(): SyntaxError {
    return new SyntaxError(`the filter cannot be read at character ${this.at + 1}`);
  }
}

/** Longer signs first, so that ">=" is not read as ">". */
const comparisons: readonly (readonly [string, (a: number, b: number) => boolean])[] = [
  [">=", (a, b) => a >= b],
  ["<=", (a, b) => a <= b],
  [">", (a, b) => a > b],
  ["<", (a, b) => a < b],
];

const allOf =
  (tests: readonly Test[]): Test =>
  (value) =>
    tests.every((test) => test(value));

const anyOf =
  (tests: readonly Test[]): Test =>
  (value) =>
    tests.some((test) => test(value));

/** Holds when the test holds for the value or for anything inside it. */
function anywhere(test: (value: Json) => boolean): Test {
  const search = (value: Json | undefined): boolean => {
    if (value === undefined) return false;
    if (typeof value === "object" && value !== null) return Object.values(value).some(search);
    return test(value);
  };
  return search;
}

function member(value: Json | undefined, key: string): Json | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.hasOwn(value, key) ? (value as JsonObject)[key] : undefined;
}

import { expect, test } from "vitest";
import { environmentOf, parseRuntimeOptions } from "../../../toolchain/language-host/runtime-options.ts";
import { splitWords } from "../../../toolchain/language-host/words.ts";

test.each([
  ["", []],
  ["  --a   b\t--c=d\n", ["--a", "b", "--c=d"]],
  ["--title 'two words' \"and 'three' more\"", ["--title", "two words", "and 'three' more"]],
  ['a\\ b "say \\"x\\" \\n" \'\'', ["a b", 'say "x" \\n', ""]],
  ["--max=1 # a comment\n--next a#b", ["--max=1", "--next", "a#b"]],
])("words of %j", (text, words) => {
  expect(splitWords(text)).toEqual(words);
});

test("a quote that is not closed is an error", () => {
  expect(() => splitWords("--a 'b")).toThrow("the quote ' is not closed");
});

test("what is not said has Pulumi's own defaults", () => {
  const options = parseRuntimeOptions({});
  expect(options).toMatchObject({
    typescript: true,
    nodeArguments: [],
    packageManager: "auto",
    production: false,
  });
  expect(environmentOf(options)).toEqual({ PULUMI_NODEJS_TYPESCRIPT: "true" });
});

test("options reach Node and the SDK", () => {
  const options = parseRuntimeOptions({
    typescript: false,
    tsconfig: "a.json",
    nodeargs: "--max-old-space-size=4096 --import './a b.js'",
    packagemanager: "pnpm",
    production: true,
    other: 1,
  });
  expect(options.nodeArguments).toEqual(["--max-old-space-size=4096", "--import", "./a b.js"]);
  expect(options.packageManager).toBe("pnpm");
  expect(options.production).toBe(true);
  expect(environmentOf(options)).toEqual({ PULUMI_NODEJS_TSCONFIG_PATH: "a.json" });
});

test.each([
  [{ typescript: "false" }, 'runtime option typescript must be a boolean, not "false"'],
  [{ nodeargs: ["--a"] }, 'runtime option nodeargs must be a string, not ["--a"]'],
  [{ packagemanager: "pip" }, 'must be one of auto, npm, pnpm, yarn, bun, not "pip"'],
])("%j is refused by name", (options, message) => {
  expect(() => parseRuntimeOptions(options)).toThrow(message);
});

import { Command, CommanderError } from "commander";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { outputOf, reportFailure, table, wantsJson } from "../../../cli/output.ts";
import { FarmError } from "../../../lib/farm-error.ts";
import { FarmProblems } from "../../../model/problems.ts";

let out: string;
let err: string;

beforeEach(() => {
  out = "";
  err = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    err += String(text);
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

const error = new FarmError({ what: "It is wrong", where: "file", why: "because", next: "do this" });

test("a FarmError is shown as it is, without a stack, and fails with 1", () => {
  expect(reportFailure(error, false)).toBe(1);
  expect(out).toBe("");
  expect(err).toBe("It is wrong\n  where: file\n  why:   because\n  next:  do this\n");
});

test("with --json it is one document on standard output", () => {
  expect(reportFailure(error, true)).toBe(1);
  expect(JSON.parse(out)).toEqual({
    error: { what: "It is wrong", where: "file", why: "because", next: "do this" },
  });
  expect(err).toBe("");
});

test("problems of files come one by one in the document", () => {
  const problem = { file: "tenants/a.ts", field: "domain", why: "is no host name" };
  expect(reportFailure(new FarmProblems([problem]), true)).toBe(1);
  expect(JSON.parse(out)).toMatchObject({ error: { problems: [problem] } });
});

test.each([true, false])("anything else is a defect and shows its stack (json: %s)", (json) => {
  expect(reportFailure(new TypeError("x is not a function"), json)).toBe(1);
  expect(err).toMatch(
    /^TypeError: x is not a function\n {4}at [\s\S]+\nThis is a defect of the farm: please report it/,
  );
  expect(json ? JSON.parse(out) : out).toEqual(
    json ? { error: { what: "x is not a function", why: expect.stringContaining("defect") } } : "",
  );
});

test("a wrong command line fails with 2, help and version end with 0", () => {
  expect(
    reportFailure(new CommanderError(1, "commander.unknownOption", "error: unknown option '--x'"), true),
  ).toBe(2);
  expect(JSON.parse(out)).toEqual({ error: { what: "unknown option '--x'", next: "./farm --help" } });
  out = "";
  expect(reportFailure(new CommanderError(0, "commander.helpDisplayed", "(outputHelp)"), true)).toBe(0);
  expect(out + err).toBe("");
});

test("--json is asked before or after the command, and not when it belongs to another program", () => {
  expect(wantsJson(["lab", "status", "--json"])).toBe(true);
  expect(wantsJson(["--json", "pulumi", "preview"])).toBe(true);
  expect(wantsJson(["pulumi", "preview", "--json"])).toBe(false);
  expect(wantsJson(["lab", "exec", "curl", "--json", "{}"])).toBe(false);
  expect(wantsJson(["tenant", "dns", "--", "--json"])).toBe(false);
});

test.each([
  [["--json", "do"], '{\n  "a": 1\n}\n'],
  [["do", "--json"], '{\n  "a": 1\n}\n'],
  [["do"], "one\n"],
])("%j prints the result as asked, progress beside it", async (args, expected) => {
  const program = new Command().option("--json").enablePositionalOptions();
  program
    .command("do")
    .option("--json")
    .action((_options: unknown, command: Command) => {
      const output = outputOf(command);
      output.progress("half-way");
      output.result({ a: 1 }, "one");
    });
  await program.parseAsync(args, { from: "user" });
  expect(out).toBe(expected);
  expect(err).toMatch(/^\[ *\d+ s\] half-way\n$/);
});

test("columns are as wide as their widest cell, without spaces at the end", () => {
  const rows = [
    ["name", "at"],
    ["Stadt Hohenbrück", "x"],
    ["A", ""],
  ];
  expect(table(rows)).toBe("name              at\n────────────────  ──\nStadt Hohenbrück  x\nA");
  expect(table([])).toBe("");
});

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeEach, expect, test } from "vitest";
import { appendAudit, readAudit } from "../../../lib/audit-log.ts";

const folder = mkdtempSync(join(tmpdir(), "audit-"));
const file = join(folder, "lab.jsonl");
beforeEach(() => rmSync(file, { force: true }));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const deed = (detail: string) => ({ tenant: "hohenbrueck", what: "ssh", detail, ticket: "4711" });

test("who did what, when and under which ticket, for nobody else to read", () => {
  appendAudit(file, deed("a shell"), new Date("2026-11-26T08:00:00Z"));
  appendAudit(file, { tenant: "hohenbrueck", what: "logs", detail: "web" });
  expect(readAudit(file)).toEqual([
    {
      at: "2026-11-26T08:00:00.000Z",
      who: expect.stringMatching(/^\S+@\S+$/),
      ...deed("a shell"),
      previous: "0".repeat(64),
    },
    expect.objectContaining({ what: "logs", previous: expect.stringMatching(/^[0-9a-f]{64}$/) }),
  ]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("a file that is not there has no lines", () => {
  expect(readAudit(join(folder, "none.jsonl"))).toEqual([]);
});

test("whatever was done, and whichever line is changed, taken out or moved: it shows", () => {
  const log = fc.record({
    details: fc.array(fc.string({ unit: "binary", maxLength: 40 }), { minLength: 3, maxLength: 8 }),
    at: fc.nat(),
    how: fc.constantFrom("change", "drop", "swap"),
  });
  fc.assert(
    fc.property(log, ({ details, at, how }) => {
      rmSync(file, { force: true });
      for (const detail of details) appendAudit(file, deed(detail));
      expect(readAudit(file).map(({ detail }) => detail)).toEqual(details);
      const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
      // The last line has nothing behind it that would vouch for it.
      const index = at % (lines.length - 1);
      const [one = "", other = ""] = lines.slice(index, index + 2);
      const changed = {
        change: [one.replace('"4711"', '"4712"'), other],
        drop: [other],
        swap: [other, one],
      }[how] as string[];
      lines.splice(index, 2, ...changed);
      writeFileSync(file, `${lines.join("\n")}\n`);
      expect(() => readAudit(file)).toThrow("The audit log was changed");
    }),
    { seed: 3, numRuns: 60 },
  );
});

test("a log that cannot be written stops what it would note", () => {
  writeFileSync(join(folder, "no-folder"), "");
  expect(() => appendAudit(join(folder, "no-folder", "lab.jsonl"), deed("a shell"))).toThrow(
    "The audit log cannot be written, so nothing is done",
  );
});

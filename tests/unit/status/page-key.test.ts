import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { statusPageKey } from "../../../cli/status/page-key.ts";

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "farm-key-"));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return join(made, "farm");
}

test("a machine makes its own key once for each stack, and keeps it for its owner alone", () => {
  const own = folder();
  const key = statusPageKey("prod", {}, own);
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  expect(statusPageKey("prod", {}, own)).toBe(key);
  expect(statusPageKey("lab", {}, own)).not.toBe(key);
  expect(statSync(join(own, "status-key.prod")).mode & 0o777).toBe(0o600);
});

test("the environment's key goes before it; one that is too short is refused and not repeated", () => {
  const given = "0123456789abcdef0123456789abcdef";
  expect(statusPageKey("prod", { FARM_STATUS_KEY: ` ${given}\n` }, folder())).toBe(given);
  const short = () => statusPageKey("prod", { FARM_STATUS_KEY: "geheim-4711" }, folder());
  expect(short).toThrow(/too short[\s\S]*FARM_STATUS_KEY/);
  expect(short).not.toThrow(/geheim/);
});

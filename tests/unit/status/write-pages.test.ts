import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writePages } from "../../../cli/status/write-pages.ts";

let out: string;
beforeEach(() => {
  out = join(mkdtempSync(join(tmpdir(), "farm-status-")), "status");
});
afterEach(() => rmSync(join(out, ".."), { recursive: true, force: true }));

const page = (path: string, text = "<p>") => ({ path, text });
const outside = ["public", "customer"] as const;

test("a page that is no more goes, with its folder; the others stay", () => {
  const both = [page("public/index.html"), page("public/adorf/index.html"), page("customer/1a/index.html")];
  expect(writePages(out, both, outside)).toBe(0);
  // What was public is the customer's own from now on.
  const moved = [page("public/index.html"), page("customer/1a/index.html"), page("customer/2b/index.html")];
  expect(writePages(out, moved, outside)).toBe(1);
  expect(existsSync(join(out, "public/adorf"))).toBe(false);
  expect(readFileSync(join(out, "customer/2b/index.html"), "utf8")).toBe("<p>");
});

test("nobody can list the customers' pages, and the provider's page is for its owner alone", () => {
  writePages(out, [page("customer/1a/index.html"), page("provider/index.html")], [...outside, "provider"]);
  expect(statSync(join(out, "customer")).mode & 0o777).toBe(0o711);
  expect(statSync(join(out, "customer/1a/index.html")).mode & 0o777).toBe(0o644);
  expect(statSync(join(out, "provider/index.html")).mode & 0o777).toBe(0o600);
});

test("without the provider's folder its page stays as it was", () => {
  writePages(out, [page("public/index.html"), page("provider/index.html", "old")], [...outside, "provider"]);
  writePages(out, [page("public/index.html")], outside);
  expect(readFileSync(join(out, "provider/index.html"), "utf8")).toBe("old");
});

test("what a killed run left is taken away, and is no page that is gone", () => {
  mkdirSync(join(out, "public/adorf"), { recursive: true });
  for (const file of ["public/index.html.4711.tmp", "public/adorf/status.json.12.tmp"]) {
    writeFileSync(join(out, file), "<p");
  }
  expect(writePages(out, [page("public/index.html")], outside)).toBe(0);
  expect(readdirSync(join(out, "public"))).toEqual(["index.html"]);
});

test("a folder with somebody's own files is not touched", () => {
  mkdirSync(join(out, "public"), { recursive: true });
  writeFileSync(join(out, "public/impressum.html"), "x");
  expect(() => writePages(out, [page("public/index.html")], outside)).toThrow(
    /holds something that is no status page[\s\S]*impressum\.html/,
  );
  expect(existsSync(join(out, "public/index.html"))).toBe(false);
});

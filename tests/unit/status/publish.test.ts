import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { publishPages } from "../../../cli/status/publish.ts";

let out: string;
beforeEach(() => {
  out = join(mkdtempSync(join(tmpdir(), "farm-status-")), "status");
});
afterEach(() => rmSync(join(out, ".."), { recursive: true, force: true }));

const page = (path: string, text: string) => [{ path, text }];
const shown = (path: string): string => readFileSync(join(out, path), "utf8");
const onWait = (): void => {};

test("an hourly run that asks the machines for minutes does not write its pages over later ones", async () => {
  const short = (text: string) =>
    publishPages(out, { outside: async () => page("public/index.html", text), onWait });
  await publishPages(out, {
    outside: async () => page("public/index.html", "10:00"),
    provider: async () => {
      // Published by now, and nobody waits for the machines.
      expect(shown("public/index.html")).toBe("10:00");
      await short("10:05");
      return page("provider/index.html", "10:00");
    },
    onWait,
  });
  expect(shown("public/index.html")).toBe("10:05");
  expect(shown("provider/index.html")).toBe("10:00");
});

test("of two runs at the same time the second reads when the first has written", async () => {
  const order: string[] = [];
  const run = (name: string) =>
    publishPages(out, {
      outside: async () => {
        order.push(`${name} reads`);
        await new Promise((resolve) => setTimeout(resolve, 200));
        order.push(`${name} has read`);
        return page("public/index.html", name);
      },
      onWait,
    });
  const both = [run("a"), run("b")];
  await Promise.all(both);
  const [first, second] = order[0] === "a reads" ? ["a", "b"] : ["b", "a"];
  expect(order).toEqual(
    [first, first, second, second].map((name, at) => `${name} ${at % 2 ? "has read" : "reads"}`),
  );
  expect(shown("public/index.html")).toBe(second);
});

test("somebody's own file among the provider's pages stops it before the public ones are written", async () => {
  mkdirSync(join(out, "provider"), { recursive: true });
  writeFileSync(join(out, "provider/notes.txt"), "x");
  const outside = async () => page("public/index.html", "new");
  await expect(publishPages(out, { outside, provider: async () => [], onWait })).rejects.toThrow(
    /holds something that is no status page[\s\S]*notes\.txt/,
  );
  expect(() => shown("public/index.html")).toThrow(/ENOENT/);
});

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { checkout } from "../../../lib/paths.ts";
import { loadAssets } from "../../../loading/assets.ts";
import { logoProblem } from "../../../model/allrisnet/logo.ts";
import { hohenbrueck } from "../../../tenants/hohenbrueck.ts";

const problemOf = (text: string) => logoProblem("x.svg", new TextEncoder().encode(text));
const inside = (text: string) =>
  problemOf(
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">${text}</svg>`,
  );
const png = Buffer.from("89504e470d0a1a0a0000000d49484452", "hex");

describe("an SVG", () => {
  test.each([
    '<path d="M0 0h1v1z" fill="#fff" style="stroke: red"/>',
    "<g id='a'><title>Höhe &amp; Tiefe</title><!-- a - b --><rect width='1'/></g>",
    '<use xlink:href="#a"/><use href="#a"/>',
    '<rect fill="url(#verlauf)"/><defs><linearGradient id="verlauf"><stop offset="0"/></linearGradient></defs>',
  ])("may hold %s", (text) => {
    expect(inside(text)).toBeUndefined();
  });

  test.each([
    ["<script>alert(1)</script>", /holds <script>/],
    ["<SCRIPT/>", /holds <SCRIPT>/],
    ['<x:script xmlns:x="http://www.w3.org/2000/svg">1</x:script>', /holds <x:script>/],
    ['<rect onclick="x()"/>', /event handler onclick/],
    ["<rect ONLOAD='x()'/>", /event handler ONLOAD/],
    ["<a href='https://evil.de'>x</a>", /holds <a>/],
    ["<image href='https://evil.de/x.png'/>", /holds <image>/],
    ["<foreignObject/>", /holds <foreignObject>/],
    ["<animate attributeName='href' to='javascript:x'/>", /holds <animate>/],
    ["<style>@import 'x'</style>", /holds <style>/],
    ['<use href="https://evil.de/x.svg#a"/>', /outside the picture: href/],
    ['<use xlink:href="data:image/svg+xml,x"/>', /outside the picture: xlink:href/],
    ['<use q:href="&#x68;ttps://evil.de"/>', /outside the picture: q:href/],
    ['<rect fill="url(https://evil.de/x)"/>', /outside the picture: fill/],
    ['<rect style="fill: u\\72l(x)"/>', /outside the picture: style/],
    ['<rect style="fill:&#117;rl(x)"/>', /outside the picture: style/],
    ['<rect style="background: image-set(x)"/>', /outside the picture: style/],
    ["<![CDATA[<script>]]>", /something other than shapes/],
    ["<?xml-stylesheet href='x'?>", /something other than shapes/],
    ["&nbsp;", /something other than shapes/],
    ["<rect fill=red/>", /something other than shapes/],
    ["<g>", /closes nothing|not closed/],
    ['<rect id="a" id="b"/>', /has id twice/],
  ])("is refused with %s", (text, why) => {
    expect(inside(text)).toMatch(why);
  });

  test.each([
    ['<!DOCTYPE svg [<!ENTITY a "b">]><svg/>', /something other than shapes/],
    ["", /holds no <svg>/],
    ["<g/>", /one <svg> must be around it all/],
    ["<svg/><svg/>", /one <svg> must be around it all/],
    ["text<svg/>", /text around it/],
    ["<svg>", /<svg> is not closed/],
    ["<svg></g>", /<\/g> closes nothing/],
  ])("is not %s", (text, why) => {
    expect(problemOf(text)).toMatch(why);
  });

  test("never makes the check fail in another way, whatever the bytes are", () => {
    const pieces = fc.constantFrom(
      "<svg>",
      "</svg>",
      "<",
      ">",
      "<g",
      " a='1'",
      "/>",
      "&amp;",
      "<!--",
      "-->",
      "x",
      "\0",
      "ä",
    );
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.array(pieces, { maxLength: 20 })),
        (given) => {
          const bytes = given instanceof Uint8Array ? given : new TextEncoder().encode(given.join(""));
          const problem = logoProblem("x.svg", bytes);
          if (problem !== undefined) expect(problem).toMatch(/^(is|holds) [^\n\0]+$/);
        },
      ),
      { seed: 20261102, numRuns: 1000 },
    );
  });

  test("of 200 KiB that is nearly right takes no time", () => {
    const started = process.cpuUsage();
    expect(inside(`<rect ${"a='1' ".repeat(30_000)}`)).toMatch(/something other/);
    expect(inside(`<!--${"- ".repeat(90_000)}`)).toMatch(/something other/);
    // A second of work in microseconds; the clock would count what others do meanwhile.
    expect(process.cpuUsage(started).user).toBeLessThan(1_000_000);
  });
});

describe("the folder of assets", () => {
  test("is read file by file: digest, and what cannot be a logo says why", async () => {
    const folder = await mkdtemp(join(tmpdir(), "farm-assets-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    await mkdir(join(folder, "folder.svg"));
    await writeFile(join(folder, ".hidden.svg"), "x");
    await writeFile(join(folder, "good.svg"), "<svg/>");
    await writeFile(join(folder, "good.png"), png);
    await writeFile(join(folder, "bad.png"), "<svg/>");
    await writeFile(join(folder, "large.png"), Buffer.concat([png, Buffer.alloc(200 * 1024)]));
    await writeFile(join(folder, "just.png"), Buffer.concat([png, Buffer.alloc(200 * 1024 - png.length)]));
    await writeFile(join(folder, "latin.svg"), Buffer.from("<svg>\xe4</svg>", "latin1"));
    const assets = await loadAssets(folder);
    expect(Object.fromEntries([...assets].map(([name, { problem }]) => [name, problem]))).toEqual({
      "good.svg": undefined,
      "good.png": undefined,
      "bad.png": "is no PNG picture",
      "large.png": "has 201 KiB; a logo has at most 200 KiB",
      "just.png": undefined,
      "latin.svg": "is no SVG picture in UTF-8",
    });
    expect(assets.get("good.svg")?.sha256).toBe(createHash("sha256").update("<svg/>").digest("hex"));
  });

  test("need not be there", async () => {
    expect((await loadAssets("/nowhere/assets")).size).toBe(0);
  });

  test("of this checkout holds the logo that an example tenant shows", async () => {
    const { logo } = hohenbrueck.allrisnet.branding ?? {};
    const assets = await loadAssets(join(checkout, "assets"));
    expect(assets.get(logo?.file ?? "")).toEqual({ sha256: logo?.sha256 });
    expect(readFileSync(join(checkout, "assets", logo?.file ?? ""), "utf8")).toContain("<title>Wappen");
  });
});

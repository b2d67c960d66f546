import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { maskedUnits, packages } from "../../../lab/image/recipe.ts";
import { checkout } from "../../../lib/paths.ts";

const page = readFileSync(join(checkout, "docs", "reference", "template.md"), "utf8");

it("the page of the template names just the packages that the lab's image is built from", () => {
  const [, section = ""] = /## Packages\n\n([\s\S]*?)\n\nThey are/.exec(page) ?? [];
  const named = [...section.matchAll(/`([^`]+)`/g)].map(([, name]) => name);
  expect(named).toEqual([...packages].sort());
});

it("it names the units that would do harm on a site's machine", () => {
  for (const unit of ["tomcat10.service", "systemd-networkd-wait-online.service"]) {
    expect(maskedUnits).toContain(unit);
    expect(page).toContain(unit);
  }
});

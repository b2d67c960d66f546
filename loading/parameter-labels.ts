import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../lib/paths.ts";
import { labelsOf } from "../model/describe.ts";

/** German labels of the parameters of ALLRIS net by key, from the doc comments that the reference page is made of. */
export function loadParameterLabels(): ReadonlyMap<string, string> {
  const names = ["allrisnet-input.ts", "citizens-input.ts", "politicians-input.ts"];
  const modules = names.map((name) => readFileSync(join(checkout, "model/allrisnet", name), "utf8"));
  return labelsOf(modules, "AllrisnetInput");
}

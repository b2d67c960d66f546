import { readFileSync } from "node:fs";
import { join } from "node:path";
import { farmOfProject } from "./patched.ts";
import { editSettings, project, up } from "./project.ts";

/** What differs between the lab's two pools in the settings. */
const differences: readonly (readonly [RegExp, string])[] = [
  [/^ {6}nord:$/m, "      sued:"],
  [/nameLabel: nord$/m, "nameLabel: süd"],
  [/xcp-nord-/g, "xcp-sued-"],
  [/Front nord/g, "Front süd"],
  [/NetApp nord/g, "NetApp süd"],
  [/(ntap|svm|allris)([-_])nord/g, "$1$2sued"],
  [/198\.18\.10\./g, "198.18.11."],
  [/Rechenzentrum 1/g, "Rechenzentrum 3"],
  [/ {8}quarantine:\n(?: {10}.*\n)+/, ""],
  [/FARM_XAPI_URL/, "FARM_XAPI_SUED_URL"],
];

/** The second pool as the stack's settings describe it. @param settings text of Pulumi.lab.yaml */
export function secondPool(settings: string): string {
  const first = / {6}nord:\n(?: {8}.*\n)+/.exec(settings)?.[0];
  if (first === undefined) throw new Error("the settings of the lab describe no pool nord");
  return differences.reduce((text, [from, to]) => {
    if (text.search(from) < 0) throw new Error(`nothing of the pool nord is like ${from}`);
    return text.replace(from, to);
  }, first);
}

/** Gives the tests' lab a second pool, and the stack its settings. */
export async function bringSecondPool(): Promise<void> {
  const added = await farmOfProject("lab", "add-pool");
  if (added.code !== 0) throw new Error(added.stderr);
  const text = readFileSync(join(project, "Pulumi.lab.yaml"), "utf8");
  editSettings(/^ {4}backup:$/m, `${secondPool(text)}    backup:`);
  await up();
}

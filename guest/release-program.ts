import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One file of a program that travels with every bundle. */
export interface ProgramFile {
  readonly path: string;
  /** Permission bits in octal. */
  readonly mode: string;
  readonly content: string;
}

const folder = "/usr/local/lib/farm";

/** The command that runs it on a machine. */
export const releaseCommand: string = `${folder}/release`;

/** The program that installs, updates and takes back ALLRIS net: an executable and its modules. */
export function releaseProgram(): readonly ProgramFile[] {
  const read = (name: string): string => readFileSync(join(import.meta.dirname, name), "utf8");
  const modules = readdirSync(join(import.meta.dirname, "farm_release"))
    .filter((name) => name.endsWith(".py"))
    .sort();
  return [
    { path: releaseCommand, mode: "0755", content: read("release.py") },
    ...modules.map((name) => ({
      path: `${folder}/farm_release/${name}`,
      mode: "0644",
      content: read(join("farm_release", name)),
    })),
  ];
}

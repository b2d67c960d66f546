import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Packages of modules that the program consists of; it asks the same questions as roll-out and release do. */
const packages = ["farm_apply", "farm_patch", "farm_release"] as const;

/**
 * Runs the program that comes on standard input. It brings itself with every call: patches have to work on
 * machines whose own programs are old.
 */
export const patchCommand: string = `sudo -n /usr/bin/python3 -I -c 'import json, os, subprocess, sys, tempfile
call = json.load(sys.stdin)
with tempfile.TemporaryDirectory(prefix="farm-patch-", dir="/run") as folder:
    for name, text in call["files"].items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    command = [sys.executable, "-I", os.path.join(folder, "patch.py"), *call["arguments"]]
    sys.exit(subprocess.run(command, input=json.dumps(call["request"]), text=True).returncode)'`;

let files: Readonly<Record<string, string>> | undefined;

function programFiles(): Readonly<Record<string, string>> {
  const names = packages.flatMap((name) =>
    readdirSync(join(import.meta.dirname, name))
      .filter((file) => file.endsWith(".py"))
      .map((file) => `${name}/${file}`),
  );
  const read = (name: string): string => readFileSync(join(import.meta.dirname, name), "utf8");
  return Object.fromEntries(["patch.py", ...names.sort()].map((name) => [name, read(name)]));
}

/**
 * The standard input of one call.
 * @param words verb and arguments, see guest/patch.py
 */
export function patchCall(words: readonly string[], request: object = {}): string {
  files ??= programFiles();
  return JSON.stringify({ files, arguments: words, request });
}

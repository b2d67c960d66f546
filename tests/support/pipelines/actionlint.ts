import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { isExecutable } from "../../../lib/executable.ts";
import { withLock } from "../../../lib/lock.ts";
import { cacheFolder, checkout } from "../../../lib/paths.ts";
import { run } from "../../../lib/run.ts";
import { goSettings } from "../../../toolchain/engine-build.ts";

const modules = join(checkout, "toolchain", "actionlint");

/**
 * The linter of GitHub's workflow files, built from its pinned Go modules into the cache of all checkouts, once.
 * Returns the program.
 * @throws FarmError when Go is missing or the build fails
 */
export async function ensureActionlint(): Promise<string> {
  const sum = createHash("sha256");
  for (const file of ["go.mod", "go.sum"]) sum.update(readFileSync(join(modules, file)));
  const program = join(cacheFolder(), `actionlint-${sum.digest("hex").slice(0, 12)}`, "bin", "actionlint");
  if (isExecutable(program)) return program;
  const folder = dirname(dirname(program));
  return withLock(`${folder}.lock`, { onWait: () => {}, doing: "builds actionlint" }, async () => {
    if (isExecutable(program)) return program;
    const temporary = `${folder}.part`;
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(join(temporary, "bin"), { recursive: true });
    const output = join(temporary, "bin", "actionlint");
    const args = ["build", "-trimpath", "-buildvcs=false", "-o", output];
    await run("go", [...args, "github.com/rhysd/actionlint/cmd/actionlint"], {
      cwd: modules,
      env: goSettings,
    });
    rmSync(folder, { recursive: true, force: true });
    renameSync(temporary, folder);
    return program;
  });
}

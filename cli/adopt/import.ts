import { randomUUID } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import { FarmError } from "../../lib/farm-error.ts";
import { farmFolder } from "../../lib/paths.ts";
import { type Existing, type ImportFile, planImport } from "../../model/adoption/import-plan.ts";
import {
  dangersOf,
  type PlannedStep,
  type PreviewStep,
  readPreview,
  stepsOf,
  wantedOf,
} from "../../model/adoption/preview.ts";
import { capturePulumi, type EngineRun } from "../pulumi.ts";
import { engineReason } from "../restore-scope.ts";
import { keepState, must, readState } from "../stack-state.ts";

/** What an import came to. */
export interface Imported {
  /** Names of the resources that the state has now. */
  readonly imported: readonly string[];
  /** What the next `up` still does to these administrations. */
  readonly left: readonly PlannedStep[];
  /** The state as it was before. */
  readonly keptState: string;
}

/**
 * Takes what is there into the state, and looks at what the next `up` would do then. When that is anything that
 * stops, replaces or deletes what was taken over, the state is put back as it was.
 * @param ids the administrations that are meant
 * @throws FarmError with the engine's words, or with what is dangerous
 */
export async function importExisting(
  stack: string,
  ids: readonly string[],
  existing: Existing,
  run: EngineRun,
): Promise<Imported> {
  const { steps, file } = await previewCreations(stack, run);
  const wanted = wantedOf(steps);
  const plan = planImport(file, wanted, existing);
  const keptState = keepState(stack, await readState(stack, run));
  if (plan.resources.length > 0) await importAll(stack, plan, run);
  const putBack = (): Promise<unknown> =>
    must(stack, "cannot be put back", ["stack", "import", "--file", keptState], run);
  const after = await preview(stack, run).catch(async (error: unknown) => {
    await putBack();
    throw error;
  });
  const left = stepsOf(readPreview(after), ids);
  const dangers = dangersOf(left);
  if (dangers.length > 0) {
    await putBack();
    throw new FarmError({
      what: "Nothing was taken over: the next up would harm what is there",
      where: dangers.join("; "),
      why: "the file and what runs differ in something that cannot be changed while it runs",
      next: "write into the file what runs, take over, and change it afterwards as any other site",
    });
  }
  const imported = plan.resources
    .filter(({ component }) => !component)
    .map(({ name, logicalName }) => logicalName ?? name);
  return { imported, left, keptState };
}

async function preview(stack: string, run: EngineRun, ...more: readonly string[]): Promise<string> {
  const result = await capturePulumi(["preview", "--json", "--non-interactive", "-s", stack, ...more], run);
  if (result.code === 0) return result.stdout;
  throw new FarmError({
    what: `The engine cannot say what is there and what is not: pulumi preview -s ${stack}`,
    why: reasonOf(result.stdout) || engineReason(`${result.stdout}\n${result.stderr}`),
  });
}

/** The engine writes down itself what it would create, as a file for its import. */
async function previewCreations(
  stack: string,
  run: EngineRun,
): Promise<{ readonly steps: readonly PreviewStep[]; readonly file: ImportFile }> {
  const name = join(farmFolder, `creations-${randomUUID()}.json`);
  try {
    const steps = readPreview(await preview(stack, run, "--import-file", name));
    return { steps, file: JSON.parse(readFileSync(name, "utf8")) as ImportFile };
  } finally {
    rmSync(name, { force: true });
  }
}

async function importAll(stack: string, plan: ImportFile, run: EngineRun): Promise<void> {
  const name = join(farmFolder, `import-${randomUUID()}.json`);
  writeFileAtomic(name, JSON.stringify(plan), 0o600);
  const flags = ["--generate-code=false", "--protect=false", "--yes", "--non-interactive", "--skip-preview"];
  try {
    await must(stack, "does not take over what is there", ["import", "--file", name, ...flags], run);
  } finally {
    rmSync(name, { force: true });
  }
}

/** With `--json` the engine's errors stand in the document. */
function reasonOf(text: string): string {
  try {
    const { diagnostics = [] } = JSON.parse(text) as {
      diagnostics?: { readonly severity: string; readonly message: string }[];
    };
    return diagnostics
      .filter(({ severity }) => severity.endsWith("error"))
      .map(({ message }) => message.trim())
      .join("\n")
      .slice(0, 4000);
  } catch {
    return "";
  }
}

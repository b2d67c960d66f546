import { loadFarm } from "../../loading/farm.ts";
import { loadSettings } from "../../loading/settings.ts";
import type { Environment } from "../../model/environment.ts";
import type { Farm } from "../../model/farm.ts";
import type { FoundFile } from "../../model/found-file.ts";
import { ensureEngine } from "../../toolchain/engine.ts";
import { stackEnvironment } from "../environment.ts";
import type { Output } from "../output.ts";

/** A stack's settings and tenant files, and how to look at them with some files as they would be. */
export interface OpenFarm {
  readonly stack: string;
  /** Folder of the tenant files. */
  readonly folder: string;
  /** What the stack's settings and clients are given. */
  readonly environment: Environment;
  /** @throws FarmProblems with every problem of every file */
  load(drafts?: readonly FoundFile[]): Promise<Farm>;
}

/**
 * The farm of a stack as its files say.
 * @throws FarmError when the stack has no settings, or is the lab's and there is no lab
 */
export async function openFarm(stack: string, folder: string, output: Output): Promise<OpenFarm> {
  const { file, value } = await loadSettings(stack);
  const engine = await ensureEngine(output.progress);
  const { variables } = stackEnvironment(stack, engine.binFolder);
  const environment = { ...process.env, ...variables };
  const source = { settings: value, settingsFile: file, environment, at: process.env["FARM_AT"], folder };
  return { stack, folder, environment, load: (drafts = []) => loadFarm({ ...source, drafts }) };
}

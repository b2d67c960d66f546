import { readFileSync } from "node:fs";
import { join } from "node:path";
import { capturePulumi } from "../../../cli/pulumi.ts";
import { farmFolder } from "../../../lib/paths.ts";
import { project } from "../project.ts";
import type { Kept } from "./found.ts";
import type { Ended, Runner } from "./runner.ts";

const stateFile = join(farmFolder, "state", ".pulumi", "stacks", "allris-farm", "lab.json");

interface PreviewStep {
  readonly op: string;
  readonly urn: string;
}

/** Runs the real engine. */
export class EngineRunner implements Runner {
  readonly #env: Readonly<Record<string, string>>;

  /** @param env what the lab adds to the engine's environment */
  constructor(env: Readonly<Record<string, string>>) {
    this.#env = env;
  }

  async run(env: Readonly<Record<string, string>>): Promise<Ended> {
    const { code, stdout, stderr } = await this.#engine(["up", "--yes", "--skip-preview"], env);
    return { well: code === 0, said: `${stdout}\n${stderr}` };
  }

  async remains(): Promise<readonly string[]> {
    const { code, stdout, stderr } = await this.#engine(["preview", "--json"], {});
    if (code !== 0) throw new Error(`the preview failed:\n${stdout}\n${stderr}`);
    const { steps = [] } = JSON.parse(stdout) as { steps?: PreviewStep[] };
    const changing = steps.filter(({ op }) => op !== "same" && op !== "read");
    return changing.map(({ op, urn }) => `${op} ${urn.slice(urn.lastIndexOf("::") + 2)}`);
  }

  state(): readonly Kept[] {
    const { checkpoint } = JSON.parse(readFileSync(stateFile, "utf8")) as {
      checkpoint: { latest?: { resources?: readonly { type: string; id?: string }[] } };
    };
    return (checkpoint.latest?.resources ?? []).map(({ type, id = "" }) => ({ type, id }));
  }

  #engine(args: readonly string[], env: Readonly<Record<string, string>>) {
    const all = { ...this.#env, ...env };
    return capturePulumi([...args, "-s", "lab", "--non-interactive"], { project, env: all });
  }
}

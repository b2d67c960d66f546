import { rmSync } from "node:fs";
import { stackEnvironment } from "../../cli/environment.ts";
import { messageOf } from "../../lib/farm-error.ts";
import { farmFolder } from "../../lib/paths.ts";
import { ensureEngine } from "../../toolchain/engine.ts";
import { startPaperLab } from "../bench/paper-lab.ts";
import type { Step } from "../support/edits/edit.ts";
import { EditedFarm } from "../support/edits/edited-farm.ts";
import { PlainRunner } from "../support/edits/plain-runner.ts";
import { makeProject, project } from "../support/project.ts";
import type { RoundAnswer } from "./child-farm.ts";

/** Administrations of a farm: enough to be in each other's way. */
const most = 4;

/** A lab on paper, and the runner that works on it. */
type Scene = Awaited<ReturnType<typeof openScene>>;

let scene: Scene | undefined;

async function openScene() {
  rmSync(farmFolder, { recursive: true, force: true });
  const lab = await startPaperLab();
  makeProject();
  const engine = await ensureEngine(() => {});
  Object.assign(process.env, stackEnvironment("lab", engine.binFolder).variables, lab.env);
  // The program looks for its files where the engine starts it.
  process.chdir(project);
  return { lab, runner: new PlainRunner() };
}

async function closeScene(): Promise<void> {
  process.chdir("/");
  await scene?.runner.close();
  await scene?.lab.stop();
  scene = undefined;
  rmSync(farmFolder, { recursive: true, force: true });
}

/** One sequence, on a farm without any administration; it is empty again afterwards. */
async function sequence(steps: readonly Step[]): Promise<RoundAnswer> {
  scene ??= await openScene();
  const farm = new EditedFarm(scene.lab, scene.runner, most);
  try {
    for (const step of steps) await farm.step(step);
    await farm.expectNothingLeft();
    await scene.runner.clear();
    await farm.expectNothing();
    return { said: "" };
  } catch (error) {
    await closeScene();
    return { failure: `${messageOf(error)}\n  ${farm.done.join("\n  ")}` };
  }
}

async function end(): Promise<void> {
  await closeScene();
  process.exit(0);
}

process.on("message", (steps: readonly Step[]) => {
  void sequence(steps).then((answer) => process.send?.(answer));
});
// What depends on a resource that failed fails with it, inside the SDK; the runner has noted the first.
process.on("unhandledRejection", () => {});
process.once("disconnect", () => void end());
// Ctrl-C goes to the whole group: the parent ends first, and then this process tidies up.
process.on("SIGINT", () => {});

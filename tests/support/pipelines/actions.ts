import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../../../lib/paths.ts";
import { run } from "../../../lib/run.ts";

/** Where an action of GitHub's works. */
export interface ActionPlace {
  /** The job's folder. */
  readonly workspace: string;
  /** The bare repository. */
  readonly repository: string;
  /** Where the artifacts of the run are. */
  readonly artifacts: string;
  /** What is checked out where nothing else is said. */
  readonly commit: string;
}

type Inputs = Readonly<Record<string, string>>;

/** What the actions that our workflows use do, here. */
const actions: Readonly<Record<string, (place: ActionPlace, inputs: Inputs) => Promise<void>>> = {
  "actions/checkout": async ({ workspace, repository, commit }, { ref, "fetch-depth": depth = "1" }) => {
    rmSync(workspace, { recursive: true, force: true });
    mkdirSync(workspace, { recursive: true });
    const git = (...args: string[]): Promise<string> => run("git", args, { cwd: workspace });
    await git("init", "--quiet", "--initial-branch=main");
    await git("remote", "add", "origin", `file://${repository}`);
    const shallow = depth === "0" ? [] : [`--depth=${depth}`];
    await git("fetch", "--quiet", ...shallow, "origin", ref ?? commit);
    if (depth === "0") await git("fetch", "--quiet", "origin", "+refs/heads/*:refs/remotes/origin/*");
    await git("checkout", "--quiet", "--detach", "FETCH_HEAD");
    await git("checkout", "--quiet", "--detach", ref ?? commit);
    // Packages by lockfile are the same here as where the tests run: what a runner of one's own keeps as well.
    writeFileSync(join(workspace, ".git", "info", "exclude"), "node_modules\n");
    symlinkSync(join(checkout, "node_modules"), join(workspace, "node_modules"));
  },
  "actions/setup-node": async (_, { "node-version": version }) => {
    if (version !== process.versions.node.split(".")[0])
      throw new Error(`Node ${version} is wanted, and this is ${process.versions.node}`);
  },
  "actions/upload-artifact": async ({ workspace, artifacts }, inputs) => {
    const { name = "artifact", path = "", "if-no-files-found": none = "warn" } = inputs;
    const folder = join(workspace, path);
    if (!existsSync(folder) || readdirSync(folder).length === 0) {
      if (none === "error") throw new Error(`No files were found with the provided path: ${path}`);
      return;
    }
    cpSync(folder, join(artifacts, name), { recursive: true });
  },
  "actions/download-artifact": async ({ workspace, artifacts }, { name = "", path = "." }) => {
    if (!existsSync(join(artifacts, name))) throw new Error(`Artifact not found for name: ${name}`);
    cpSync(join(artifacts, name), join(workspace, path), { recursive: true });
  },
};

/** Does what an action does. @throws Error for one that is not known here, and for what GitHub would refuse */
export async function act(uses: string, place: ActionPlace, inputs: Inputs): Promise<void> {
  const name = uses.split("@")[0] ?? "";
  const action = actions[name];
  if (action === undefined) throw new Error(`There is no stand-in for the action ${name}`);
  await action(place, inputs);
}

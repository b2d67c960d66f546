import { mkdirSync, realpathSync, renameSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { isExecutable } from "../lib/executable.ts";
import { checkout } from "../lib/paths.ts";
import { tryRun } from "../lib/run.ts";
import { engineVersion, type Progress } from "./engine-version.ts";

/** The engine's language host for Node, as it has to lie beside the engine. */
export const languageHostName = "pulumi-language-nodejs";

/**
 * Whether a program is an engine of the right version.
 * @param home PULUMI_HOME for the question, so that the user's own is not written to
 */
export async function fits(pulumi: string, home: string): Promise<boolean> {
  if (!isExecutable(pulumi)) return false;
  const env = { PULUMI_SKIP_UPDATE_CHECK: "true", PULUMI_HOME: home };
  const result = await tryRun(pulumi, ["version"], { env, timeout: 20_000 }).catch(() => undefined);
  // Official builds say "v3.259.0", others leave out the letter.
  return result?.code === 0 && result.stdout.trim().replace(/^v/, "") === engineVersion;
}

/** The engine's folder on a PATH: of the right version and with its own language host. */
export async function findOnPath(path: string, home: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter)) {
    const candidate = join(folder, "pulumi");
    if (folder === "" || !isExecutable(candidate) || isLauncher(candidate)) continue;
    if (isExecutable(join(folder, languageHostName)) && (await fits(candidate, home))) return folder;
  }
  return undefined;
}

/** npm puts the official launcher on PATH under the engine's name; asked for its version, it would download. */
function isLauncher(candidate: string): boolean {
  return realpathSync(candidate).includes("/node_modules/");
}

/** Milliseconds for the question whether the download can be reached at all. */
const reachPatience = 4_000;

/** Milliseconds for the download itself; building takes about as long. */
const downloadPatience = 240_000;

/** Asked by a process of its own, since only a starting Node takes the proxy from the environment. */
const question =
  'fetch("https://get.pulumi.com/install.sh", { method: "HEAD" }).then((a) => process.exit(a.ok ? 0 : 1), () => process.exit(1))';

/**
 * Lets the official launcher download the engine into the folder where the launcher looks; false when it
 * cannot. An interrupted download leaves nothing in that folder.
 */
export async function downloadEngine(versionFolder: string, progress: Progress): Promise<boolean> {
  const env = { NODE_USE_ENV_PROXY: "1", PULUMI_VERSION: engineVersion, PULUMI_SKIP_UPDATE_CHECK: "true" };
  const reached = await tryRun(process.execPath, ["-e", question], { env, timeout: reachPatience });
  if (reached.code !== 0) return false;
  const temporary = `${versionFolder}.download`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  const started = Date.now();
  const say = (): void => progress(`Downloading the engine: ${Math.round((Date.now() - started) / 1000)} s`);
  const ticker = setInterval(say, 10_000);
  progress(`Downloading the engine ${engineVersion} with the official launcher`);
  try {
    const launcher = join(checkout, "node_modules", "pulumi", "run.js");
    const options = { env: { ...env, PULUMI_HOME: temporary }, timeout: downloadPatience };
    await tryRun(process.execPath, [launcher, "version"], options);
    const loaded = join(temporary, "versions", engineVersion);
    if (await fits(join(loaded, "bin", "pulumi"), temporary)) {
      rmSync(versionFolder, { recursive: true, force: true });
      mkdirSync(dirname(versionFolder), { recursive: true });
      renameSync(loaded, versionFolder);
      return true;
    }
    progress("The official launcher did not succeed; the engine is built instead");
    return false;
  } finally {
    clearInterval(ticker);
    rmSync(temporary, { recursive: true, force: true });
  }
}

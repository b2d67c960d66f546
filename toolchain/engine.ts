import {
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { writeFileAtomic } from "../lib/atomic-file.ts";
import { isExecutable } from "../lib/executable.ts";
import { withLock } from "../lib/lock.ts";
import { checkout, farmFolder } from "../lib/paths.ts";
import { buildEngine, tryFindBuilt } from "./engine-build.ts";
import { downloadEngine, findOnPath, fits, languageHostName } from "./engine-search.ts";
import { engineVersion, type Progress } from "./engine-version.ts";

export { engineVersion } from "./engine-version.ts";

/** An engine that is ready to run. */
export interface Engine {
  /** The program `pulumi`. */
  readonly pulumi: string;
  /** Its folder, with the language host; belongs on the engine's PATH. */
  readonly binFolder: string;
  /** PULUMI_HOME. */
  readonly home: string;
  /** Where it came from. */
  readonly origin: "path" | "launcher" | "built";
}

/** Where the search looks and what it may do; tests name other places. */
export interface EnginePlaces {
  /** PULUMI_HOME of this farm. @default - `.farm/pulumi` */
  readonly home?: string;
  /** @default - the caller's PATH */
  readonly path?: string;
  /** PULUMI_HOME of the user, where the official launcher keeps what it downloads. @default - as the launcher's */
  readonly launcherHome?: string;
  /** The engine that was built before on this machine. */
  readonly tryFindBuilt?: () => string | undefined;
  /** Lets the official launcher download into a folder; false when it cannot. */
  readonly download?: (versionFolder: string, progress: Progress) => Promise<boolean>;
  /** Builds from the pinned modules; returns the program. */
  readonly build?: (progress: Progress) => Promise<string>;
}

/** What was put into place and how; while the program is the same file, nothing is asked again. */
interface PlacedEngine {
  readonly origin: Engine["origin"];
  readonly size: number;
  readonly changed: number;
}

/**
 * The engine, in the place where the official launcher looks under this farm's own PULUMI_HOME: one on PATH
 * or in the user's launcher cache if it is of the right version, else the one that was built on this machine
 * before, else the one that the launcher downloads, else one built from the pinned Go modules.
 * @throws FarmError when it has to be built and Go is missing or too old
 */
export async function ensureEngine(progress: Progress, places: EnginePlaces = {}): Promise<Engine> {
  const home = places.home ?? join(farmFolder, "pulumi");
  const versionFolder = join(home, "versions", engineVersion);
  const binFolder = join(versionFolder, "bin");
  const engine = (origin: Engine["origin"]): Engine => ({
    pulumi: join(binFolder, "pulumi"),
    binFolder,
    home,
    origin,
  });
  const present = tryPresent(home, binFolder);
  if (present !== undefined) return engine(present);
  mkdirSync(dirname(versionFolder), { recursive: true });
  return withLock(join(home, "engine.lock"), { onWait: progress, doing: "prepares the engine" }, async () => {
    const meanwhile = tryPresent(home, binFolder);
    if (meanwhile !== undefined) return engine(meanwhile);
    const origin = await place(versionFolder, home, progress, places);
    const { size, mtimeMs } = statSync(join(binFolder, "pulumi"));
    const placed: PlacedEngine = { origin, size, changed: mtimeMs };
    writeFileAtomic(recordFile(home), `${JSON.stringify(placed)}\n`);
    return engine(origin);
  });
}

function recordFile(home: string): string {
  return join(home, `engine-${engineVersion}.json`);
}

function tryPresent(home: string, binFolder: string): Engine["origin"] | undefined {
  try {
    const placed = JSON.parse(readFileSync(recordFile(home), "utf8")) as PlacedEngine;
    const { size, mtimeMs } = statSync(join(binFolder, "pulumi"));
    const same = size === placed.size && mtimeMs === placed.changed;
    return same && isExecutable(join(binFolder, languageHostName)) ? placed.origin : undefined;
  } catch {
    return undefined;
  }
}

async function place(
  versionFolder: string,
  home: string,
  progress: Progress,
  places: EnginePlaces,
): Promise<Engine["origin"]> {
  const userHome = places.launcherHome ?? process.env.PULUMI_HOME ?? join(homedir(), ".pulumi");
  const cached = join(userHome, "versions", engineVersion, "bin");
  const own = join(versionFolder, "bin");
  const onPath = await findOnPath(places.path ?? process.env.PATH ?? "", home);
  if (onPath !== undefined && !samePlace(onPath, own)) {
    linkEngine(onPath, versionFolder);
    return "path";
  }
  if (!samePlace(cached, own) && (await fits(join(cached, "pulumi"), home))) {
    linkEngine(cached, versionFolder);
    return "launcher";
  }
  const before = (places.tryFindBuilt ?? tryFindBuilt)();
  if (before === undefined && (await (places.download ?? downloadEngine)(versionFolder, progress)))
    return "launcher";
  installBuilt(before ?? (await (places.build ?? buildEngine)(progress)), versionFolder);
  return "built";
}

/** `eval "$(./farm env)"` puts our own place onto PATH and into PULUMI_HOME: that is not another engine. */
function samePlace(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other);
  } catch {
    return false;
  }
}

/** Links an engine with all that lies beside it under its name: the language hosts stay its own. */
function linkEngine(folder: string, versionFolder: string): void {
  replace(versionFolder, (bin) => {
    for (const name of readdirSync(folder)) {
      if (name.startsWith("pulumi")) symlinkSync(join(folder, name), join(bin, name));
    }
  });
}

/**
 * The engine takes a language host from beside its program without a word, from elsewhere with a warning, and
 * it resolves links to find out where it lies: hence a hard link, and a copy on another file system.
 */
function installBuilt(program: string, versionFolder: string): void {
  replace(versionFolder, (bin) => {
    symlinkSync(join(checkout, "toolchain", "language-host", languageHostName), join(bin, languageHostName));
    try {
      linkSync(program, join(bin, "pulumi"));
    } catch {
      copyFileSync(program, join(bin, "pulumi"));
    }
  });
}

/** Fills a version's folder beside the old one and puts it in its place in one step. */
function replace(versionFolder: string, fill: (bin: string) => void): void {
  const temporary = `${versionFolder}.part`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(join(temporary, "bin"), { recursive: true });
  fill(join(temporary, "bin"));
  rmSync(versionFolder, { recursive: true, force: true });
  renameSync(temporary, versionFolder);
}

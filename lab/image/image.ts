import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { FarmError } from "../../lib/farm-error.ts";
import { withLock } from "../../lib/lock.ts";
import { cacheFolder } from "../../lib/paths.ts";
import { run, tryRun } from "../../lib/run.ts";
import { type AptSource, findSource } from "./apt-sources.ts";
import { enabledUnits, files, maskedUnits, packages, removedPaths, suite } from "./recipe.ts";

/** Tells a person how a long step is doing, a line at a time. */
export type Progress = (line: string) => void;

/** Name of the image that the present recipe makes: another recipe, another image beside it. */
export const imageKey: string = createHash("sha256")
  .update(
    JSON.stringify([
      suite,
      process.arch,
      packages,
      files,
      maskedUnits,
      enabledUnits,
      removedPaths.map(String),
    ]),
  )
  .digest("hex")
  .slice(0, 12);

/** Root file system of the image with this key; it need not exist. */
export function imageFolder(key: string = imageKey): string {
  return join(cacheFolder(), `image-${key}`);
}

/** The guests' image: made once for all checkouts, about 2 minutes and 860 MB. Returns its root file system. */
export async function ensureImage(progress: Progress): Promise<string> {
  const folder = imageFolder();
  if (existsSync(folder)) return folder;
  mkdirSync(cacheFolder(), { recursive: true });
  const lock = join(cacheFolder(), `image-${imageKey}.lock`);
  return withLock(lock, { onWait: progress, doing: "builds the guests' image" }, async () => {
    if (existsSync(folder)) return folder;
    await removeRemains();
    const started = Date.now();
    const source = findSource(suite);
    progress(`Building the guests' image: Debian ${suite} from ${source.mirror}, about 2 minutes, once`);
    const temporary = `${folder}.${process.pid}.part`;
    try {
      await debootstrap(temporary, source, progress);
      await finish(temporary);
    } catch (error) {
      await removeTree(temporary);
      throw error;
    }
    renameSync(temporary, folder);
    progress(`The guests' image is ready after ${Math.round((Date.now() - started) / 1000)} s`);
    return folder;
  });
}

/** An interrupted build leaves a part; nobody else works on it, since the lock is ours. */
async function removeRemains(): Promise<void> {
  const remains = readdirSync(cacheFolder()).filter(
    (name) => name.startsWith(`image-${imageKey}.`) && name.endsWith(".part"),
  );
  for (const name of remains) await removeTree(join(cacheFolder(), name));
}

async function removeTree(path: string): Promise<void> {
  if (!existsSync(path)) return;
  // debootstrap mounts /proc and /sys inside while it works: deleting through them would be a disaster.
  const mounts = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "")
    .filter((mount) => mount.startsWith(`${path}/`));
  for (const mount of mounts.reverse()) await run("umount", [mount]);
  await run("rm", ["-rf", "--one-file-system", path]);
}

async function debootstrap(target: string, source: AptSource, progress: Progress): Promise<void> {
  const log = join(cacheFolder(), `image-${imageKey}.log`);
  const args = [
    "--variant=minbase",
    `--include=${packages.join(",")}`,
    ...(source.keyring === undefined ? [] : [`--keyring=${source.keyring}`]),
    suite,
    target,
    source.mirror,
  ];
  const descriptor = openSync(log, "w");
  const child = spawn("debootstrap", args, {
    stdio: ["ignore", "pipe", descriptor],
    env: { ...process.env, ...(await aptProxy()), DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C.UTF-8" },
  });
  const steps = { Retrieving: 0, Unpacking: 0, Configuring: 0 };
  let last = "";
  const ticker = setInterval(() => progress(`  ${sentence(steps)}`), 10_000);
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    writeFileSync(descriptor, chunk);
    for (const line of chunk.split("\n")) {
      if (line.trim()) last = line.trim();
      for (const step of Object.keys(steps) as (keyof typeof steps)[]) {
        if (line.startsWith(`I: ${step} `)) steps[step]++;
      }
    }
  });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    if (code !== 0) {
      throw new FarmError({
        what: "The guests' image cannot be built",
        where: log,
        why: `debootstrap ended with code ${code}: ${last}`,
        next: `check that this machine reaches ${source.mirror}, then run the same command again`,
      });
    }
  } finally {
    clearInterval(ticker);
  }
}

function sentence(steps: { Retrieving: number; Unpacking: number; Configuring: number }): string {
  if (steps.Configuring > 0) return `${steps.Configuring} packages set up`;
  if (steps.Unpacking > 0) return `${steps.Unpacking} packages unpacked`;
  return `${steps.Retrieving} packages fetched`;
}

/** debootstrap does not read apt's settings, but it does go through a proxy that the environment names. */
async function aptProxy(): Promise<Record<string, string>> {
  const shell = await tryRun("apt-config", ["shell", "PROXY", "Acquire::http::Proxy"]);
  const proxy = /PROXY='([^']+)'/.exec(shell.stdout)?.[1];
  return proxy === undefined || proxy === "DIRECT" ? {} : { http_proxy: proxy };
}

async function finish(root: string): Promise<void> {
  const tree = readdirSync(root, { recursive: true, encoding: "utf8" });
  for (const path of tree.filter((name) => removedPaths.some((pattern) => pattern.test(name)))) {
    rmSync(join(root, path), { recursive: true, force: true });
  }
  for (const file of files) {
    mkdirSync(dirname(join(root, file.path)), { recursive: true });
    writeFileSync(join(root, file.path), file.text);
    // Not by the mode of the write: that would depend on this process's umask.
    chmodSync(join(root, file.path), file.mode ?? 0o644);
  }
  // Empty, not absent: systemd then makes one at the first boot without taking the system for an unknown one.
  writeFileSync(join(root, "etc/machine-id"), "");
  writeFileSync(join(root, "etc/hostname"), "template\n");
  await run("chroot", [root, "systemctl", "mask", ...maskedUnits]);
  await run("chroot", [root, "systemctl", "enable", ...enabledUnits]);
  rmSync(join(root, "etc/resolv.conf"), { force: true });
  await run("ln", ["-s", "../run/systemd/resolve/stub-resolv.conf", join(root, "etc/resolv.conf")]);
  // Links to certificates that are gone go as well.
  await run("chroot", [root, "openssl", "rehash", "/etc/ssl/certs"]);
  await run("chroot", [root, "nginx", "-t"]);
}

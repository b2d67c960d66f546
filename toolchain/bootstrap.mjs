// Brings a fresh checkout to the point where the farm's own code can run, then runs it: packages by lockfile,
// the pinned Node, nothing else. Node's built-ins only, since nothing is installed yet, and JavaScript, since
// the machine's own Node may be too old for types.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const checkout = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const modules = join(checkout, "node_modules");
const stampFile = join(modules, ".farm-stamp");
const pinnedNode = join(modules, "node", "bin", "node");
const leastNode = [20, 19];

/** What each command runs under the pinned Node. */
const entries = {
  demo: ["cli/main.ts", "demo"],
  farm: ["cli/main.ts"],
  check: ["toolchain/tasks.ts", "check"],
  test: ["toolchain/tasks.ts", "test"],
  "test:long": ["toolchain/tasks.ts", "test:long"],
  bench: ["toolchain/tasks.ts", "bench"],
  "policy-report": ["toolchain/tasks.ts", "policy-report"],
};

/** A sentence for people ends the run; anything else is a defect and shows its stack. */
class Stop extends Error {}

function say(sentence) {
  process.stderr.write(`[farm] ${sentence}\n`);
}

/** A process is told from a later one of the same number by its start; proc(5), field 22 of stat. */
function describe(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const startTime = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return { pid, startTime, bootId };
  } catch {
    return { pid };
  }
}

function isAlive(holder) {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (error.code !== "EPERM") return false;
  }
  const now = describe(holder.pid);
  return now.startTime === holder.startTime && now.bootId === holder.bootId;
}

function tryHolder(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

/** A link is made with its content or not at all: nobody reads half a lock. */
function tryTake(mine, file) {
  try {
    linkSync(mine, file);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

/** Removes the lock of a dead process, and puts it back when somebody else took it in between. */
function takeAway(file, dead) {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  if (JSON.stringify(tryHolder(aside)) !== JSON.stringify(dead)) tryTake(aside, file);
  rmSync(aside, { force: true });
}

/** Runs `work` while no other process installs into this checkout; a dead process's lock is taken over. */
async function withLock(file, work) {
  mkdirSync(dirname(file), { recursive: true });
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, JSON.stringify(describe(process.pid)));
  let told = false;
  try {
    while (!tryTake(mine, file)) {
      const holder = tryHolder(file);
      if (holder === undefined) {
        // Given back just now, or not a lock of ours at all.
        if (existsSync(file)) takeAway(file, undefined);
        continue;
      }
      if (!isAlive(holder)) {
        takeAway(file, holder);
        continue;
      }
      if (!told) say(`Another process (${holder.pid}) installs packages into this checkout: waiting for it`);
      told = true;
      await new Promise((done) => setTimeout(done, 200));
    }
  } finally {
    rmSync(mine, { force: true });
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** What an installation consists of; another text, another installation. */
function wantedStamp() {
  const sum = createHash("sha256");
  for (const file of ["package-lock.json", "toolchain/install-scripts.json"]) {
    sum.update(readFileSync(join(checkout, file)));
  }
  return `${sum.digest("hex")} ${process.platform} ${process.arch}\n`;
}

function isInstalled() {
  return existsSync(stampFile) && existsSync(pinnedNode) && readFileSync(stampFile, "utf8") === wantedStamp();
}

/** The PATH without this checkout's own programs: the installation removes them while it runs. */
function pathForInstalling() {
  const own = dirname(process.execPath);
  const others = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return [own, ...others].filter((folder) => !resolve(folder).startsWith(`${modules}/`)).join(delimiter);
}

/** Settings of a user's npm that would install something else than the lockfile says, or ask for a terminal. */
const npmSettings = {
  NODE_ENV: "",
  npm_config_engine_strict: "false",
  npm_config_package_lock: "true",
  npm_config_dry_run: "false",
  npm_config_global: "false",
  npm_config_audit: "false",
  npm_config_fund: "false",
  npm_config_update_notifier: "false",
};

/** Runs a step of the installation to its end and says every ten seconds that it goes on. */
async function step(name, command, args, folder) {
  const started = Date.now();
  const seconds = () => `${((Date.now() - started) / 1000).toFixed(0)} s`;
  say(`${name} …`);
  const ticker = setInterval(() => say(`${name}: ${seconds()}`), 10_000);
  // Whatever it prints goes to standard error: standard output belongs to the command that the user called.
  const child = spawn(command, args, {
    cwd: folder,
    stdio: ["ignore", 2, 2],
    env: { ...process.env, ...npmSettings, PATH: pathForInstalling() },
  });
  const pass = (signal) => child.kill(signal);
  process.on("SIGINT", pass).on("SIGTERM", pass);
  const end = await new Promise((done) => {
    child.on("error", (error) => done(error.code === "ENOENT" ? "it is not on PATH" : error.message));
    child.on("close", (code, signal) => done(signal ? `ended by ${signal}` : code && `exit code ${code}`));
  });
  process.off("SIGINT", pass).off("SIGTERM", pass);
  clearInterval(ticker);
  if (end) {
    const line = `${command} ${args.join(" ")}`;
    throw new Stop(`${name} failed (${line}: ${end}). Mend the cause, then run the same command again.`);
  }
  say(`${name}: done after ${seconds()}`);
}

async function install() {
  rmSync(stampFile, { force: true });
  // Whatever the user's own settings leave out is needed here.
  const all = ["--include=dev", "--include=optional", "--include=peer"];
  await step("Packages by lockfile", "npm", ["ci", "--ignore-scripts", "--loglevel=error", ...all], checkout);
  const allowed = JSON.parse(readFileSync(join(checkout, "toolchain", "install-scripts.json"), "utf8"));
  for (const name of allowed) {
    const folder = join(modules, name);
    const { scripts = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    for (const event of ["preinstall", "install", "postinstall"]) {
      if (scripts[event]) await step(`Install script of ${name}`, "sh", ["-c", scripts[event]], folder);
    }
  }
  const wanted = `v${JSON.parse(readFileSync(join(modules, "node", "package.json"), "utf8")).version}`;
  const found = spawnSync(pinnedNode, ["--version"], { encoding: "utf8" });
  if (found.stdout?.trim() !== wanted) {
    const why = found.error?.message ?? `it is ${found.stdout.trim() || "silent"}`;
    throw new Stop(
      `The package "node" left no Node ${wanted} for ${process.platform} ${process.arch} at ${pinnedNode}: ${why}.`,
    );
  }
  // npm makes no link for a program that only its install script brings.
  const link = join(modules, ".bin", "node");
  rmSync(link, { force: true });
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync("../node/bin/node", link);
  writeFileSync(stampFile, wantedStamp());
}

/** Whether Ctrl-C reaches the child without us: a terminal signals its whole foreground group. */
function terminalSignalsGroup() {
  try {
    const stat = readFileSync("/proc/self/stat", "utf8");
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return group === foreground;
  } catch {
    return process.stdin.isTTY === true;
  }
}

function goOn(entry, args) {
  const inherited = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const path = [...new Set([dirname(pinnedNode), join(modules, ".bin"), ...inherited])].join(delimiter);
  const child = spawn(pinnedNode, [join(checkout, entry[0]), ...entry.slice(1), ...args], {
    stdio: "inherit",
    // The same code at every start: half of a short command's time. Node's own cache, and gone with a new installation.
    env: { NODE_COMPILE_CACHE: join(modules, ".cache", "compile"), ...process.env, PATH: path },
  });
  // The child decides when to end, and this process with it.
  process.on("SIGINT", () => terminalSignalsGroup() || child.kill("SIGINT"));
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.on("error", (error) => {
    process.stderr.write(`The pinned Node cannot be started: ${error.message}\n`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

async function main() {
  const [command = "", ...args] = process.argv.slice(2);
  const entry = Object.hasOwn(entries, command) ? entries[command] : undefined;
  if (entry === undefined)
    throw new Stop(`There is no command "${command}": ${Object.keys(entries).join(", ")}.`);
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < leastNode[0] || (major === leastNode[0] && minor < leastNode[1])) {
    throw new Stop(
      `Node ${process.versions.node} is too old: the farm starts with Node ${leastNode.join(".")} or later and then brings its own.`,
    );
  }
  if (!isInstalled()) {
    await withLock(join(checkout, ".farm", "install.lock"), async () => {
      if (!isInstalled()) await install();
    });
  }
  goOn(entry, args);
}

main().catch((error) => {
  process.stderr.write(`${error instanceof Stop ? error.message : error.stack}\n`);
  process.exit(1);
});

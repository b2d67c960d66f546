import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** One tree of control groups. */
export interface Hierarchy {
  readonly mount: string;
  readonly version: 1 | 2;
  /** Controllers of a v1 tree, "name=systemd" among them. */
  readonly controllers: readonly string[];
}

/** The trees that /proc/self/mountinfo shows, the first mount of each. */
export function parseHierarchies(mountinfo: string): Hierarchy[] {
  const found = new Map<string, Hierarchy>();
  for (const line of mountinfo.split("\n")) {
    const [left = "", right = ""] = line.split(" - ");
    const mount = left.split(" ")[4];
    const [type, , options = ""] = right.split(" ");
    if (mount === undefined) continue;
    if (type === "cgroup2" && !found.has("v2")) found.set("v2", { mount, version: 2, controllers: [] });
    if (type !== "cgroup" || found.has(options)) continue;
    found.set(options, {
      mount,
      version: 1,
      controllers: options.split(",").filter((word) => word !== "rw"),
    });
  }
  return [...found.values()];
}

/** The trees in which a guest gets a group of its own: those that systemd uses, and those that we act upon. */
export function guestHierarchies(all: readonly Hierarchy[]): Hierarchy[] {
  const ours = ["name=systemd", "freezer", "memory"];
  return all.filter((tree) => tree.version === 2 || tree.controllers.some((name) => ours.includes(name)));
}

/** Whose groups they are. */
export interface GuestPlace {
  /** Name of the lab's own group at the root of every tree. */
  readonly lab: string;
  /** Short name of the VM. */
  readonly vm: string;
  /** Short name of the host that started it. */
  readonly born: string;
  /** Short name of the host that runs it now. */
  readonly host: string;
}

/**
 * The control groups of one guest: `<lab>/<host>/<vm>` in every tree.
 *
 * After a move the v1 freezer and memory groups are those of the new host. In the systemd tree and in v2 the
 * guest's own systemd has made groups below its root and knows them by path, so there it stays where it was
 * born until its next start.
 */
export class GuestCgroups {
  readonly #place: GuestPlace;
  readonly #trees: readonly Hierarchy[];

  constructor(place: GuestPlace, trees: readonly Hierarchy[] = guestHierarchies(currentHierarchies())) {
    this.#place = place;
    this.#trees = trees;
  }

  /** Folders whose `cgroup.procs` a process must be written to to belong to the guest. */
  get folders(): string[] {
    return this.#trees.map((candidate) => this.#folder(candidate));
  }

  /** Makes the groups. The memory limit is best effort: a container may not be given that controller. */
  create(memory: number): void {
    for (const folder of this.folders) {
      mkdirSync(folder, { recursive: true });
      for (const file of ["memory.limit_in_bytes", "memory.max"]) {
        if (existsSync(join(folder, file))) tryWrite(join(folder, file), String(memory));
      }
    }
  }

  /** Every process of the guest, by its number on this machine. */
  processes(): number[] {
    return [...new Set(this.folders.flatMap(subtree).flatMap(processesOf))];
  }

  /** Freezes every process and waits until all stand still. */
  async freeze(): Promise<void> {
    await this.#setFrozen(true);
  }

  async thaw(): Promise<void> {
    await this.#setFrozen(false);
  }

  /** Moves the frozen guest, from whichever host it is found at, to this one; it stays frozen. */
  moveTo(host: string): GuestCgroups {
    const target = new GuestCgroups({ ...this.#place, host }, this.#trees);
    for (const candidate of this.#trees.filter(isMovable)) {
      const to = target.#folder(candidate);
      mkdirSync(to, { recursive: true });
      const limit = tryRead(join(this.#folder(candidate), "memory.limit_in_bytes"));
      if (limit && to !== this.#folder(candidate)) tryWrite(join(to, "memory.limit_in_bytes"), limit);
      const lab = join(candidate.mount, this.#place.lab);
      for (const other of childrenOf(lab).map((name) => join(lab, name, this.#place.vm))) {
        if (other === to || !existsSync(other)) continue;
        // A task takes over the state of the group it comes to: without this it would run again while unplugged.
        if (candidate.controllers.includes("freezer")) tryWrite(join(to, "freezer.state"), "FROZEN");
        for (let left = processesOf(other); left.length > 0; left = processesOf(other)) {
          for (const pid of left) tryWrite(join(to, "cgroup.procs"), String(pid));
        }
        tryRemove(other);
      }
    }
    return target;
  }

  /** Removes the groups; those that still hold processes stay. */
  remove(): void {
    for (const folder of this.folders) removeSubtree(folder);
  }

  #folder(candidate: Hierarchy): string {
    const { lab, vm, born, host } = this.#place;
    return join(candidate.mount, lab, isMovable(candidate) ? host : born, vm);
  }

  async #setFrozen(frozen: boolean): Promise<void> {
    const found =
      this.#trees.find((candidate) => candidate.controllers.includes("freezer")) ??
      this.#trees.find((candidate) => candidate.version === 2);
    if (!found)
      throw new Error(
        "this machine has neither the v1 freezer nor cgroup v2: no guest can be suspended or moved",
      );
    const folder = this.#folder(found);
    if (!existsSync(folder)) return;
    const old = found.version === 1;
    writeFileSync(
      join(folder, old ? "freezer.state" : "cgroup.freeze"),
      old ? (frozen ? "FROZEN" : "THAWED") : frozen ? "1" : "0",
    );
    for (let waited = 0; isFrozen(folder, found.version) !== frozen; waited += 5) {
      if (waited > 10_000)
        throw new Error(`the guest's processes could not be ${frozen ? "frozen" : "thawed"} within 10 s`);
      await sleep(5);
    }
  }
}

function isMovable(candidate: Hierarchy): boolean {
  return candidate.version === 1 && !candidate.controllers.includes("name=systemd");
}

function isFrozen(folder: string, version: 1 | 2): boolean {
  if (version === 1) return tryRead(join(folder, "freezer.state")).trim() === "FROZEN";
  return /^frozen 1$/m.test(tryRead(join(folder, "cgroup.events")));
}

/** Every process in any group of a lab. */
export function labProcesses(lab: string): number[] {
  return [...new Set(labFolders(lab).flatMap(subtree).flatMap(processesOf))];
}

/** Removes all groups of a lab. Whatever was frozen in them must be dead or thawed. */
export function removeLabCgroups(lab: string): void {
  for (const folder of labFolders(lab)) removeSubtree(folder);
}

/** Thaws every group of a lab, so that what is killed in it can die. */
export function thawLab(lab: string): void {
  for (const folder of labFolders(lab).flatMap(subtree)) {
    if (existsSync(join(folder, "freezer.state"))) tryWrite(join(folder, "freezer.state"), "THAWED");
    if (existsSync(join(folder, "cgroup.freeze"))) tryWrite(join(folder, "cgroup.freeze"), "0");
  }
}

function labFolders(lab: string): string[] {
  return guestHierarchies(currentHierarchies()).map((candidate) => join(candidate.mount, lab));
}

function currentHierarchies(): Hierarchy[] {
  return parseHierarchies(readFileSync("/proc/self/mountinfo", "utf8"));
}

function childrenOf(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

function subtree(folder: string): string[] {
  return existsSync(folder)
    ? [folder, ...childrenOf(folder).flatMap((name) => subtree(join(folder, name)))]
    : [];
}

function removeSubtree(folder: string): void {
  for (const group of subtree(folder).reverse()) tryRemove(group);
}

function processesOf(folder: string): number[] {
  return tryRead(join(folder, "cgroup.procs")).split("\n").filter(Boolean).map(Number);
}

function tryRead(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function tryWrite(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch {
    // The process ended meanwhile, or the controller is not ours to set.
  }
}

function tryRemove(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Not empty, or gone already.
  }
}

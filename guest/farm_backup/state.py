"""Writes the state of the site: database, files and what the machine itself has made, as of one instant.

Why no row of the dump names a file that the state lacks. The application writes a file before the row that names it,
and removes the row before the file. Files are gathered twice, before the dump's instant and after it, and the state
holds whatever either pass has seen. A file that a row names at that instant was written before it, and lives at least
until it. If it lives when the second pass comes by, that pass has it. If it was removed in between, the first pass has
it, unless it is younger than that pass. So both must happen to one file, within the minutes of one state: made after the
first pass, removed before the second. Then the state says so: it counts names without a file as `dangling`, and
`verify` shows them. Dump before files would lose what is removed meanwhile; files before dump, what is added.
Files without a row do no harm: nothing leads to them.
"""

import datetime
import json
import os
import shutil
import time

from farm_release.generation import Generations, now
from farm_release.machine import Failure, put, put_link, remove_tree, settle_folder, settle_tree
from farm_release.verbs import locked

from .collect import Collection
from .copying import Full, Room, checksum, plain_errors
from .manifest import DUMP, FILES, MACHINE, NAME, REFERENCES, SOURCES, State, find_newest, newest
from .snapshot import Snapshot

# What the machine has made itself and no roll-out brings again: evidence, counts, certificates and the account that
# they come from. Left out: host keys (they go with the disk; a new machine makes its own, and the farm pins them),
# secrets of the application and the database's password (the roll-out puts the ones, the machine makes the other).
FOLDERS = ("etc/allrisnet/sets", "var/lib/farm/traffic")
CERTIFICATE = ("etc/farm/tls", "var/lib/farm/lego")
SINGLE = ("etc/farm/site.json", "var/lib/farm/changes.jsonl", "var/lib/farm/backup/states.jsonl")


class Writing:
    """One state in the making: a folder that nothing leads to until it is whole."""

    def __init__(self, machine, story):
        self.machine = machine
        self.story = story
        self.generation = Generations(machine).current()
        if self.generation is None:
            raise Failure("nothing is installed on this machine: there is no state to write")
        self.files = Generations(machine).folder(self.generation.generation) / "files"
        if not self.files.is_dir():
            raise Failure(f"{self.files} is not there: the application has no files")
        self.target = machine.states / ".new"
        self.room = Room(machine.states, machine.margin)

    def perform(self):
        before = find_newest(self.machine)
        sources = read_sources(before)
        day = datetime.date.today().toordinal()
        self.collection = Collection(self.target, self.room, before, sources, day, self.machine.reread_days)
        remove_tree(self.target)
        self.target.mkdir(mode=0o700)
        with self.step("files"):
            self.collection.tree(self.files, FILES)
        with self.step("database"), Snapshot(self.machine, self.generation.generation) as snapshot:
            facts = self.dump(snapshot)
        with self.step("added"):
            self.collection.tree(self.files, FILES, snapshot.instant)
        with self.step("machine"):
            self.gather_machine()
        with self.step("manifest"):
            self.write_manifest(facts, snapshot)
            settle_tree(self.target)
        with self.step("commit"):
            return self.commit()

    def step(self, name):
        return self.story.step(name)

    def dump(self, snapshot):
        sha256, size = snapshot.dump(self.target / DUMP, self.room)
        names = snapshot.references(self.machine.releases / self.generation.release)
        if names is not None:
            put(self.target / REFERENCES, json.dumps(names, ensure_ascii=False) + "\n", 0o600)
        return {"name": snapshot.name, "sha256": sha256, "size": size, "bytes": snapshot.bytes(), "rows": snapshot.rows(),
                "references": None if names is None else len(names)}

    def gather_machine(self):
        machine, collection = self.machine, self.collection
        own = ()
        if machine.site.exists() and json.loads(machine.site.read_text(encoding="utf-8"))["issuer"] == "acme":
            own = CERTIFICATE  # others are delivered again by the roll-out
        with locked(machine.apply_lock, machine.lock_seconds, "a roll-out is under way"):
            with locked(machine.certificate_lock, machine.lock_seconds, "the certificate is being renewed"):
                for name in (*FOLDERS, *own):
                    if (machine.root / name).is_dir():
                        collection.parents(f"{MACHINE}/{name}")
                        collection.tree(machine.root / name, f"{MACHINE}/{name}")
                for name in SINGLE:
                    if (machine.root / name).exists():
                        collection.single(machine.root / name, f"{MACHINE}/{name}")
                for link in machine.parameters.glob("*") if machine.parameters.exists() else ():
                    if link.is_symlink():
                        collection.link(f"{MACHINE}/etc/allrisnet/{link.name}", os.readlink(link))
        put(self.target / MACHINE / "generation.json", (self.files.parent / "generation.json").read_text())

    def write_manifest(self, facts, snapshot):
        collection, generation = self.collection, self.generation
        own = [name for name in (REFERENCES, f"{MACHINE}/generation.json") if (self.target / name).exists()]
        for name in own:
            status = (self.target / name).stat()
            collection.files[name] = {"path": name, "size": status.st_size, "sha256": checksum(self.target / name), "mode": "0600", "modified": status.st_mtime_ns // 1000}
        names = json.loads((self.target / REFERENCES).read_text(encoding="utf-8")) if REFERENCES in own else []
        manifest = {
            "takenAt": datetime.datetime.fromtimestamp(snapshot.instant // 1_000_000_000, datetime.timezone.utc).isoformat().replace("+00:00", "Z"),
            "machine": self.machine.machine_id.read_text().strip() if self.machine.machine_id.exists() else None,
            "release": {"version": generation.version, "build": generation.build, "sha256": generation.sha256},
            "generation": generation.generation,
            "database": facts,
            "dangling": sum(1 for name in names if f"{FILES}/{name}" not in collection.files),
            "files": [collection.files[path] for path in sorted(collection.files)],
            "folders": [collection.folders[path] for path in sorted(collection.folders)],
            "links": [collection.links[path] for path in sorted(collection.links)],
            "leftOut": {name: kinds for name, kinds in collection.left_out.items() if kinds},
        }
        put(self.target / SOURCES, json.dumps(collection.sources) + "\n", 0o600)
        # In ASCII: a name of a file may be no UTF-8.
        put(self.target / NAME, json.dumps(manifest, indent=1) + "\n", 0o600)

    def commit(self):
        """From here on it is the state. A name is a time of UTC; one second has one state."""
        while (folder := self.machine.states / time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())).exists():
            time.sleep(0.2)
        os.replace(self.target, folder)
        settle_folder(self.machine.states)
        put_link(self.machine.newest, folder.name)
        return State(folder)


def read_sources(before):
    try:
        return {} if before is None else json.loads((before.folder / SOURCES).read_text())
    except (OSError, ValueError):
        return {}


def others(machine):
    """Folders of states that `current` does not name, the oldest first."""
    current = machine.newest.resolve().name if machine.newest.is_symlink() else None
    return [folder for folder in sorted(machine.states.iterdir()) if folder.is_dir() and not folder.is_symlink() and folder.name != current]


def tidy(machine, kept):
    """Leaves the state and so many older ones; what a cut left goes."""
    stale = [folder for folder in others(machine) if folder.name.startswith(".")]
    older = [folder for folder in others(machine) if folder not in stale]
    for folder in (*stale, *older[: len(older) - kept]):
        if folder.name.startswith("."):
            shutil.rmtree(folder)
        else:
            remove_tree(folder)


def write(machine, story):
    """Writes a state. The one before stays whole and current until the new one is."""
    with locked(machine.backup_lock, machine.wait_seconds, "a change of the release or of packages, or another state, is under way"), plain_errors():
        machine.states.mkdir(parents=True, exist_ok=True)
        os.chmod(machine.states, 0o700)
        tidy(machine, 1)
        try:
            return attempt(machine, story)
        except Full:
            if not others(machine):
                raise
            story.note("the older state was removed, since there is little room")
            tidy(machine, 0)
            return attempt(machine, story)


def attempt(machine, story):
    writing = Writing(machine, story)
    try:
        state = writing.perform()
    except BaseException:
        shutil.rmtree(writing.target, ignore_errors=True)
        raise
    tidy(machine, 1)
    collection = writing.collection
    if collection.damaged:
        story.note(f"{collection.damaged} files of the state before were damaged; they were copied anew")
    return {**state.summary(), "copied": collection.copied}


def log(machine, result):
    """One line for each state, well or not: a state itself stays for two days only."""
    keys = ("outcome", "story", "failedStep", "stamp", "takenAt", "release", "files", "bytes", "databaseBytes", "dangling", "manifestSha256")
    line = {"at": now(), **{key: result[key] for key in keys if key in result}}
    old = read_log(machine)[-399:]
    put(machine.history, "".join(json.dumps(entry, ensure_ascii=False, sort_keys=True) + "\n" for entry in (*old, line)))


def read_log(machine):
    if not machine.history.exists():
        return []
    return [json.loads(line) for line in machine.history.read_text(encoding="utf-8").splitlines()]


def show(machine):
    """The newest state and how the last ones went."""
    state = newest(machine)
    return {"outcome": "done", **state.summary(), "older": [folder.name for folder in others(machine) if not folder.name.startswith(".")],
            "states": read_log(machine)[-40:]}

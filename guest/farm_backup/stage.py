"""What an import brings, beside what is there: complete and checked before anything of the site is touched."""

import json
import os
import pathlib
import shutil
import time

from farm_release.change import refuse_older
from farm_release.archive import Release
from farm_release.database import Database
from farm_release.generation import Generations
from farm_release.machine import Failure, put, settle_folder, settle_tree
from farm_release.run_folder import RunFolder
from farm_release.runs import is_active, start_service

from .copying import Room
from .manifest import DUMP
from .paths import parts_of
from .snapshot import restore


class Import(RunFolder):
    """
    One import: `tree/` holds what is put back, and from the swing on what was there before; `request.json` says that
    everything has arrived.
    """

    def __init__(self, machine, name):
        super().__init__(machine, name)
        self.tree = self.folder / "tree"
        self.touched = self.folder / "touched.json"  # {"added": [...], "replaced": [...], "same": [...]}

    @classmethod
    def new(cls, machine):
        machine.runs.mkdir(parents=True, exist_ok=True)
        os.chmod(machine.runs, 0o700)
        while True:
            run = cls(machine, time.strftime("%Y%m%dt%H%M%Sz", time.gmtime()))
            try:
                run.folder.mkdir(mode=0o700)
                return run
            except FileExistsError:
                time.sleep(0.2)

    def arrive(self, request):
        """From here on the service can do it, whatever becomes of the connection."""
        settle_tree(self.folder)
        put(self.request_file, json.dumps(request) + "\n", 0o600)
        settle_folder(self.machine.runs)

    def perform(self):
        """Has the service do it, and waits for what came of it."""
        start_service(self.machine.unit, self.machine.program, ("swing", self.name), ("rescue", self.name))
        silent = 0
        while not self.result.exists():
            silent = 0 if self.under_way() else silent + 1
            if silent > self.patience:
                raise Failure(f"the service {self.machine.unit} ended without a result: see its journal")
            time.sleep(0.1)
        return self.outcome()

    def under_way(self):
        return is_active(self.machine.unit)

    def note_touched(self, touched):
        put(self.touched, json.dumps(touched) + "\n", 0o600)


def request_for(head, generation):
    """What the service is told; `inode` is that of the last part of the path as it was staged."""
    keys = ("kind", "path", "takenAt", "release")
    return {**{key: head[key] for key in keys}, "generation": generation.generation, "drop": []}


def installed(machine):
    current = Generations(machine).current()
    if current is None:
        raise Failure("nothing is installed on this machine: there is nothing to put back into")
    return current


def stage_files(machine, run, arrival):
    """Files with their owners and modes, in folders with theirs."""
    head, current = arrival.head, installed(machine)
    room = Room(machine.srv, machine.margin)
    room.need(arrival.size)
    run.tree.mkdir(mode=0o700)
    for entry in sorted(head["folders"], key=lambda entry: entry["path"]):
        place = run.tree / entry["path"]
        place.mkdir(exist_ok=True)
        give(machine, place, entry)
    arrival.each(lambda entry: open(run.tree / entry["path"], "xb", opener=private), room)
    for entry in head["files"]:
        place = run.tree / entry["path"]
        give(machine, place, entry)
        os.utime(place, ns=(entry["modified"] * 1000, entry["modified"] * 1000))
    leaf = run.tree.joinpath(*parts_of(head["path"]))
    return {**request_for(head, current), "inode": leaf.lstat().st_ino, "files": [{key: entry[key] for key in ("path", "sha256", "size")} for entry in head["files"]]}


def private(name, flags):
    return os.open(name, flags, 0o600)


def give(machine, place, entry):
    """Owner first: to change it takes away bits of the mode."""
    if machine.owner is not None:
        try:
            shutil.chown(place, number(entry["owner"]), number(entry["group"]))
        except LookupError:
            raise Failure(f"this machine has no user {entry['owner']} or no group {entry['group']}, whom {entry['path']} belongs to") from None
    os.chmod(place, int(entry["mode"], 8))


def number(name):
    return int(name) if name.isdigit() else name


def incoming_name(generation, run):
    return f"allrisnet_{generation}_new_{run.name}"


def stage_database(machine, run, arrival):
    """The dump as a database of its own, brought to what the installed release expects."""
    head, current = arrival.head, installed(machine)
    of = Release(*(str(head["release"][key]) for key in ("version", "build", "sha256")))
    refuse_newer(of, current)
    room = Room(machine.srv, machine.margin)
    room.need(arrival.size + int(head["bytes"]))
    dump = pathlib.Path(run.folder / DUMP)
    arrival.each(lambda entry: open(dump, "xb", opener=private), room)
    database, name = Database(machine), incoming_name(current.generation, run)
    database.admin(f"CREATE DATABASE {name} OWNER allrisnet TEMPLATE template0 ENCODING 'UTF8';")
    restore(database, name, dump)
    migrations = machine.releases / current.release / "WEB-INF" / "migrations"
    migrated = database.migrate_named(name, migrations)
    dump.unlink()
    return {**request_for(head, current), "incoming": name, "migrated": migrated}


def refuse_newer(dump, current):
    """Migrations go one way."""
    try:
        refuse_older(dump, current)
    except Failure:
        raise Failure(f"the dump is of {dump.version}, and {current.version} is installed, which would not understand it") from None

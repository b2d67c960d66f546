"""What imports have replaced: brought back, or put away when nobody will want it any more."""

import json
import os
import re
import shutil
import time

from farm_release.database import Database
from farm_release.machine import Busy, Failure, remove_tree
from farm_release.runs import is_active
from farm_release.verbs import locked

from .copying import checksum
from .paths import parts_of
from .stage import Import, installed
from .swing import finish_cut_off

KEPT = re.compile(r"allrisnet_\d+_(?:new|old)_([a-z0-9]+)")


def stage_undo(machine, run, name):
    """An import of what another one has replaced."""
    undone = Import(machine, name)
    if not undone.result.exists() or undone.outcome()["outcome"] != "done":
        raise Failure(f"there is no import {name} that could be taken back: it was removed after {machine.kept_hours} hours, or never was")
    request, current = undone.request(), installed(machine)
    if request["generation"] != current.generation:
        raise Failure(f"{name} was put into another generation of the site than the one that runs now")
    request = {**request, "undoes": name}
    if request["kind"] == "database":
        old = f"allrisnet_{current.generation}_old_{name}"
        if not Database(machine).admin(f"SELECT 1 FROM pg_database WHERE datname = '{old}';"):
            raise Failure(f"{name} was taken back already")
        return {**request, "incoming": old, "migrated": []}
    return stage_old_files(run, undone, request)


def stage_old_files(run, undone, request):
    """Links of the files that were replaced, in folders like those that they lie in; what was added goes."""
    touched = json.loads(undone.touched.read_text())
    files = {entry["path"]: entry for entry in request["files"]}
    run.tree.mkdir(mode=0o700)
    back = [*touched["replaced"], *touched["dropped"]]
    for path in back:
        source = undone.tree / path
        target = run.tree / path
        for folder in reversed(target.relative_to(run.tree).parents):
            if not (run.tree / folder).exists():
                (run.tree / folder).mkdir()
                like(undone.tree / folder, run.tree / folder)
        if not os.path.lexists(source):
            raise Failure(f"{undone.name} was taken back already")
        shutil.copy2(source, target, follow_symlinks=False)
        like(source, target)
    leaf = run.tree.joinpath(*parts_of(request["path"]))
    if list(files) != [request["path"]]:
        leaf.mkdir(parents=True, exist_ok=True)  # it is joined with the folder of the site, which also gives it its rights
    kept = [path for path in touched["added"] if path in files]
    inode = leaf.lstat().st_ino if leaf.exists() else None
    return {**request, "files": [facts(run.tree / path, path) for path in back], "drop": kept, "inode": inode}


def facts(place, path):
    return {"path": path, "sha256": checksum(place), "size": place.stat().st_size}


def like(source, target):
    status = source.lstat()
    os.chown(target, status.st_uid, status.st_gid)
    os.chmod(target, status.st_mode & 0o7777)


def clean(machine):
    """Removes what is older than it is kept, and what never became anything. Returns what was removed."""
    if not machine.runs.exists():
        return []
    removed = []
    for folder in sorted(machine.runs.iterdir()):
        if folder.name.startswith("."):
            shutil.rmtree(folder)
            continue
        run = Import(machine, folder.name)
        if run.request_file.exists() and not run.result.exists():
            if is_active(machine.unit):
                continue
            finish_cut_off(machine, run)  # the power went
        done = run.result.exists() and run.outcome()["outcome"] in ("done", "stuck")
        hours = (time.time() - run.result.stat().st_mtime) / 3600 if done else machine.kept_hours
        if hours >= machine.kept_hours:
            remove_tree(folder)
            removed.append(folder.name)
    kept = {folder.name for folder in machine.runs.iterdir()}
    database = Database(machine)
    for name in database.admin("SELECT datname FROM pg_database;"):
        if (found := KEPT.fullmatch(name)) and found[1] not in kept:
            database.admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE);")
            removed.append(name)
    return removed


def clean_quietly(machine):
    """With the daily state: when an import is under way there is nothing to put away."""
    try:
        with locked(machine.import_lock, 0, "an import is under way"):
            return clean(machine)
    except Busy:
        return []

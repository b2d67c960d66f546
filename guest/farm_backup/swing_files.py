"""Files put back: one call of the kernel makes them the site's, and the same call back takes them away."""

import json
import os
import stat

from farm_release.generation import Generations
from farm_release.machine import Failure

from .copying import checksum
from .paths import EXCHANGE, NOREPLACE, Spot, parts_of, same_kind


class FilesSwing:
    """
    A single file, and whatever is not there yet, goes in while the site runs. A folder that is there goes in as a
    tree that holds both: what the backup had, and everything else that the folder has now. So that nothing is written
    between the making of that tree and the exchange, the application stands still for it.
    """

    def __init__(self, machine, run):
        self.machine, self.run = machine, run
        self.request = run.request()
        self.parts = parts_of(self.request["path"])
        self.root = Generations(machine).folder(self.request["generation"]) / "files"
        self.live = self.root.joinpath(*self.parts)
        self.staged = run.tree.joinpath(*self.parts)

    def needs_stop(self):
        with self.spot() as spot:
            status = spot.status()
            return status is not None and stat.S_ISDIR(status.st_mode)

    def spot(self):
        return Spot(self.root, self.parts)

    def compare(self):
        """What each file would do to the site: it is `added`, it `replaced` another, or it is the `same`."""
        touched = {"added": [], "replaced": [], "same": [], "dropped": []}
        for entry in self.request["files"]:
            touched[self.effect(entry)].append(entry["path"])
        touched["dropped"] = [path for path in self.request["drop"] if self.status_of(path) is not None]
        return touched

    def status_of(self, path):
        with Spot(self.root, parts_of(path)) as spot:
            return spot.status() if spot.depth == len(parts_of(path)) - 1 else None

    def effect(self, entry):
        status = self.status_of(entry["path"])
        if status is None:
            return "added"
        if not stat.S_ISREG(status.st_mode):
            raise Failure(f"{entry['path']} is no file on this machine")
        return "same" if status.st_size == entry["size"] and checksum(self.root / entry["path"]) == entry["sha256"] else "replaced"

    def swing(self):
        self.run.note_touched(self.compare())
        with self.spot() as spot:
            status = spot.status()
            if not self.staged.exists():
                return self.remove(spot)
            if status is None:
                above = self.run.tree.joinpath(*self.parts[: spot.depth + 1])
                return spot.rename_here(above, NOREPLACE)
            if not same_kind(status, self.staged.lstat()):
                raise Failure(f"{self.request['path']} is a file here and a folder there")
            if stat.S_ISDIR(status.st_mode):
                join(self.live, self.staged, {tuple(parts_of(path))[len(self.parts):] for path in self.request["drop"]})
            spot.rename_here(self.staged, EXCHANGE)

    def remove(self, spot):
        """What an import had added goes again: an undo of a single file."""
        self.staged.parent.mkdir(parents=True, exist_ok=True)
        if self.request["drop"] == [self.request["path"]] and spot.status() is not None:
            spot.move_to(self.staged)

    def swung(self):
        """Whether the site has it: its leaf is the very one that was staged."""
        try:
            inode = self.live.lstat().st_ino
        except FileNotFoundError:
            return self.request["inode"] is None
        return inode == self.request["inode"]

    def swing_back(self):
        with self.spot() as spot:
            if self.request["inode"] is None:
                spot.rename_here(self.staged, NOREPLACE)
            elif self.staged.exists():
                spot.rename_here(self.staged, EXCHANGE)
            else:
                spot.move_to(self.staged)

    def facts(self):
        touched = json.loads(self.run.touched.read_text())
        return {**{key: len(paths) for key, paths in touched.items()}, "paths": (touched["added"] + touched["replaced"])[:20]}


def join(live, staged, dropped):
    """Completes the staged tree by everything that the live one has besides, as hard links; folders that are there keep their rights."""
    for parent, folders, files in os.walk(live):
        below = tuple(os.path.relpath(parent, live).split(os.sep)) if parent != str(live) else ()
        place = staged.joinpath(*below)
        if place.is_symlink() or (place.exists() and not place.is_dir()):
            raise Failure(f"{'/'.join(below)} is a folder here and a file there")
        place.mkdir(exist_ok=True)
        status = os.lstat(parent)
        os.chown(place, status.st_uid, status.st_gid)
        os.chmod(place, stat.S_IMODE(status.st_mode))
        links = [name for name in folders if os.path.islink(os.path.join(parent, name))]
        for name in (*files, *links):
            target = place / name
            if target.is_dir() and not target.is_symlink():
                raise Failure(f"{'/'.join((*below, name))} is a file here and a folder there")
            if not os.path.lexists(target) and (*below, name) not in dropped:
                os.link(os.path.join(parent, name), target, follow_symlinks=False)

"""Generations: a release with its database and its files. `current` names the one that is the site."""

import dataclasses
import datetime
import json
import os
import time

from .machine import must, put, put_link, remove_tree, settle_folder, settle_tree
from .tomcat import write_base


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")


@dataclasses.dataclass(frozen=True)
class Generation:
    """`generation.json`."""

    generation: int
    version: str
    build: str
    sha256: str
    release: str
    database: str
    createdAt: str
    previous: int | None = None


class Generations:
    def __init__(self, machine):
        self.machine = machine

    def folder(self, number):
        return self.machine.generations / str(number)

    def numbers(self):
        if not self.machine.generations.exists():
            return []
        return sorted(int(entry.name) for entry in self.machine.generations.iterdir() if entry.name.isdigit())

    def read(self, number):
        """None for one that is not whole."""
        try:
            return Generation(**json.loads((self.folder(number) / "generation.json").read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def current(self):
        if not self.machine.current.is_symlink():
            return None
        return self.read(int(os.path.basename(os.readlink(self.machine.current))))

    def next(self, databases):
        """A number that neither a folder nor a database has: what a cut left is never taken for something new."""
        return max([0, *self.numbers(), *databases]) + 1

    def make(self, generation, old):
        """The folder of a new generation with the files of the old one. Its database is another step."""
        machine, folder = self.machine, self.folder(generation.generation)
        folder.mkdir(parents=True)
        files = folder / "files"
        if old is None:
            files.mkdir()
            machine.chown(files)
        else:
            must("cp", "-a", "--reflink=auto", str(self.folder(old.generation) / "files"), str(files))
        write_base(machine, folder, generation)
        put(folder / "generation.json", json.dumps(dataclasses.asdict(generation), indent=1) + "\n")
        settle_tree(folder)
        settle_folder(machine.generations)

    def commit(self, number):
        """The one point at which the site becomes another: a rename that lasts."""
        put_link(self.machine.current, f"generations/{number}")

    def retire(self, number):
        """Marks a generation as one that was the site once: it is kept for a while, not half made."""
        put(self.folder(number) / "retired", now() + "\n")

    def unretire(self, number):
        (self.folder(number) / "retired").unlink(missing_ok=True)

    def retired_hours(self, number):
        """None for one that never was the site, or is."""
        try:
            return (time.time() - (self.folder(number) / "retired").stat().st_mtime) / 3600
        except FileNotFoundError:
            return None

    def remove(self, number):
        remove_tree(self.folder(number))

    def remove_unused_releases(self):
        """Unpacked releases that no generation names. Returns their names."""
        if not self.machine.releases.exists():
            return []
        used = {found.release for found in map(self.read, self.numbers()) if found is not None}
        gone = sorted(entry.name for entry in self.machine.releases.iterdir() if entry.name not in used)
        for name in gone:
            remove_tree(self.machine.releases / name)
        return gone

"""Files of the machine into a state that is being written.

What has not changed since the state before is a hard link to that state's copy, never to the machine's own file: a
program that writes into its file in place would change the state with it. So a state costs the disk, the network of
the storage and the backup only what is new.
"""

import errno
import functools
import grp
import hashlib
import os
import pathlib
import pwd
import stat

from .copying import checksum, copy

READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK


@functools.lru_cache
def user(number):
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


@functools.lru_cache
def group(number):
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def rights(status):
    """By name: numbers of users may differ on the machine that it comes back to."""
    return {"mode": f"{stat.S_IMODE(status.st_mode):04o}", "owner": user(status.st_uid), "group": group(status.st_gid)}


def identity(status):
    """As long as these are equal, nobody has written to the file."""
    return [status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns]


def stop(error):
    if not isinstance(error, FileNotFoundError):
        raise error


class Collection:
    """
    The entries of a state. `before` is the state before, or None; `day` decides which of its copies are read again
    this time before they are trusted.
    """

    def __init__(self, target, room, before, sources, day, days):
        self.target = target
        self.room = room
        self.before = before
        self.old_sources = sources
        self.day, self.days = day, days
        self.files, self.folders, self.links, self.sources = {}, {}, {}, {}
        self.left_out = {}  # kinds of things that are no files, with their number
        self.copied = self.damaged = 0

    def tree(self, source, name, instant=None):
        """
        Everything below a folder, without following links. A second time it adds what is new, and what has changed
        since the first time but not after `instant` (nanoseconds).
        """
        seen = dict.fromkeys(("socket", "pipe", "device"), 0)
        for parent, folders, files, descriptor in os.fwalk(source, onerror=stop, follow_symlinks=False):
            below = pathlib.PurePosixPath(name, os.path.relpath(parent, source))
            self.folder(str(below), os.fstat(descriptor))
            for entry in (*folders, *files):
                try:
                    status = os.stat(entry, dir_fd=descriptor, follow_symlinks=False)
                    if stat.S_ISREG(status.st_mode):
                        self.file(entry, descriptor, str(below / entry), status, instant)
                    elif stat.S_ISLNK(status.st_mode):
                        self.link(str(below / entry), os.readlink(entry, dir_fd=descriptor))
                    elif not stat.S_ISDIR(status.st_mode):
                        kind = "socket" if stat.S_ISSOCK(status.st_mode) else "pipe" if stat.S_ISFIFO(status.st_mode) else "device"
                        seen[kind] += 1
                except OSError as error:
                    if error.errno not in (errno.ENOENT, errno.ELOOP):  # it was removed while it was looked at
                        raise
        self.left_out[name] = {kind: count for kind, count in seen.items() if count}

    def single(self, source, name):
        """One file, when it is there."""
        descriptor = os.open(source.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            status = os.stat(source.name, dir_fd=descriptor, follow_symlinks=False)
            self.parents(name)
            self.file(source.name, descriptor, name, status, None)
        except FileNotFoundError:
            return
        finally:
            os.close(descriptor)

    def parents(self, name):
        (self.target / name).parent.mkdir(parents=True, exist_ok=True)

    def folder(self, path, status):
        place = self.target / path
        place.mkdir(parents=True, exist_ok=True)
        os.chown(place, status.st_uid, status.st_gid)
        os.chmod(place, stat.S_IMODE(status.st_mode))
        self.folders[path] = {"path": path, **rights(status)}

    def link(self, path, target):
        place = self.target / path
        place.unlink(missing_ok=True)
        place.symlink_to(target)
        self.links[path] = {"path": path, "target": target}

    def file(self, name, descriptor, path, status, instant):
        if path in self.files:
            if identity(status) == self.sources[path] or (instant is not None and status.st_ctime_ns > instant):
                return
        with open(name, "rb", opener=lambda file, _: os.open(file, READ, dir_fd=descriptor)) as file:
            # Before it is read: what is written meanwhile shows in the second pass.
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                return
            entry = {"path": path, "size": status.st_size, **rights(status), "modified": status.st_mtime_ns // 1000}
            (self.target / path).unlink(missing_ok=True)
            entry["sha256"] = self.unchanged(path, entry, status, file)
            if entry["sha256"] is not None:
                os.link(self.before.folder / path, self.target / path)
            else:
                file.seek(0)
                entry["sha256"], entry["size"] = self.copy(file, path, status)
        self.files[path] = entry
        self.sources[path] = identity(status)

    def unchanged(self, path, entry, status, file):
        """The checksum of the copy that the state before has, when it is this file's; None otherwise."""
        old = None if self.before is None else self.before.files.get(path)
        if old is None or {**old, "sha256": None} != {**entry, "sha256": None}:
            return None
        same = self.old_sources.get(path) == identity(status)
        # A release change copies all files: they are new to the disk, and their content is not.
        if not same and hashlib.file_digest(file, "sha256").hexdigest() != old["sha256"]:
            return None
        if self.is_due(path) and checksum(self.before.folder / path) != old["sha256"]:
            self.damaged += 1
            return None
        return old["sha256"]

    def is_due(self, path):
        return (int.from_bytes(hashlib.sha256(os.fsencode(path)).digest()[:4]) + self.day) % self.days == 0

    def copy(self, file, path, status):
        with open(self.target / path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as target:
            facts = copy(file.read, target, self.room)
            os.fchown(target.fileno(), status.st_uid, status.st_gid)
            os.fchmod(target.fileno(), stat.S_IMODE(status.st_mode))
        os.utime(self.target / path, ns=(status.st_atime_ns, status.st_mtime_ns))
        self.copied += 1
        return facts

"""Paths below the application's files: checked as text, and walked without following a link.

The application owns that tree. A link that it (or whoever broke into it) has put there must lead nobody who works as
root to another place.
"""

import ctypes
import errno
import os
import stat

from farm_release.machine import Failure

EXCHANGE = 2  # RENAME_EXCHANGE of renameat2(2)
NOREPLACE = 1
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW

libc = ctypes.CDLL(None, use_errno=True)


def parts_of(path):
    """The names of a relative path; () for the whole tree. Refuses everything that could lead out of it."""
    if path in (".", ""):
        return ()
    names = path.split("/")
    if len(path) > 4000 or any(name in ("", ".", "..") for name in names) or "\0" in path:
        raise Failure(f"{path!r} is no path below the application's files")
    return tuple(names)


def open_folder(name, descriptor=None):
    try:
        return os.open(name, FOLDER, dir_fd=descriptor)
    except OSError as error:
        if error.errno in (errno.ENOTDIR, errno.ELOOP):
            raise Failure(f"{name} is no folder on this machine") from None
        raise


def status_of(name, descriptor):
    """lstat, or None."""
    try:
        return os.stat(name, dir_fd=descriptor, follow_symlinks=False)
    except FileNotFoundError:
        return None


class Spot:
    """
    The place at which a path, or the first part of it that is not there, hangs in a tree: `name` in the open folder
    `descriptor`; `depth` parts of the path lie above it.
    """

    def __init__(self, root, parts):
        """Tree and path; the whole tree hangs in the folder above it."""
        self.depth = 0
        if not parts:
            self.descriptor, self.name = open_folder(root.parent), root.name
            return
        self.descriptor, self.name = open_folder(root), parts[0]
        for name in parts[1:]:
            status = self.status()
            if status is None:
                return
            below = open_folder(self.name, self.descriptor)
            os.close(self.descriptor)
            self.descriptor, self.name = below, name
            self.depth += 1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.descriptor)

    def status(self):
        return status_of(self.name, self.descriptor)

    def rename_here(self, source, flags):
        """Moves a path of ours here, or exchanges the two: one call of the kernel, and made to last."""
        names = (os.fsencode(str(source)), os.fsencode(self.name))
        if libc.renameat2(-100, names[0], self.descriptor, names[1], flags) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        self.settle(source)

    def move_to(self, target):
        """The other way round: what hangs here goes to a path of ours."""
        os.rename(self.name, target, src_dir_fd=self.descriptor)
        self.settle(target)

    def settle(self, other):
        for descriptor in (self.descriptor, above := os.open(other.parent, os.O_RDONLY)):
            os.fsync(descriptor)
        os.close(above)


def same_kind(one, other):
    return stat.S_IFMT(one.st_mode) == stat.S_IFMT(other.st_mode)

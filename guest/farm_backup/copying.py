"""Bytes from here to there: with their checksum, and never into the room that the site itself needs."""

import contextlib
import errno
import hashlib
import os
import shutil

from farm_release.machine import Failure

CHUNK = 1 << 20


class Full(Failure):
    """There is no room; what there was before is untouched."""


class Room:
    """The free space of a file system, of which a part stays free: a full disk would stop the database."""

    def __init__(self, folder, margin):
        self.folder = folder
        self.margin = margin

    def need(self, size):
        free = shutil.disk_usage(self.folder).free
        if free < size + self.margin:
            raise Full(f"{self.folder} has {free // 1_000_000} MB free; this takes {max(1, size // 1_000_000)} MB, and {self.margin // 1_000_000} MB have to stay free")


@contextlib.contextmanager
def plain_errors():
    """Reasons without names of files: a name may be a person's, and what is said here ends up in the journal."""
    try:
        yield
    except OSError as error:
        kind = Full if error.errno in (errno.ENOSPC, errno.EDQUOT) else Failure
        raise kind(os.strerror(error.errno) if error.errno else type(error).__name__) from None


def copy(read, target, room=None):
    """From a function that reads so many bytes into an open file. Returns SHA-256 and size."""
    digest, size = hashlib.sha256(), 0
    while block := read(CHUNK):
        if room is not None:
            room.need(len(block))
        target.write(block)
        digest.update(block)
        size += len(block)
    return digest.hexdigest(), size


def checksum(path):
    """SHA-256 of a file that is no link."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    with open(descriptor, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

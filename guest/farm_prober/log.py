"""The raw log: lines of JSON in a file a day, each with the hash of the one before. Lines are only ever added."""

import errno
import fcntl
import hashlib
import json
import os
import pathlib
import re
import sys

from .clock import iso

START = "0" * 64
SEALED = re.compile(rb'^(\{"seq":(\d+),.*),"hash":"([0-9a-f]{64})"\}$', re.DOTALL)
DAY_FILES = "????-??-??.jsonl"
# What waits in memory while the disk is full: more than a day of a quiet farm.
MOST_WAITING = 100_000


class Busy(Exception):
    """Another process writes to this log."""


def digest(body):
    return hashlib.sha256(body).hexdigest()


def read_seal(line):
    """
    Number and hash that a line carries; None for what is no whole line. One that has its end is not compared with its
    hash: if somebody changed it, it has to stay and to show.
    """
    found = SEALED.match(line.rstrip(b"\n"))
    if found is None:
        return None
    body, seq, carried = found.groups()
    whole = line.endswith(b"\n") or digest(body + b"}") == carried.decode()
    return (int(seq), carried.decode()) if whole else None


def sync_folder(folder):
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def head_of(folder):
    """The last whole line that is there, whoever writes; (-1, …) when there is none."""
    for path in sorted(pathlib.Path(folder).glob(DAY_FILES), reverse=True):
        for line in reversed(path.read_bytes().splitlines(keepends=True)):
            seal = read_seal(line)
            if seal is not None:
                return seal
    return (-1, START)


class Log:
    """
    One prober's log in a folder. `add` hands lines over, `write` brings them to the disk; `head` is the last line that
    is there. A disk that is full is tried again with the next `write`.
    """

    def __init__(self, folder, prober):
        self.folder = pathlib.Path(folder)
        self.prober = prober
        self.folder.mkdir(parents=True, exist_ok=True)
        self.lock = open(self.folder / "lock", "w")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy from error
        self.waiting = []
        self.lost = False
        self.head = self.heal()
        days = self.files()
        self.day = days[-1].stem if days else ""

    def files(self):
        return sorted(self.folder.glob(DAY_FILES))

    def heal(self):
        """
        The last whole line. What a power cut left behind it was never a line: it is put aside and cut off. Nothing
        that is before a whole line is touched, whatever it is.
        """
        for path in reversed(self.files()):
            data = path.read_bytes()
            end = len(data)
            while end > 0:
                begin = data.rfind(b"\n", 0, end - 1) + 1
                seal = read_seal(data[begin:end])
                if seal is not None:
                    self.cut(path, data, end)
                    return seal
                end = begin
            self.cut(path, data, 0)
        return (-1, START)

    def cut(self, path, data, end):
        whole = end == 0 or data[end - 1 : end] == b"\n"
        if end == len(data) and whole:
            return
        if end < len(data):
            aside = self.folder / f"{path.stem}.torn"
            with open(aside, "ab") as file:
                file.write(data[end:] + b"\n")
                file.flush()
                os.fsync(file.fileno())
        with open(path, "r+b") as file:
            file.truncate(end)
            if not whole:
                # Only the end of the line was missing.
                file.seek(0, os.SEEK_END)
                file.write(b"\n")
            file.flush()
            os.fsync(file.fileno())
        sync_folder(self.folder)

    def add(self, wall_ms, kind, facts):
        """Takes a line. Once too many wait none is taken until `lost` was seen: what follows is a new start."""
        if self.lost or len(self.waiting) >= MOST_WAITING:
            self.waiting.clear()
            self.lost = True
            return
        self.waiting.append((wall_ms, kind, facts))

    def line(self, head, wall_ms, kind, facts):
        seq, previous = head
        record = {"seq": seq + 1, "prober": self.prober, "at": iso(wall_ms), "kind": kind, **facts, "prev": previous}
        body = json.dumps(record, separators=(",", ":")).encode()
        own = digest(body)
        return body[:-1] + f',"hash":"{own}"}}\n'.encode(), (seq + 1, own)

    def write(self):
        """Brings what waits to the disk, as far as there is room. Returns whether all of it is there."""
        lines, self.waiting = self.waiting, []
        while lines:
            # A step back of the clock does not lead back to an earlier file: files follow each other as lines do.
            day = max(iso(lines[0][0])[:10], self.day)
            count = 1
            while count < len(lines) and max(iso(lines[count][0])[:10], day) == day:
                count += 1
            if not self.write_day(day, lines[:count]):
                self.waiting = lines + self.waiting
                return False
            del lines[:count]
        return True

    def write_day(self, day, lines):
        text, head = b"", self.head
        for wall_ms, kind, facts in lines:
            line, head = self.line(head, wall_ms, kind, facts)
            text += line
        path = self.folder / f"{day}.jsonl"
        try:
            is_new = not path.exists()
            with open(path, "ab", buffering=0) as file:
                before = os.fstat(file.fileno()).st_size
                try:
                    view = memoryview(text)
                    while len(view) > 0:
                        view = view[file.write(view) :]
                    os.fsync(file.fileno())
                except OSError:
                    # Half a line must not be what the next one follows.
                    os.ftruncate(file.fileno(), before)
                    raise
            if is_new:
                sync_folder(self.folder)
        except OSError as error:
            what = "the disk is full" if error.errno == errno.ENOSPC else str(error)
            print(f"prober: {path} cannot be written, {len(lines)} lines wait: {what}", file=sys.stderr, flush=True)
            return False
        self.head, self.day = head, day
        return True

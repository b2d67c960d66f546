"""Parts of a state on their way to another machine: a tar whose first member says what the others are.

    head.json     {"kind": "files" | "database", "path", "stamp", "takenAt", "release", "files": [...], "folders": [...]}
    content/...   the files of the head, in its order
"""

import hashlib
import io
import json
import re
import tarfile

from farm_release.machine import Failure

from .copying import copy
from .manifest import DUMP, FILES
from .paths import parts_of

HEAD, CONTENT = "head.json", "content"
HEAD_LIMIT = 256 << 20


def within(path, parts):
    return parts_of(path)[: len(parts)] == parts


def head_of(state, kind, path):
    facts = state.facts
    head = {"kind": kind, "path": path, "stamp": state.folder.name, **{key: facts[key] for key in ("takenAt", "release", "generation")}}
    if kind == "database":
        database = facts["database"]
        return {**head, "bytes": database["bytes"], "files": [{"path": DUMP, "sha256": database["sha256"], "size": database["size"]}], "folders": []}
    parts = parts_of(path)
    files = [{**entry, "path": name} for name, entry in state.below(FILES).items() if within(name, parts)]
    if not files:
        raise Failure(f"the state of {facts['takenAt']} has no {path} among the application's files")
    start = f"{FILES}/"
    folders = [{**entry, "path": entry["path"].removeprefix(start)} for entry in facts["folders"] if entry["path"].startswith(start)]
    lead = lambda name: within(name, parts) or parts[: len(parts_of(name))] == parts_of(name)  # noqa: E731
    return {**head, "files": files, "folders": [entry for entry in folders if lead(entry["path"])]}


class Reading:
    """Takes the checksum of what is read, and refuses another one at the end."""

    def __init__(self, file, entry):
        self.file, self.entry = file, entry
        self.digest = hashlib.sha256()

    def read(self, size=-1):
        block = self.file.read(size)
        self.digest.update(block)
        return block

    def check(self):
        if self.digest.hexdigest() != self.entry["sha256"]:
            raise Failure(f"{self.entry['path']} of the state has another content than its manifest says: see backup verify")


def send(state, kind, path, out):
    """Writes the stream. It ends early, and is refused where it arrives, when a file is not what the manifest says."""
    head = head_of(state, kind, path)
    text = json.dumps(head).encode()
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        tar.addfile(member(HEAD, len(text)), io.BytesIO(text))
        for entry in head["files"]:
            source = state.folder / (DUMP if kind == "database" else f"{FILES}/{entry['path']}")
            with open(source, "rb") as file:
                reading = Reading(file, entry)
                tar.addfile(member(f"{CONTENT}/{entry['path']}", entry["size"]), reading)
                reading.check()
    return {"outcome": "done", "kind": kind, "path": path, "files": len(head["files"]), "bytes": sum(entry["size"] for entry in head["files"]),
            **{key: head[key] for key in ("stamp", "takenAt", "release")}}


def member(name, size):
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info


class Arrival:
    """A stream as it comes in. Nothing in it is trusted: names, kinds, sizes and checksums are those of the head, or it is refused."""

    def __init__(self, file, kind):
        try:
            self.tar = tarfile.open(fileobj=file, mode="r|")
            first = self.tar.next()
            if first is None or first.name != HEAD or not first.isreg() or first.size > HEAD_LIMIT:
                raise Failure(f"the stream does not begin with {HEAD}: it is no export")
            self.head = json.load(self.tar.extractfile(first))
            check_head(self.head, kind)
        except (tarfile.TarError, ValueError, KeyError, TypeError, AttributeError, EOFError) as error:
            raise Failure(f"the stream is no export, or it is cut off ({type(error).__name__})") from None
        self.size = sum(entry["size"] for entry in self.head["files"])

    def each(self, place, room):
        """Writes each file to where `place(entry)` opens it; the end of a stream that is cut off is an error."""
        for entry in self.head["files"]:
            try:
                found = self.tar.next()
                if found is None or found.name != f"{CONTENT}/{entry['path']}" or not found.isreg() or found.size != entry["size"]:
                    raise Failure("the stream holds something else than its head says, or it is cut off")
                with place(entry) as target:
                    sha256, size = copy(self.tar.extractfile(found).read, target, room)
            except (tarfile.TarError, EOFError):
                raise Failure("the stream is cut off") from None
            if (sha256, size) != (entry["sha256"], entry["size"]):
                raise Failure(f"{entry['path']} did not arrive as it was: its checksum is another one")
        if self.tar.next() is not None:
            raise Failure("the stream holds more than its head says")


def check_head(head, kind):
    if head["kind"] != kind:
        raise Failure(f"the stream holds {head['kind']}, expected {kind}")
    parts = parts_of(head["path"])
    names = [entry["path"] for entry in head["files"]]
    folders = [entry["path"] for entry in head["folders"]]
    if len({*names, *folders}) != len(names) + len(folders) or not names:
        raise Failure("the stream names a file twice, or none at all")
    if kind == "database" and names != [DUMP]:
        raise Failure("the stream holds no dump")
    for name in names if kind == "files" else ():
        if not within(name, parts):
            raise Failure(f"the stream holds {name}, which does not lie below {head['path']}")
        for length in range(1, len(parts_of(name))):
            if "/".join(parts_of(name)[:length]) not in folders:
                raise Failure(f"the stream names {name} and not the folder that it lies in")
    for entry in head["files"]:
        if not re.fullmatch(r"[0-9a-f]{64}", entry["sha256"]) or not isinstance(entry["size"], int) or entry["size"] < 0:
            raise Failure(f"the stream names no checksum or size of {entry['path']}")
    for entry in (*head["files"], *head["folders"]) if kind == "files" else ():
        parts_of(entry["path"])
        # No setuid and no setgid but of a folder, where it hands its group down.
        strange = not re.fullmatch(r"0[0-7]{3}" if "sha256" in entry else r"[02][0-7]{3}", entry["mode"])
        if strange or not all(re.fullmatch(r"[a-z_0-9][a-z0-9_-]{0,31}\$?", entry[key]) for key in ("owner", "group")):
            raise Failure(f"the stream names strange rights of {entry['path']}")

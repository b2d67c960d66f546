"""Whether a state is what its manifest says."""

import json
import os
import stat

from .copying import checksum
from .manifest import DUMP, FILES, NAME, REFERENCES, SOURCES
from .snapshot import is_readable

SHOWN = 20


def fault_of(state, path, sha256, size):
    """What is wrong with a file; None when nothing is."""
    place = state.folder / path
    try:
        status = os.lstat(place)
    except FileNotFoundError:
        return "is missing"
    if not stat.S_ISREG(status.st_mode):
        return "is no file"
    if status.st_size != size:
        return f"has {status.st_size} bytes, expected {size}"
    return None if checksum(place) == sha256 else "has another content"


def unknown(state):
    """Files that the manifest does not name."""
    known = {NAME, SOURCES, DUMP, *state.files, *(link["path"] for link in state.facts["links"])}
    found = []
    for parent, folders, files in os.walk(state.folder):
        for name in files:
            path = os.path.relpath(os.path.join(parent, name), state.folder)
            if path not in known:
                found.append(path)
    return found


def dangling(state):
    """Files that rows of the dump name and the state does not hold; None when the release does not say what rows name."""
    if REFERENCES not in state.files:
        return None
    names = json.loads((state.folder / REFERENCES).read_text(encoding="utf-8"))
    return [name for name in names if f"{FILES}/{name}" not in state.files]


def verify(state):
    """Reads everything again. What is dangling was so when the state was written: it is said, and is no fault of the state."""
    database = state.facts["database"]
    wanted = [(DUMP, database["sha256"], database["size"]), *((path, entry["sha256"], entry["size"]) for path, entry in state.files.items())]
    faults = [{"path": path, "fault": fault} for path, sha256, size in wanted if (fault := fault_of(state, path, sha256, size))]
    faults += [{"path": path, "fault": "is not in the manifest"} for path in unknown(state)]
    for link in state.facts["links"]:
        place = state.folder / link["path"]
        if not place.is_symlink() or os.readlink(place) != link["target"]:
            faults.append({"path": link["path"], "fault": "is another link"})
    broken = {fault["path"] for fault in faults}
    if DUMP not in broken and not is_readable(state.folder / DUMP):
        faults.append({"path": DUMP, "fault": "is no dump that PostgreSQL reads"})
    missing = dangling(state) if REFERENCES not in broken else None
    result = {**state.summary(), "outcome": "failed" if faults else "done", "faultCount": len(faults), "faults": faults[:SHOWN],
              "danglingNames": None if missing is None else missing[:SHOWN]}
    names = ", ".join(f"{fault['path']} {fault['fault']}" for fault in faults[:3])
    result["story"] = f"the state of {state.facts['takenAt']} is damaged: {names}" if faults else f"{len(wanted)} files of the state have their checksums"
    return result

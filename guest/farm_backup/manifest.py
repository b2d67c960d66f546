"""What a state says of itself."""

import datetime
import hashlib
import json
import pathlib

from farm_release.machine import Failure

NAME = "manifest.json"
SOURCES = "sources.json"  # beside the manifest and not of it: helps the next state, promises nothing
DUMP = "database.dump"
REFERENCES = "references.json"
FILES = "files"  # the application's own files
MACHINE = "machine"  # everything else, below its path on the machine


class State:
    """A whole state: its folder and its manifest."""

    def __init__(self, folder):
        self.folder = folder
        try:
            self.text = (folder / NAME).read_bytes()
            self.facts = json.loads(self.text)
            self.taken_at = datetime.datetime.fromisoformat(self.facts["takenAt"])
            self.files = {entry["path"]: entry for entry in self.facts["files"]}
        except FileNotFoundError:
            raise Failure(f"{folder} holds no state: it has no {NAME}") from None
        except (ValueError, KeyError, TypeError):
            raise Failure(f"{folder / NAME} cannot be read: the state is damaged") from None

    @property
    def age_minutes(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        return round((now - self.taken_at).total_seconds() / 60, 1)

    @property
    def digest(self):
        return hashlib.sha256(self.text).hexdigest()

    def below(self, part):
        """Entries below a part, by their path within it."""
        start = f"{part}/"
        return {path.removeprefix(start): entry for path, entry in self.files.items() if path.startswith(start)}

    def summary(self):
        facts = self.facts
        return {
            "stamp": self.folder.name, "takenAt": facts["takenAt"], "ageMinutes": self.age_minutes, "release": facts["release"],
            "files": len(self.files), "bytes": sum(entry["size"] for entry in self.files.values()),
            "databaseBytes": facts["database"]["size"], "dangling": facts["dangling"], "manifestSha256": self.digest,
        }


def newest(machine):
    """The state that `current` names, or a Failure."""
    if not machine.newest.is_symlink():
        raise Failure("no state was written on this machine yet: sudo /usr/local/lib/farm/backup state")
    return State(pathlib.Path(machine.newest.resolve()))


def find_newest(machine):
    """The same, or None: what cannot be read is no help for the next state."""
    try:
        return newest(machine)
    except (Failure, OSError):
        return None

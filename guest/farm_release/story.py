"""What a run did, step by step, and the places at which a test can make it fail."""

import contextlib
import json
import time

from .machine import Failure


class Faults:
    """`/run/farm/fault-point`: {"step": name, "action": "cut" | "fail"}. Refused on a machine that is not the lab's."""

    def __init__(self, machine):
        self.machine = machine
        file = machine.run_folder / "fault-point"
        self.point = json.loads(file.read_text()) if file.exists() else None
        if self.point is not None and not machine.lab.exists():
            raise Failure(f"{file} names a fault point, but this machine is not the lab's: remove the file")

    def at(self, name):
        if self.point is None or self.point["step"] != name:
            return
        if self.point["action"] == "fail":
            raise Failure(f"the fault point {name} was set")
        (self.machine.run_folder / "fault-reached").write_text(name)
        while True:  # until the test cuts the power
            time.sleep(3600)


class Story:
    """The steps of one run with their seconds. Each is told as soon as it begins and ends."""

    def __init__(self, machine, tell):
        self.faults = Faults(machine)
        self.tell = tell
        self.steps = []
        self.step_name = "begin"
        self.notes = []
        self.away_since = None
        self.away_seconds = 0

    @contextlib.contextmanager
    def step(self, name):
        self.step_name = name
        self.tell({"step": name, "begins": True})
        started = time.monotonic()
        yield
        # A fault comes when the work of a step is done and nobody has been told.
        self.faults.at(name)
        entry = {"step": name, "seconds": round(time.monotonic() - started, 1)}
        self.steps.append(entry)
        self.tell(entry)

    def note(self, sentence):
        """Something that is worth telling and fails nothing."""
        self.notes.append(sentence)
        self.tell({"note": sentence})

    def away(self):
        self.away_since = time.monotonic()

    def back(self):
        if self.away_since is not None:
            self.away_seconds = round(time.monotonic() - self.away_since, 1)
            self.away_since = None

    def result(self, outcome, **facts):
        away = self.away_seconds
        if self.away_since is not None:
            away = round(time.monotonic() - self.away_since, 1)
        return {"outcome": outcome, **facts, "awaySeconds": away, "steps": self.steps, "notes": self.notes}

"""A run in files: what it was asked for, its steps as they come, its result. Whoever follows may come and go."""

import json
import re
import sys
import time

from .machine import Failure, put


class RunFolder:
    """One run's folder: request.json, steps.jsonl while it runs, result.json at its end."""

    patience = 20  # quarters of a second after which a run that nobody works on any more is given up

    def __init__(self, machine, name):
        if not re.fullmatch(r"[a-z0-9-]{1,64}", name):
            raise Failure(f"{name!r} is no id of a run")
        self.machine = machine
        self.name = name
        self.folder = machine.runs / name
        self.request_file = self.folder / "request.json"
        self.steps = self.folder / "steps.jsonl"
        self.result = self.folder / "result.json"

    def request(self):
        return json.loads(self.request_file.read_text(encoding="utf-8"))

    def tell(self, entry):
        with open(self.steps, "a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")

    def finish(self, result):
        # In ASCII: a name of a file in it may be no UTF-8.
        put(self.result, json.dumps(result) + "\n")

    def outcome(self):
        return json.loads(self.result.read_text(encoding="utf-8"))

    def lines(self):
        """The whole lines so far."""
        if not self.steps.exists():
            return []
        return self.steps.read_text(encoding="utf-8").split("\n")[:-1]

    def under_way(self):
        """Whether somebody works on it: each kind of run has a service of its own."""
        raise NotImplementedError

    def follow(self, first):
        """Prints the steps from a line on as they come, then {"result": …}, or {"lost": true} when there is none."""
        silent = 0
        while self.request_file.exists() and silent <= self.patience:
            done = self.result.exists()
            for line in self.lines()[first:]:
                print(line)
                first += 1
            if done:
                return print(json.dumps({"result": self.outcome()}, ensure_ascii=False))
            sys.stdout.flush()
            silent = 0 if self.under_way() else silent + 1
            time.sleep(0.25)
        return print(json.dumps({"lost": True}))

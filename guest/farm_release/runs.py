"""Runs that outlive the connection that asked for them: a service of systemd with its steps and result in files."""

import json
import os
import re
import sys
import time

from .machine import Busy, Failure, put, run

UNIT = "farm-release.service"


class Run:
    """One run's folder: request.json, steps.jsonl while it runs, result.json at its end."""

    def __init__(self, machine, name):
        if not re.fullmatch(r"[a-z0-9-]{1,64}", name):
            raise Failure(f"{name!r} is no id of a run")
        self.machine = machine
        self.name = name
        self.folder = machine.runs / name
        self.request = self.folder / "request.json"
        self.steps = self.folder / "steps.jsonl"
        self.result = self.folder / "result.json"

    def begin(self, verb, request):
        """Starts it; a second call with the same id changes nothing."""
        if self.request.exists():
            return
        put(self.request, json.dumps({"verb": verb, "request": request}) + "\n", 0o600)
        program = self.machine.program
        started = run("systemd-run", f"--unit={UNIT}", "--collect", "--quiet", "--property=Type=exec",
                      f"--property=ExecStopPost={program} rescue {self.name}", program, "run", self.name)
        if started.returncode != 0:
            self.request.unlink()
            if "already" in started.stderr:
                raise Busy("another run of the release program is under way on this machine")
            raise Failure(f"systemd-run: {started.stderr.strip()}")

    def tell(self, entry):
        with open(self.steps, "a", encoding="utf-8") as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")

    def finish(self, result):
        put(self.result, json.dumps(result, ensure_ascii=False) + "\n")

    def lines(self):
        """The whole lines so far."""
        if not self.steps.exists():
            return []
        return self.steps.read_text(encoding="utf-8").split("\n")[:-1]

    def follow(self, first):
        """Prints the steps from a line on as they come, then {"result": …}, or {"lost": true} when there is none."""
        if not self.request.exists():
            return print(json.dumps({"lost": True}))
        silent = 0
        while True:
            done = self.result.exists()
            for line in self.lines()[first:]:
                print(line)
                first += 1
            if done:
                return print(json.dumps({"result": json.loads(self.result.read_text(encoding="utf-8"))}, ensure_ascii=False))
            sys.stdout.flush()
            state = run("systemctl", "is-active", UNIT).stdout.strip()
            silent = 0 if state in ("active", "activating", "deactivating") else silent + 1
            if silent > 20:
                return print(json.dumps({"lost": True}))
            time.sleep(0.25)

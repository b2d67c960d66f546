"""Runs that outlive the connection, a lost power and a restart: a unit of systemd with everything in files."""

import json
import pathlib
import re
import shutil
import sys
import time

from farm_release.machine import Busy, must, put, remove_tree, run, settle_folder, settle_tree
from farm_release.run_folder import RunFolder
from farm_release.runs import is_active

UNIT = """[Unit]
Description=Patches of this machine
After=network.target ssh.service nginx.service postgresql.service allrisnet.service

[Service]
Type=exec
ExecStart=/usr/bin/python3 -I {program} run {name}
Restart=on-failure
RestartSec=1

[Install]
WantedBy=multi-user.target
"""


class Run(RunFolder):
    """One run's folder, with the program that does it and the archives of what was there before."""

    patience = 40

    def __init__(self, machine, name):
        super().__init__(machine, name)
        self.program = self.folder / "program"
        self.archives = self.folder / "archives"

    def begin(self, request):
        """Starts it. A second call with the same id only goes on with what a cut left of the first."""
        if self.result.exists():
            return
        if (other := unfinished(self.machine)) not in (None, self.name):
            raise Busy(f"the run {other} is under way on this machine")
        if not self.folder.exists():
            self.settle(request)
        program = self.program / "patch.py"
        put(self.machine.unit_file, UNIT.format(program=program, name=self.name))
        must("systemctl", "daemon-reload")
        must("systemctl", "enable", "--quiet", self.machine.unit)
        must("systemctl", "start", "--no-block", self.machine.unit)

    def settle(self, request):
        """Makes the folder: complete or not at all."""
        beside = self.machine.runs / f".{self.name}.new"
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True, mode=0o700)
        # A restart of the machine must find the program, which the connection brought.
        shutil.copytree(pathlib.Path(sys.argv[0]).resolve().parent, beside / "program")
        put(beside / "request.json", json.dumps(request) + "\n", 0o600)
        settle_tree(beside)
        beside.rename(self.folder)
        settle_folder(self.machine.runs)

    def state(self):
        """What was noted last; {} before anything was."""
        file = self.folder / "state.json"
        return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}

    def note_state(self, state):
        put(self.folder / "state.json", json.dumps(state) + "\n")

    def finish(self, result):
        super().finish(result)
        self.put_away()

    def put_away(self):
        """The unit is needed no more; the archives stay for a while, for whoever goes back by hand."""
        run("systemctl", "disable", "--quiet", self.machine.unit)
        self.machine.unit_file.unlink(missing_ok=True)
        run("systemctl", "daemon-reload")
        for old in self.machine.runs.iterdir():
            hours = (time.time() - old.stat().st_mtime) / 3600
            if old.name != self.name and hours > self.machine.kept_hours:
                remove_tree(old)

    def under_way(self):
        return is_active(self.machine.unit) or "reboot" in self.state().get("phase", "")


def unfinished(machine):
    """The run whose unit is there and that has no result yet."""
    if not machine.unit_file.exists():
        return None
    named = re.search(r"^ExecStart=.* run (\S+)$", machine.unit_file.read_text(encoding="utf-8"), re.MULTILINE)
    folder = machine.runs / named[1] if named else None
    if folder is None or not folder.exists() or (folder / "result.json").exists():
        return None
    return folder.name

"""Runs that outlive the connection that asked for them: a service of systemd."""

import json

from .machine import Busy, Failure, put, run
from .run_folder import RunFolder

UNIT = "farm-release.service"


def is_active(unit):
    return run("systemctl", "is-active", unit).stdout.strip() in ("active", "activating", "deactivating")


def start_service(unit, program, words, rescue):
    """A service of this moment; `rescue` are the program's words for what is to be done at its end, whatever it was."""
    started = run("systemd-run", f"--unit={unit}", "--collect", "--quiet", "--property=Type=exec",
                  f"--property=ExecStopPost={program} {' '.join(rescue)}", program, *words)
    if started.returncode != 0:
        if "already" in started.stderr:
            raise Busy("another run of this program is under way on this machine")
        raise Failure(f"systemd-run: {started.stderr.strip()}")


class Run(RunFolder):
    """One run of the release program."""

    def begin(self, verb, request):
        """Starts it; a second call with the same id changes nothing."""
        if self.request_file.exists():
            return
        put(self.request_file, json.dumps({"verb": verb, "request": request}) + "\n", 0o600)
        try:
            start_service(UNIT, self.machine.program, ("run", self.name), ("rescue", self.name))
        except Failure:
            self.request_file.unlink()
            raise

    def under_way(self):
        return is_active(UNIT)

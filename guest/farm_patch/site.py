"""The site and the services of the machine: closed and opened, restarted, checked."""

import json
import pathlib
import time

from farm_apply import answers
from farm_apply.machine import Machine as SiteMachine
from farm_release.generation import Generations
from farm_release.instance import Instance
from farm_release.machine import Failure, run

from . import packages, users

DATABASE = "postgresql"
APPLICATION = "allrisnet@"


class Site:
    def __init__(self, machine):
        self.machine = machine
        if not machine.site.exists():
            raise Failure("this machine has no site: its roll-out has to come first")
        self.values = json.loads(machine.site.read_text(encoding="utf-8"))
        self.instance = Instance(machine, self.values["domain"])

    def facts(self):
        """How the machine is before anything changes: what is broken already is no fault of the patches."""
        return {"failed": users.failed(), "answered": answers.application_answers(SiteMachine(), self.values)}

    def restarts(self, units):
        """Those to be restarted: the application keeps connections to its database, which end with it."""
        wanted = set(units)
        if any(unit.startswith(DATABASE) for unit in wanted):
            wanted |= {f"{APPLICATION}{number}.service" for number in self.instance.running()}
        # One that the change has broken starts again on the way back; one that has ended by itself stays away.
        return sorted(unit for unit in wanted if users.active(unit) or users.has_failed(unit) or unit.startswith(APPLICATION))

    def concerns_visitors(self, units):
        return any(unit.startswith((DATABASE, APPLICATION, "nginx")) for unit in self.restarts(units))

    def close(self, story):
        """Visitors get the page of the maintenance; requests that run are waited for."""
        self.instance.close()
        self.instance.drain(story)

    def open(self):
        self.instance.open()

    def restart(self, units):
        wanted = self.restarts(units)
        if wanted:
            self.machine.systemctl("restart", *wanted)
        return wanted

    def wait(self):
        """Until the release that is installed answers: Java takes a while."""
        current = Generations(self.machine).current()
        if current is not None:
            self.instance.wait(current.generation, current)

    def check(self, units, facts):
        """Several rounds, since a service may break some seconds after its start."""
        packages.check()
        if facts["answered"]:
            self.wait()
        started = time.monotonic()
        for second in self.machine.rounds:
            time.sleep(max(0, started + second - time.monotonic()))
            self.look(units, facts)

    def look(self, units, facts):
        if new := sorted(set(users.failed()) - set(facts["failed"])):
            raise Failure(f"{', '.join(new)} failed: {last_words(new[0])}")
        if down := [unit for unit in units if not users.active(unit)]:
            raise Failure(f"{', '.join(down)} does not run: {last_words(down[0])}")
        current = Generations(self.machine).current()
        if current is not None and facts["answered"]:
            self.instance.is_release(current)
            presentations = self.values["allrisnet"]
            self.instance.check_pages(current, [name for name in ("citizens", "politicians") if presentations[name]["enabled"]])
        self.visit(facts)

    def visit(self, facts):
        try:
            answers.check(SiteMachine(), self.values, facts["answered"])
        except Exception as error:  # the roll-out has a Failure of its own
            raise Failure(str(error)) from error


def last_words(unit):
    shown = run("journalctl", "--quiet", "--no-pager", "--output=cat", "--lines=3", "--unit", unit).stdout
    return " / ".join(line.strip()[:200] for line in shown.splitlines()) or "its journal is empty"


def boot_id():
    return pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()

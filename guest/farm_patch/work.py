"""One run: to the ring's versions, or everything back to what it was."""

import json
import os
import time

from farm_release.generation import now
from farm_release.machine import Failure, run, settle_folder
from farm_release.story import Story

from . import packages, users
from .keep import keep
from .repository import Repository
from .site import Site


class Rebooting(Exception):
    """The machine goes down; the unit takes the run up again."""


def describe(error):
    words = str(error).strip()
    return words if isinstance(error, Failure) and words else f"{type(error).__name__}: {words}"


class Work:
    """
    `state` is what a cut must not take: the phase ("changing", "reboot", "going back", "reboot back"), what
    changes, what has to be restarted, how the machine was before.
    """

    def __init__(self, machine, run_of):
        self.machine = machine
        self.run = run_of
        self.request = run_of.request()
        self.state = run_of.state()
        self.story = Story(machine, run_of.tell)
        self.repository = Repository(machine)
        self.site = Site(machine)

    def note(self, **facts):
        self.state.update(facts)
        self.run.note_state(self.state)

    def perform(self):
        """Begins, or goes on where the machine went down. Returns the result."""
        phase = self.state.get("phase")
        if phase is None:
            return self.begin()
        if phase == "reboot":
            return self.attempt(self.after_reboot)
        if phase == "reboot back":
            return self.end_back()
        if phase == "changing":
            self.note(reason="the machine went down in the middle")
        return self.back()

    def begin(self):
        story = self.story
        if (self.run.folder / "steps.jsonl").exists():
            return self.result("refused", "the machine went down before anything was changed")
        try:
            self.heal()
            with story.step("prepare"):
                self.repository.settle(self.request["repository"])
                changes = self.wanted()
                added = self.repository.plan(changes, self.request["packages"]) if changes else {}
            if not added:
                return self.result("done" if story.notes else "nothing", "every package has its version")
            with story.step("keep"):
                before = packages.installed()
                old = {name: before[name] for name in added if name in before}
                keep(self.repository, self.run.archives, old)
            with story.step("download"):
                self.repository.download(added)
            units = self.look_ahead(old)
        except Exception as error:
            return self.result("refused", f"nothing was changed: {describe(error)}")
        facts = {"rebootPending": self.machine.reboot_required.exists(), **self.site.facts()}
        self.note(phase="changing", old=old, new=added, units=units, since=time.time(), **facts)
        return self.attempt(self.change)

    def heal(self):
        """A run that was ended from outside may have left packages half installed."""
        if half := packages.broken():
            with self.story.step("heal"):
                packages.configure_rest()
                packages.check()
            self.story.note(f"{', '.join(half)} was half installed and is whole again")

    def wanted(self):
        """Packages that are there in an older version than the ring's."""
        there = packages.installed()
        fixed = self.request["packages"]
        return {name: version for name, version in fixed.items() if name in there and packages.older(there[name], version)}

    def look_ahead(self, names):
        """Services that use the files which are going to be replaced."""
        using = users.by_unit()
        return sorted({unit for name in names for unit in users.users_of(name, using)})

    def attempt(self, work):
        """From here on a failure takes everything back."""
        try:
            return work()
        except Rebooting:
            raise
        except Exception as error:
            self.note(reason=f"at the step {self.story.step_name}: {describe(error)}")
            return self.back()

    def change(self):
        if self.site.concerns_visitors(self.state["units"]):
            with self.story.step("close"):
                self.site.close(self.story)
        with self.story.step("install"):
            self.repository.install(self.state["new"])
        return self.take_effect(self.state["new"], self.finish, "reboot")

    def take_effect(self, names, then, phase):
        """Restarts what runs replaced files, or the machine where that does not help."""
        units = sorted({*self.state["units"], *users.replaced()})
        self.note(units=units)
        # What was loaded by a restart of the machine goes by another one.
        wanted = self.state.get("rebooted") or self.machine.reboot_required.exists()
        if wanted or any(users.needs_reboot(name, units) for name in names):
            return self.reboot(phase)
        with self.story.step("restart"):
            restarted = self.site.restart(units)
            self.note(restarted=restarted)
        return then()

    def reboot(self, phase):
        self.story.tell({"note": "the machine restarts"})
        self.note(phase=phase, rebooted=True)
        self.machine.systemctl("reboot")
        raise Rebooting

    def after_reboot(self):
        wait_for_boot()
        return self.finish()

    def finish(self):
        with self.story.step("check"):
            self.site.check(self.state.get("restarted", []), self.state)
        with self.story.step("open"):
            self.site.open()
            self.site.visit(self.state)
        self.repository.clean()
        return self.result("done", f"{len(self.state['new'])} packages have the versions of the ring")

    def back(self):
        """Every package as it was. What was new goes."""
        self.note(phase="going back")
        try:
            with self.story.step("back"):
                if self.site.concerns_visitors(self.state["units"]):
                    self.site.close(self.story)
                there = packages.installed()
                archives = [self.run.archives / f"{name}.deb" for name in self.state["old"]]
                packages.install_files(*archives)
                if added := [name for name in self.state["new"] if name not in self.state["old"] and name in there]:
                    packages.purge(*added)
                packages.configure_rest()
            if not self.state.get("rebooted") and not self.state["rebootPending"]:
                self.machine.reboot_required.unlink(missing_ok=True)  # what asked for it is gone again
            return self.take_effect(self.state["old"], self.end_back, "reboot back")
        except Rebooting:
            raise
        except Exception as error:
            return self.stuck(error)

    def end_back(self):
        try:
            if self.state["phase"] == "reboot back":
                wait_for_boot()
            with self.story.step("check"):
                self.site.check(self.state.get("restarted", []), self.state)
                self.site.open()
                self.site.visit(self.state)
        except Exception as error:
            return self.stuck(error)
        return self.result("back", f"{self.state['reason']}. It went back by itself: every package has its version of before, and the site answers")

    def stuck(self, error):
        return self.result("stuck", f"{self.state.get('reason')}. Going back failed as well, at the step {self.story.step_name}: {describe(error)}")

    def result(self, outcome, story):
        state = self.state
        old, new = state.get("old", {}), state.get("new", {})
        away = round(time.time() - state["since"], 1) if "since" in state and (state.get("rebooted") or "close" in self.done()) else 0
        result = {
            "outcome": outcome,
            "story": story,
            "changes": [{"name": name, "from": old.get(name), "to": version} for name, version in sorted(new.items())],
            "units": state.get("restarted", []),
            "rebooted": state.get("rebooted", False),
            "awaySeconds": away,
            "notes": self.story.notes,
        }
        if new:
            self.log(result)
        return result

    def done(self):
        """Steps of this run, also of before a restart."""
        return {json.loads(line).get("step") for line in self.run.lines()}

    def log(self, result):
        """One line for each change of packages: evidence for reports, so it lasts."""
        kept = {key: self.request[key] for key in ("window", "emergency") if self.request.get(key)}
        line = {
            "at": now(), "kind": "patch", "ring": self.request["ring"], "from": self.state["old"], "to": self.state["new"], **kept,
            "result": result["outcome"], "rebooted": result["rebooted"], "awaySeconds": result["awaySeconds"],
        }
        if self.state.get("reason"):
            line["reason"] = self.state["reason"]
        self.machine.changes.parent.mkdir(parents=True, exist_ok=True)
        with open(self.machine.changes, "a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n")
            file.flush()
            os.fsync(file.fileno())
        settle_folder(self.machine.changes.parent)


def wait_for_boot():
    """This unit is a part of the boot: the others need a moment."""
    for _ in range(600):
        jobs = run("systemctl", "list-jobs", "--no-legend", "--plain").stdout
        if not [line for line in jobs.splitlines() if " start " in line and "farm-patch" not in line]:
            return
        time.sleep(0.2)
    raise Failure("the machine does not come to the end of its boot")

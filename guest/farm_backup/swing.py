"""The moment at which the site gets what was put back: as short as possible, and back again when it does not answer."""

import json

from farm_release.change import log_change
from farm_release.cleaning import rescue
from farm_release.generation import Generations
from farm_release.instance import Instance
from farm_release.machine import Busy, Failure
from farm_release.story import Story
from farm_release.switch import describe
from farm_release.verbs import alone, locked

from .swing_database import DatabaseSwing
from .swing_files import FilesSwing


def work_of(machine, run):
    return (DatabaseSwing if run.request()["kind"] == "database" else FilesSwing)(machine, run)


def site_of(machine):
    """Values of the site, or those of a machine that has none yet."""
    if not machine.site.exists():
        return "localhost", ()
    values = json.loads(machine.site.read_text(encoding="utf-8"))
    return values["domain"], [name for name in ("citizens", "politicians") if values["allrisnet"][name]["enabled"]]


class Swing:
    """One import from its complete staging to its result."""

    def __init__(self, machine, run):
        self.machine, self.run = machine, run
        self.story = Story(machine, run.tell)
        self.work = work_of(machine, run)
        self.current = Generations(machine).current()
        domain, self.pages = site_of(machine)
        self.instance = Instance(machine, domain)
        self.closed = False

    def perform(self):
        request = self.work.request
        if self.current is None or self.current.generation != request["generation"]:
            return self.result("failed", "the site was updated meanwhile; nothing was put back: begin again")
        try:
            if self.work.needs_stop():
                self.stop()
            with self.story.step("swing"):
                self.work.swing()
            if self.closed:
                self.start()
        except Exception as error:
            return self.take_back(describe(error))
        return self.done()

    def stop(self):
        story = self.story
        self.answered = self.answers()
        with story.step("wait"):
            self.closed = True
            story.away()
            self.instance.close()
            self.instance.drain(story)
        with story.step("stop"):
            for number in self.instance.running():
                self.instance.stop(number)

    def start(self):
        with self.story.step("start"):
            self.instance.start(self.current.generation)
            self.wait()
        with self.story.step("open"):
            self.instance.open()
            self.story.back()

    def answers(self):
        try:
            self.instance.is_release(self.current)
            return True
        except Failure:
            return False

    def wait(self):
        """One that did not answer before need not now either: an import may be the cure of it, and may be not."""
        try:
            self.instance.wait(self.current.generation, self.current)
            self.instance.check_pages(self.current, self.pages)
        except Failure:
            if self.answered:
                raise
            self.story.note("the application does not answer; it did not before either")

    def done(self):
        request = self.work.request
        try:
            facts = self.work.facts()
        except Exception as error:
            facts = {}
            self.story.note(f"it is put back, but not everything could be looked at: {describe(error)}")
        what = "the database" if request["kind"] == "database" else f"{facts.get('added', 0) + facts.get('replaced', 0)} files"
        undo = f"sudo {self.machine.program} undo {self.run.name}"
        return self.result("done", f"{what} of {request['takenAt']} put back; what was there before is kept for {self.machine.kept_hours} hours: {undo}",
                           **facts, aside=str(self.run.folder), undo=undo)

    def take_back(self, reason):
        began = f"putting back failed at the step {self.story.step_name}: {reason}"
        try:
            if self.work.swung():
                if self.closed:
                    for number in self.instance.running():
                        self.instance.stop(number)
                self.work.swing_back()
            if self.closed:
                self.instance.start(self.current.generation)
                self.wait()
                self.instance.open()
                self.story.back()
        except Exception as second:
            return self.result("stuck", f"{began}. Going back failed as well: {describe(second)}", reason=reason)
        return self.result("back", f"{began}. The site has what it had before", reason=reason)

    def result(self, outcome, sentence, **facts):
        request = self.work.request
        head = {key: request[key] for key in ("kind", "path", "takenAt", "release")}
        return self.story.result(outcome, id=self.run.name, **head, **facts, story=sentence)


def perform(machine, run):
    """What the service does."""
    try:
        with alone(machine):
            result = Swing(machine, run).perform()
            if result["awaySeconds"]:
                note_change(machine, run, result)
    except Busy as busy:
        result = {"outcome": "busy", "story": str(busy)}
    except Exception as error:
        result = {"outcome": "failed", "story": describe(error)}
    run.finish(result)


def note_change(machine, run, result):
    """The site was away: that belongs to the record, what was put back does not."""
    version = result["release"]["version"]
    log_change(machine, {}, {"outcome": result["outcome"], "from": version, "to": version, "awaySeconds": result["awaySeconds"], "reason": f"putting back {result['kind']} of {result['takenAt']}"})


def finish_cut_off(machine, run):
    """After the end of the service, whatever ended it: nothing when it came to its result."""
    if run.result.exists() or not run.request_file.exists():
        return {"outcome": "nothing"}
    cut = "the service that puts back was ended from outside"
    try:
        with locked(machine.release_lock, machine.lock_seconds, "another run is under way"):
            work = work_of(machine, run)
            swung = work.swung()
            rescue(machine)
        outcome, has = ("done", "what was put back") if swung else ("back", "what it had before")
        result = {"outcome": outcome, "id": run.name, "story": f"{cut}; the site has {has}, and answers"}
    except Exception as error:
        result = {"outcome": "stuck", "id": run.name, "story": f"{cut}; the site could not be brought back: {describe(error)}"}
    run.finish(result)
    return result

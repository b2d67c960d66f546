"""From one generation to another: completely, or back to where it was."""

from .database import Database
from .generation import Generations
from .instance import Instance
from .machine import Failure


class Stopped(Exception):
    """The change failed; `result` says what came of it."""

    def __init__(self, result):
        super().__init__(result["story"])
        self.result = result


class Switch:
    """
    One change of the generation that is the site. `old` is None at the first installation.
    `prepare(step)` makes the new generation while the site is closed and returns it; `discard()` removes what
    it made.
    """

    def __init__(self, machine, story, request, old):
        self.machine = machine
        self.story = story
        self.old = old
        self.pages = [name for name in ("citizens", "politicians", "oparl") if (request.get("checks") or {}).get(name)]
        self.instance = Instance(machine, request.get("domain", "localhost"))
        self.generations = Generations(machine)
        self.database = Database(machine)
        self.new = None
        self.old_answered = old is not None and self.answers(old)

    def answers(self, generation):
        try:
            self.instance.is_release(generation)
            return True
        except Failure:
            return False

    def go(self, wanted, prepare, discard):
        """Raises Stopped when it failed."""
        story = self.story
        closed = committed = False
        try:
            if self.old is not None:
                with story.step("wait"):
                    closed = True
                    story.away()
                    self.instance.close()
                    self.instance.drain(story)
                with story.step("stop"):
                    for number in self.instance.running():
                        self.instance.stop(number)
            self.new = prepare()
            with story.step("start"):
                self.instance.start(self.new.generation)
                self.instance.wait(self.new.generation, self.new)
            with story.step("check"):
                self.instance.check(self.new, self.pages)
            with story.step("commit"):
                self.generations.commit(self.new.generation)
                committed = True
        except Exception as error:  # whatever it was, the site has to come back
            if committed:
                story.note(str(error))
            else:
                raise Stopped(self.take_back(wanted, closed, discard, error)) from error
        try:
            with story.step("open"):
                self.instance.open()
                story.back()
        except Exception as error:
            if self.machine.maintenance.exists():
                raise
            story.note(describe(error))
        return self.new

    def take_back(self, wanted, closed, discard, error):
        """The old generation runs again, and nothing of the new one is left."""
        story, old = self.story, self.old
        failed = {"failedStep": story.step_name, "reason": describe(error), "to": wanted.version}
        from_version = None if old is None else old.version
        failed["from"] = from_version
        began = f"{wanted.version} failed at the step {story.step_name}: {failed['reason']}"
        try:
            story.tell({"step": "back", "begins": True})
            for number in self.instance.running():
                if old is None or number != old.generation:
                    self.instance.stop(number)
            if old is not None and closed:
                self.instance.start(old.generation)
                self.wait_for_old()
                self.instance.open()
                story.back()
        except Exception as second:
            sentence = f"{began}. Going back failed as well: {describe(second)}"
            return story.result("stuck", **failed, backReason=describe(second), story=sentence)
        try:
            discard()
        except Exception as leftover:
            story.note(f"something of {wanted.version} is left and goes at the next start of the machine: {describe(leftover)}")
        if old is None:
            end = "Nothing is installed"
        elif not self.old_answered:
            end = f"It went back by itself to {old.version}, which did not answer before either"
        else:
            end = f"It went back by itself: {old.version} answers again with its data, after {story.away_seconds} s away"
        return story.result("back", **failed, story=f"{began}. {end}")

    def wait_for_old(self):
        try:
            self.instance.wait(self.old.generation, self.old)
        except Failure:
            if self.old_answered:
                raise
            self.story.note(f"{self.old.version} does not answer; it did not before the update either")


def describe(error):
    """The error's own words; the kind of error where those say nothing."""
    words = str(error).strip()
    return words if isinstance(error, Failure) and words else f"{type(error).__name__}: {words}"

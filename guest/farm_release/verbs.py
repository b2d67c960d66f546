"""The program's verbs, their locks and their exit codes."""

import contextlib
import dataclasses
import fcntl
import json
import sys
import time

from .change import back, change
from .cleaning import clean, recover, rescue, start
from .generation import Generations
from .instance import Instance
from .machine import Busy, Failure
from .runs import Run
from .story import Story
from .switch import Stopped, describe

EXIT = {"done": 0, "nothing": 0, "refused": 1, "back": 1, "failed": 1, "stuck": 2, "busy": 75}


@contextlib.contextmanager
def locked(path, seconds, doing):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as lock:
        deadline = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise Busy(f"{doing} on this machine: try again when it is done") from None
                time.sleep(0.2)
        yield


@contextlib.contextmanager
def alone(machine):
    """Neither a roll-out nor another run of this program goes on meanwhile, nor is the state of a backup written."""
    with locked(machine.release_lock, 0, "another run of the release program is under way"):
        # In this order, as the backup program takes them too.
        with locked(machine.backup_lock, machine.lock_seconds, "the state of a backup is being written"):
            with locked(machine.apply_lock, machine.lock_seconds, "a roll-out is under way"):
                yield


def perform(machine, verb, request, tell):
    """A verb that changes something, as a result; nothing is thrown."""
    try:
        with alone(machine):
            story = Story(machine, tell)
            if verb == "back":
                return back(machine, request, story)
            return change(machine, request, story, first=verb == "install")
    except Stopped as stopped:
        return stopped.result
    except Busy as busy:
        return {"outcome": "busy", "story": str(busy)}
    except Exception as error:
        return {"outcome": "failed", "story": describe(error)}


def status(machine):
    """What is installed, what runs and how it answers."""
    generations = Generations(machine)
    current = generations.current()
    instance = Instance(machine, "localhost")
    try:
        health = instance.health()
    except Failure as failure:
        health = {"error": str(failure)}
    kept = [generations.read(number) for number in generations.numbers()]
    return {
        "current": None if current is None else dataclasses.asdict(current),
        "running": instance.running(),
        "health": health,
        "maintenance": machine.maintenance.exists(),
        "generations": [f"{entry.generation}: {entry.version}" for entry in kept if entry is not None],
        "baseImage": int(machine.base_image.read_text()) if machine.base_image.exists() else 0,
    }


def quietly(machine, work):
    """For the verbs of the boot: while an update runs nothing is half made, so there is nothing to do."""
    try:
        with locked(machine.release_lock, 0, "an update is under way"):
            return work()
    except Busy as busy:
        return {"outcome": "busy", "story": str(busy)}


def finish_cut_off(machine, name):
    """After the end of a run's service: nothing when it came to its result."""
    run = Run(machine, name)
    if run.result.exists():
        return {"outcome": "nothing"}
    cut = "the release program was ended from outside"
    try:
        with locked(machine.release_lock, 0, "another run is under way"):
            current = rescue(machine)
        state = "nothing is installed" if current is None else f"the site runs {current.version} and answers"
        result = {"outcome": "back", "reason": cut, "story": f"{cut}; {state}", "to": None if current is None else current.version}
    except Exception as error:
        result = {"outcome": "stuck", "reason": cut, "story": f"{cut}; the site could not be brought back: {describe(error)}"}
    run.finish(result)
    return result


def main(machine, arguments):
    """Returns the exit code."""
    verb, *rest = arguments or [""]
    say = lambda entry: print(json.dumps(entry, ensure_ascii=False), flush=True)  # noqa: E731
    hint = lambda entry: print(json.dumps(entry, ensure_ascii=False), file=sys.stderr, flush=True)  # noqa: E731
    try:
        if verb in ("install", "update"):
            result = perform(machine, verb, json.load(sys.stdin), hint)
        elif verb == "back":
            # An operator types it as a refused update names it: with nothing to read.
            asked = "" if sys.stdin.isatty() else sys.stdin.read()
            result = perform(machine, verb, json.loads(asked) if asked.strip() else {}, hint)
        elif verb == "status":
            result = status(machine)
        elif verb == "start":
            current = start(machine)
            result = {"outcome": "done", "started": None if current is None else current.generation}
        elif verb == "recover":
            result = quietly(machine, lambda: {"outcome": "done", "removed": recover(machine)})
        elif verb == "clean":
            with alone(machine):
                result = {"outcome": "done", "removed": clean(machine)}
        elif verb == "begin" and len(rest) == 2 and rest[1] in ("install", "update", "back"):
            Run(machine, rest[0]).begin(rest[1], json.load(sys.stdin))
            result = {"outcome": "done"}
        elif verb == "follow" and len(rest) == 2:
            Run(machine, rest[0]).follow(int(rest[1]))
            return 0
        elif verb == "run" and len(rest) == 1:
            run = Run(machine, rest[0])
            asked = run.request()
            result = perform(machine, asked["verb"], asked["request"], run.tell)
            run.finish(result)
        elif verb == "rescue" and len(rest) == 1:
            result = finish_cut_off(machine, rest[0])
        else:
            raise Failure("install, update, back, status, start, recover, clean, begin ID VERB or follow ID LINE")
    except Busy as busy:
        result = {"outcome": "busy", "story": str(busy)}
    except (Failure, OSError, ValueError) as error:
        result = {"outcome": "failed", "story": describe(error)}
    say(result)
    if verb in ("recover", "rescue") and result["outcome"] == "busy":
        return 0
    return EXIT[result.get("outcome", "done")]

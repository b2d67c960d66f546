"""The program's verbs, their locks and their exit codes."""

import json
import pathlib
import sys

from farm_release.machine import Busy, Failure
from farm_release.story import Story
from farm_release.switch import describe
from farm_release.verbs import EXIT, locked

from . import aside, stage, state
from .copying import plain_errors
from .manifest import State, newest
from .self_check import self_check
from .stream import Arrival, send
from .swing import finish_cut_off, perform
from .swing_files import FilesSwing
from .verify import verify

USAGE = "state, show, verify [--folder F], self-check, export --files PATH|--database, import --files|--database, undo ID or clean"


def say(entry, file=None):
    # In ASCII: a name of a file may be no UTF-8.
    print(json.dumps(entry), file=file or sys.stdout, flush=True)


def write_state(machine):
    """Well or not, it is noted: a night without a state is seen the next day."""
    story = Story(machine, lambda entry: say(entry, sys.stderr))
    try:
        with plain_errors():
            aside.clean_quietly(machine)
        result = {"outcome": "done", **state.write(machine, story), "notes": story.notes}
        result["story"] = f"the state of {result['takenAt']} is written: {result['files']} files, {result['copied']} of them new"
    except Exception as error:
        busy = isinstance(error, Busy)
        result = {"outcome": "busy" if busy else "failed", "failedStep": story.step_name, "story": describe(error)}
    state.log(machine, result)
    return result


def bring(machine, prepare):
    """Stages, then lets the service do what concerns the site. Two at a time would wait for each other's data."""
    with locked(machine.import_lock, 0, "another import is under way"):
        aside.clean(machine)
        story = Story(machine, lambda entry: say(entry, sys.stderr))
        run = stage.Import.new(machine)
        try:
            with story.step("stage"):
                request = prepare(run)
                run.arrive(request)
            if request["kind"] == "files" and (nothing := unneeded(machine, run)):
                run.finish(nothing)
            else:
                run.perform()
            result = run.outcome()
        finally:
            if not run.result.exists() or run.outcome()["outcome"] not in ("done", "stuck"):
                aside.clean(machine)
        return result


def unneeded(machine, run):
    """A result when the site has everything already."""
    touched = FilesSwing(machine, run).compare()
    if touched["added"] or touched["replaced"] or touched["dropped"]:
        return None
    request = run.request()
    return {"outcome": "nothing", "kind": "files", "path": request["path"], "same": len(touched["same"]), "awaySeconds": 0,
            "story": f"the site has all of it as it was at {request['takenAt']}"}


def receive(machine, kind):
    def prepare(run):
        arrival = Arrival(sys.stdin.buffer, kind)
        return (stage.stage_database if kind == "database" else stage.stage_files)(machine, run, arrival)

    return bring(machine, prepare)


def act(machine, verb, rest):
    match [verb, *rest]:
        case ["state"]:
            return write_state(machine)
        case ["show"]:
            return state.show(machine)
        case ["verify"]:
            return verify(newest(machine))
        case ["verify", "--folder", folder]:
            return verify(State(pathlib.Path(folder).resolve()))
        case ["self-check"]:
            return self_check(machine)
        case ["import", "--files"]:
            return receive(machine, "files")
        case ["import", "--database"]:
            return receive(machine, "database")
        case ["undo", name]:
            return bring(machine, lambda run: aside.stage_undo(machine, run, name))
        case ["clean"]:
            return {"outcome": "done", "removed": aside.clean_quietly(machine)}
        case ["rescue", name]:
            return finish_cut_off(machine, stage.Import(machine, name))
        case _:
            raise Failure(USAGE)


def main(machine, arguments):
    """Returns the exit code."""
    verb, *rest = arguments or [""]
    where = sys.stderr if verb == "export" else sys.stdout
    try:
        match [verb, *rest]:
            case ["swing", name]:
                perform(machine, stage.Import(machine, name))
                return 0
            case ["export", "--files", path]:
                result = send(newest(machine), "files", path, sys.stdout.buffer)
            case ["export", "--database"]:
                result = send(newest(machine), "database", ".", sys.stdout.buffer)
            case _:
                result = act(machine, verb, rest)
    except Busy as busy:
        result = {"outcome": "busy", "story": str(busy)}
    except (Failure, OSError, ValueError, KeyError) as error:
        result = {"outcome": "failed", "story": describe(error)}
    say(result, where)
    return EXIT[result["outcome"]]

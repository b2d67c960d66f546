"""The program's verbs."""

import contextlib
import json
import sys
import time

from farm_release.machine import Busy, Failure
from farm_release.verbs import alone

from . import packages, users
from .runs import Run, unfinished
from .site import Site
from .work import Rebooting, Work, describe, wait_for_boot


def status(machine, request):
    """What is installed of these packages, and what a newer version of each would have to restart."""
    there = packages.installed()
    units = users.by_unit()
    found = {}
    for name in request["packages"]:
        using = users.users_of(name, units) if name in there else []
        reboot = name in there and (users.needs_reboot(name, using) or packages.may_ask_for_reboot(name))
        found[name] = {"version": there.get(name), "units": using, "reboot": reboot}
    return {
        "packages": found,
        "broken": packages.broken(),
        "running": unfinished(machine),
        "rebootPending": machine.reboot_required.exists(),
        "lastChange": last_change(machine),
    }


def check(machine):
    """Whether packages, services and site are well; used after the machine itself was put back."""
    facts = {"failed": [], "answered": machine.current.exists()}
    wait_for_boot()
    Site(machine).check([], facts)
    return {"outcome": "done", "story": "packages, services and the site are well"}


def last_change(machine):
    if not machine.changes.exists():
        return None
    lines = map(json.loads, machine.changes.read_text(encoding="utf-8").splitlines())
    times = [line["at"] for line in lines if line.get("kind") == "patch" and line["result"] == "done"]
    return times[-1] if times else None


@contextlib.contextmanager
def patiently(machine, run):
    """A run that has changed something waits for its turn as long as it takes: it must not end half way."""
    with contextlib.ExitStack() as stack:
        while True:
            try:
                stack.enter_context(alone(machine))
                break
            except Busy:
                if not run.state():
                    raise
                time.sleep(1)
        yield


def perform(machine, run):
    """Does the work of a run to its result; None when the machine restarts in between."""
    if run.result.exists():
        return run.put_away()
    try:
        with patiently(machine, run):
            result = Work(machine, run).perform()
    except Rebooting:
        return None
    except Busy as busy:
        result = {"outcome": "busy", "story": str(busy)}
    except Exception as error:
        result = {"outcome": "failed", "story": describe(error)}
    run.finish(result)


def main(machine, arguments):
    """Returns the exit code."""
    verb, *rest = arguments or [""]
    try:
        if verb == "status":
            answer = status(machine, json.load(sys.stdin))
        elif verb == "begin" and len(rest) == 1:
            Run(machine, rest[0]).begin(json.load(sys.stdin))
            answer = {"outcome": "done", "story": "begun"}
        elif verb == "follow" and len(rest) == 2:
            Run(machine, rest[0]).follow(int(rest[1]))
            return 0
        elif verb == "check":
            answer = check(machine)
        elif verb == "run" and len(rest) == 1:
            perform(machine, Run(machine, rest[0]))
            return 0
        else:
            raise Failure("status, check, begin ID, follow ID LINE or run ID")
    except Busy as busy:
        answer = {"outcome": "busy", "story": str(busy)}
    except (Failure, OSError, ValueError, KeyError) as error:
        answer = {"outcome": "failed", "story": describe(error)}
    print(json.dumps(answer, ensure_ascii=False))
    return 0

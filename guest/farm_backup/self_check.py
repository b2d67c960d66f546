"""Whether this machine is what its backup promised: asked of a restored copy, and of any other."""

from farm_release.database import Database
from farm_release.generation import Generations
from farm_release.instance import Instance
from farm_release.machine import Failure
from farm_release.switch import describe

from .copying import Room
from .manifest import DUMP, newest
from .snapshot import TABLES, restore
from .swing import site_of
from .verify import verify


def answers(machine, state):
    """The release of the state is the one that runs, and its pages come."""
    current = Generations(machine).current()
    release = state.facts["release"]
    if current is None or (current.version, current.build) != (release["version"], release["build"]):
        raise Failure(f"{'nothing' if current is None else current.version} is installed, and the state is of {release['version']}")
    domain, pages = site_of(machine)
    instance = Instance(machine, domain)
    instance.wait(current.generation, current)
    instance.check_pages(current, pages)
    return {"version": current.version, "pages": list(pages)}


def read_back(machine, state):
    """The dump becomes a database of its own, with as many rows in each table as were counted; then it goes again."""
    facts = state.facts["database"]
    Room(machine.srv, machine.margin).need(facts["bytes"])
    database, name = Database(machine), f"{facts['name']}_new_selfcheck"
    database.admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE);")
    database.admin(f"CREATE DATABASE {name} OWNER allrisnet TEMPLATE template0 ENCODING 'UTF8';")
    try:
        restore(database, name, state.folder / DUMP)
        lines = database.admin(TABLES, name)
    finally:
        database.admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE);")
    rows = {table: int(count) for table, _, count in (line.rpartition("|") for line in lines)}
    if rows != facts["rows"]:
        strange = sorted(table for table in {*rows, *facts["rows"]} if rows.get(table) != facts["rows"].get(table))
        raise Failure(f"the dump has other numbers of rows than were counted: {', '.join(strange)}")
    return {"tables": len(rows), "rows": sum(rows.values())}


def checked(check, *arguments):
    try:
        return {"well": True, **check(*arguments)}
    except Exception as error:
        return {"well": False, "reason": describe(error)}


def self_check(machine):
    state = newest(machine)
    verified = verify(state)
    parts = {
        "application": checked(answers, machine, state),
        "state": {"well": verified["outcome"] == "done", **({} if verified["outcome"] == "done" else {"reason": verified["story"]})},
        "database": checked(read_back, machine, state),
    }
    ill = [f"{name}: {part['reason']}" for name, part in parts.items() if not part["well"]]
    sentence = "; ".join(ill) if ill else f"{state.facts['release']['version']} answers, and the state of {state.facts['takenAt']} is whole"
    return {**state.summary(), "outcome": "failed" if ill else "done", "parts": parts, "story": sentence}

"""Putting away: what a cut left half made, and what is too old to be needed."""

import shutil
import time

from .database import Database
from .generation import Generations
from .instance import Instance

KEPT_HOURS = 72


def recover(machine):
    """
    Removes generations that never became the site, and databases without a generation. `current` decides:
    what it names is the site, what it named before is marked, everything else is half made.
    Returns what was removed.
    """
    generations, database = Generations(machine), Database(machine)
    current = generations.current()
    number = None if current is None else current.generation
    if number is not None:
        generations.unretire(number)
    removed = []
    for found in generations.numbers():
        if found == number or (generations.read(found) is not None and generations.retired_hours(found) is not None):
            continue
        if current is not None and found == current.previous and generations.read(found) is not None:
            generations.retire(found)  # the cut came between the change and its mark
            continue
        generations.remove(found)
        removed.append(f"generation {found}")
    kept = set(generations.numbers())
    for found in database.all():
        if found not in kept:
            database.drop(found)
            removed.append(f"database allrisnet_{found}")
    for folder in (machine.generations, machine.releases):
        for leftover in folder.glob(".*") if folder.exists() else ():
            shutil.rmtree(leftover)
    removed += [f"release {name}" for name in generations.remove_unused_releases()]
    machine.current.with_name("current.new").unlink(missing_ok=True)
    for file in machine.runs.glob("*.download"):
        file.unlink()
    return removed


def clean(machine):
    """Removes generations that were left more than 72 hours ago, and records of runs of that age."""
    generations, database = Generations(machine), Database(machine)
    current = generations.current()
    removed = []
    for found in generations.numbers():
        hours = generations.retired_hours(found)
        if hours is None or hours < KEPT_HOURS or (current is not None and found == current.generation):
            continue
        # The folder first: a database without a generation is found again, see `recover`.
        generations.remove(found)
        database.drop(found)
        removed.append(f"generation {found}")
    removed += [f"release {name}" for name in generations.remove_unused_releases()]
    for folder in machine.runs.glob("*") if machine.runs.exists() else ():
        if folder.is_dir() and time.time() - folder.stat().st_mtime > KEPT_HOURS * 3600:
            shutil.rmtree(folder)
    return removed


def start(machine):
    """Starts the instance that `current` names and stops any other. Returns the generation, or None."""
    current = Generations(machine).current()
    instance = Instance(machine, "localhost")
    for number in instance.running():
        if current is None or number != current.generation:
            instance.stop(number)
    if current is not None:
        instance.start(current.generation)
    return current


def rescue(machine):
    """After a run that was ended from outside: the site is what `current` names, and open again."""
    current = start(machine)
    if current is not None:
        Instance(machine, "localhost").wait(current.generation, current)
    machine.maintenance.unlink(missing_ok=True)
    recover(machine)
    return current

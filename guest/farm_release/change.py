"""The verbs that change which generation is the site: install, update, back."""

import json
import os
import re
import shutil

from . import archive as archives
from .database import Database, ensure_running, name_of
from .generation import Generation, Generations, now
from .instance import Instance
from .machine import Failure, settle_folder
from .switch import Stopped, Switch, describe


def log_change(machine, request, result):
    """One line for each change of release: evidence for reports, so it lasts."""
    kept = {key: request[key] for key in ("window", "emergency") if request.get(key)}
    line = {"at": now(), "from": result.get("from"), "to": result["to"], **kept, "result": result["outcome"],
            "awaySeconds": result["awaySeconds"]}
    if result.get("reason"):
        line["reason"] = result["reason"]
    machine.changes.parent.mkdir(parents=True, exist_ok=True)
    with open(machine.changes, "a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n")
        file.flush()
        os.fsync(file.fileno())
    settle_folder(machine.changes.parent)


def keep(machine, request, story, current):
    """What is asked for is there already; it is only made to run."""
    instance = Instance(machine, request.get("domain", "localhost"))
    if current.generation not in instance.running():
        instance.start(current.generation)
    instance.wait(current.generation, current)
    instance.open()
    return story.result("nothing", **{"from": current.version}, to=current.version, generation=current.generation,
                        story=f"{current.version} is installed and answers")


def first_steps(machine, request, story, release):
    """Everything that needs no pause of the site."""
    with story.step("fetch"):
        archive = archives.fetch(machine, request, release)
    try:
        with story.step("verify"):
            refuse_older(Generations(machine).current(), release)
            needed = archives.verify(machine, request, release, archive)
            check_space(machine, needed)
        with story.step("unpack"):
            return archives.unpack(machine, release, archive)
    finally:
        archive.unlink(missing_ok=True)


def refuse_older(current, release):
    """Migrations go one way: an older release would not understand the data of the newer one."""
    numbers = lambda version: [int(part) for part in re.findall(r"\d+", version)]  # noqa: E731
    if current is not None and numbers(release.version) < numbers(current.version):
        raise Failure(f"{release.version} is older than {current.version} and would not understand its data; the generation "
                      "before comes back, with the data of then, by: sudo /usr/local/lib/farm/release back")


def check_space(machine, archive_bytes):
    """Room for the release and for copies of the database and the files."""
    machine.generations.mkdir(parents=True, exist_ok=True)
    current = Generations(machine).current()
    needed = archive_bytes + machine.margin
    if current is not None:
        files = machine.generations / str(current.generation) / "files"
        needed += sum(file.lstat().st_size for file in files.rglob("*"))
        needed += Database(machine).size(current.generation)
    free = shutil.disk_usage(machine.srv).free
    if free < needed:
        raise Failure(f"{machine.srv} has {free // 1_000_000} MB free, the update needs {needed // 1_000_000} MB")


def change(machine, request, story, first):
    """Install (`first`) or update."""
    release = archives.asked_for(request)
    generations, database = Generations(machine), Database(machine)
    old = generations.current()
    if old is not None and (old.version, old.sha256) == (release.version, release.sha256):
        return keep(machine, request, story, old)
    if first and old is not None:
        raise Failure(f"{old.version} is installed already: ask for an update")
    if not first and old is None:
        raise Failure("nothing is installed: ask for an installation")
    try:
        ensure_running()
        unpacked = first_steps(machine, request, story, release)
    except Exception as error:
        generations.remove_unused_releases()
        failed = {"failedStep": story.step_name, "reason": describe(error), "to": release.version}
        failed["from"] = None if old is None else old.version
        untouched = "Nothing is installed" if old is None else f"The site was not touched, it runs {old.version}"
        sentence = f"{release.version} failed at the step {story.step_name}: {failed['reason']}. {untouched}"
        raise Stopped(story.result("refused", **failed, story=sentence)) from error

    switch = Switch(machine, story, request, old)
    number = generations.next(database.all())

    def prepare():
        with story.step("copy"):
            database.ensure_role()
            database.create(number, None if old is None else old.generation)
            story.faults.at("copy-half")
            generation = Generation(number, release.version, release.build, release.sha256, unpacked.name, name_of(number),
                                    now(), None if old is None else old.generation)
            generations.make(generation, old)
        with story.step("migrate"):
            for name in database.migrate(number, unpacked / "WEB-INF" / "migrations"):
                story.tell({"note": f"migration {name}"})
        return generation

    def discard():
        database.drop(number)
        generations.remove(number)
        generations.remove_unused_releases()

    def settle(new):
        if old is not None:
            generations.retire(old.generation)

    return finish(machine, request, story, switch, release, prepare, discard, settle)


def back(machine, request, story):
    """To the generation before, with the data that it had when it was left."""
    generations = Generations(machine)
    old = generations.current()
    previous = None if old is None or old.previous is None else generations.read(old.previous)
    if previous is None:
        raise Failure("there is no generation before the current one: it was removed after 72 hours, or never was")
    if not (machine.parameters / previous.version).exists():
        raise Failure(f"the parameters of {previous.version} are no longer on this machine: roll them out first")
    switch = Switch(machine, story, request, old)

    def prepare():
        # Marked before it is left: a cut must not make what was the site look half made.
        generations.retire(old.generation)
        return previous

    def discard():
        generations.unretire(old.generation)

    def settle(new):
        generations.unretire(new.generation)

    return finish(machine, request, story, switch, previous, prepare, discard, settle)


def finish(machine, request, story, switch, wanted, prepare, discard, settle):
    from_version = None if switch.old is None else switch.old.version
    try:
        new = switch.go(wanted, prepare, discard)
    except Stopped as stopped:
        log_change(machine, request, stopped.result)
        raise
    sentence = f"{new.version} is installed" if from_version is None else f"{from_version} → {new.version}, {story.away_seconds} s away"
    try:
        with story.step("settle"):
            settle(new)
            log_change(machine, request, story.result("done", **{"from": from_version}, to=new.version))
    except Exception as error:  # the site is the new one, whatever could not be noted
        story.note(f"it runs, but not everything could be noted: {describe(error)}")
    return story.result("done", **{"from": from_version}, to=new.version, generation=new.generation, story=sentence)

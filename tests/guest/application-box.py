"""Runs inside the box: makes and starts generations of ALLRIS net with the release program's own parts, without systemd."""

import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, "/guest")

from farm_release.archive import Release, unpack  # noqa: E402
from farm_release.database import Database, name_of  # noqa: E402
from farm_release.generation import Generation, Generations, now  # noqa: E402
from farm_release.machine import Machine  # noqa: E402

machine = Machine()


def install(number, version, build, archive):
    """Generation `number`; with the database and the files of the one before it, if there is one."""
    release = Release(version, build, "0" * 64)
    old = Generations(machine).current()
    database = Database(machine)
    database.ensure_role()
    database.create(number, None if old is None else old.generation)
    folder = unpack(machine, release, archive)
    new = Generation(number, version, build, release.sha256, release.folder_name, name_of(number), now())
    Generations(machine).make(new, old)
    print(*database.migrate(number, folder / "WEB-INF/migrations"))
    Generations(machine).commit(number)


def start(number):
    folder = Generations(machine).folder(number)
    lines = (folder / "environment").read_text().splitlines()
    variables = {name: value.strip('"') for name, _, value in (line.partition("=") for line in lines)}
    log = open(f"/box/tomcat-{number}.log", "w")
    command = ["runuser", "-u", "tomcat", "--", "/bin/sh", "/usr/libexec/tomcat10/tomcat-start.sh"]
    subprocess.Popen(command, env={**os.environ, **variables}, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)


def stop():
    for pid in subprocess.run(["pgrep", "-x", "java"], capture_output=True, text=True).stdout.split():
        os.kill(int(pid), signal.SIGTERM)
    while subprocess.run(["pgrep", "-x", "java"], capture_output=True).returncode == 0:
        time.sleep(0.1)


match sys.argv[1:]:
    case ["install", number, version, build, archive]:
        install(int(number), version, build, archive)
    case ["start", number]:
        start(int(number))
    case ["stop"]:
        stop()
    case other:
        sys.exit(f"unknown: {other}")

#!/usr/bin/env python3
"""As much of systemctl, systemd-run and journalctl as a machine without systemd needs for these tests.

A started instance is a process of its own; its id and exit are found in ROOT/services.
"""

import os
import pathlib
import re
import signal
import subprocess
import sys
import time

root = pathlib.Path(os.environ["SCRATCH_ROOT"])
port = os.environ["SCRATCH_PORT"]
services = root / "services"
services.mkdir(exist_ok=True)
name = os.path.basename(sys.argv[0])
arguments = [argument for argument in sys.argv[1:] if not argument.startswith("-")]


def begun(pid):
    """When a process began, in ticks since boot; None when it has ended."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return None if fields[0] == "Z" else fields[19]
    except OSError:
        return None


def recorded(unit):
    """The process of a unit that runs; None when it has ended. Its number may be another's by then."""
    try:
        pid, start = (services / unit).read_text().split()
    except FileNotFoundError:
        return None
    return int(pid) if begun(pid) == start else None


def alive(unit):
    return recorded(unit) is not None


def spawn(unit, command, env):
    log = open(services / f"{unit}.log", "ab")
    process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    (services / unit).write_text(f"{process.pid} {begun(process.pid)}")


def start(unit):
    if alive(unit) or not unit.startswith("allrisnet@"):
        return
    folder = root / "srv/allrisnet/generations" / unit.split("@")[1].removesuffix(".service")
    env = dict(os.environ)
    for line in (folder / "environment").read_text().splitlines():
        key, value = line.split("=", 1)
        env[key] = value.strip('"')
    release = re.search(r'docBase="([^"]+)"', (folder / "base/conf/server.xml").read_text())[1]
    spawn(unit, [sys.executable, f"{release}/application.py", release, port], env)


def stop(unit):
    while (pid := recorded(unit)) is not None:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            # It has ended since the look.
            continue
        time.sleep(0.02)
    (services / unit).unlink(missing_ok=True)


if name == "systemd-run":
    unit = next(argument[7:] for argument in sys.argv if argument.startswith("--unit="))
    if alive(unit):
        sys.exit(f"Unit {unit} was already loaded")
    spawn(unit, arguments, dict(os.environ))
elif name == "journalctl":
    log = services / f"{sys.argv[-1]}.log"
    sys.stdout.write(log.read_text() if log.exists() else "")
elif arguments[0] == "start":
    start(arguments[1])
elif arguments[0] == "stop":
    stop(arguments[1])
elif arguments[0] == "is-active":
    print("active" if alive(arguments[1]) else "inactive")
elif arguments[0] == "show":
    print(f"ActiveState={'active' if alive(arguments[1]) else 'failed'}\nNRestarts=0")
elif arguments[0] == "list-units":
    for entry in sorted(services.glob("allrisnet@*.service")):
        if alive(entry.name):
            print(f"{entry.name} loaded active running ALLRIS net")
else:
    sys.exit(f"unknown: {sys.argv}")

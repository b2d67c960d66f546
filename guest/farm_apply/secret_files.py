"""Secrets of the application: a file each, for its own group alone."""

import grp
import os
import re
import shutil

from .machine import Failure, put, settle


def place(machine, values):
    """Writes every secret; nothing of a value ever appears in what this says."""
    if machine.group is not None:
        try:
            grp.getgrnam(machine.group)
        except KeyError:
            raise Failure(f"this machine has no group {machine.group}: its template is older than version 2") from None
    folder = machine.parameters / "secrets"
    for name, text in values.items():
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,63}", name):
            raise Failure("a secret has a name that is no file name")
        put(folder / name, text.encode(), 0o640, machine.group)
    os.chmod(machine.parameters, 0o755)
    if machine.group is not None:
        shutil.chown(folder, "root", machine.group)
    os.chmod(folder, 0o750)
    settle(folder)


def require(machine, names):
    missing = [name for name in names if not (machine.parameters / "secrets" / name).is_file()]
    if missing:
        raise Failure(f"the secret {', '.join(missing)} is not on this machine")


def clean(machine, names):
    """A secret that nothing reads any more does not stay."""
    folder = machine.parameters / "secrets"
    for path in folder.iterdir() if folder.exists() else ():
        if path.name not in names:
            path.unlink()

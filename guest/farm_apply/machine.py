"""The machine that is worked on: where things lie, and what runs commands on it."""

import os
import pathlib
import shutil
import subprocess


class Failure(Exception):
    """A reason that is shown to the operator as it is."""


class Machine:
    """Folders of one machine. The defaults are the real one's; trials have a folder of their own."""

    application = ("127.0.0.1", 8080)
    group = "tomcat"  # reads the secrets

    def __init__(self, root="/"):
        self.root = pathlib.Path(root)
        self.manifest = self.at("/var/lib/farm/manifest.json")
        self.lock = self.at("/run/farm-apply.lock")
        self.maintenance = self.at("/run/farm/maintenance")
        self.parameters = self.at("/etc/allrisnet")
        self.current = self.at("/srv/allrisnet/current")
        self.certificate = self.at("/etc/farm/tls/current/key.pem")
        self.enabled = self.at("/etc/farm/nginx/enabled")

    def at(self, path):
        return self.root / str(path).lstrip("/")


def run(*command, stdin=None):
    return subprocess.run(command, input=stdin, capture_output=True, text=True)


def must(*command):
    result = run(*command)
    if result.returncode != 0:
        raise Failure(f"{' '.join(command)}: {(result.stderr or result.stdout).strip()}")


def put(path, content, mode, group=None):
    """Replaces a file in one step, so that nobody ever reads half of it, also after a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".farm-new")
    temporary.unlink(missing_ok=True)
    with open(temporary, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(content)
        if group is not None:
            shutil.chown(temporary, None, group)
        os.fchmod(file.fileno(), mode)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def put_link(path, target):
    """Points a link at something else in one step that lasts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".farm-new")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    os.replace(temporary, path)
    settle(path.parent)


def settle(folder):
    """Makes what was renamed in a folder last."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

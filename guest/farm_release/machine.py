"""The machine that is worked on: where things lie, and what runs commands on it."""

import os
import pathlib
import shutil
import subprocess


class Failure(Exception):
    """A reason that is shown to the operator as it is."""


class Busy(Failure):
    """Another run holds a lock: trying again later helps."""


class Machine:
    """Folders and settings of one machine. The defaults are the real one's; tests have a folder of their own."""

    program = "/usr/local/lib/farm/release"
    port = 8080
    as_postgres = ("runuser", "-u", "postgres", "--")
    as_application = ("runuser", "-u", "tomcat", "--")
    owner = "tomcat"  # of what the application writes; None where there is one user only
    start_seconds = 180  # a release that does not answer by then is broken
    drain_seconds = 30  # the contract's limit for requests that run
    rounds = (0, 4, 8)  # seconds after the first answer: a release may break after its start
    lock_seconds = 300  # a roll-out or a backup's state that is under way is waited for
    margin = 200_000_000  # bytes that stay free

    def __init__(self, root="/"):
        root = pathlib.Path(root)
        self.parameters = root / "etc/allrisnet"
        self.srv = root / "srv/allrisnet"
        self.releases = self.srv / "releases"
        self.generations = self.srv / "generations"
        self.current = self.srv / "current"
        self.runs = root / "var/lib/farm/release"
        self.changes = root / "var/lib/farm/changes.jsonl"
        self.site = root / "etc/farm/site.json"
        self.run_folder = root / "run/farm"
        self.maintenance = self.run_folder / "maintenance"
        self.apply_lock = root / "run/farm-apply.lock"
        self.release_lock = root / "run/farm-release.lock"
        self.backup_lock = root / "run/farm-backup.lock"
        self.base_image = root / "usr/share/farm/base-image"
        self.lab = root / "usr/share/farm/lab"
        self.catalina_home = root / "usr/share/tomcat10"

    def systemctl(self, *arguments):
        result = run("systemctl", *arguments)
        if result.returncode != 0:
            words = (result.stderr or result.stdout).strip()
            raise Failure(f"systemctl {' '.join(arguments)}: {words}")
        return result.stdout

    def chown(self, path):
        if self.owner is not None:
            shutil.chown(path, self.owner, self.owner)


def run(*command, stdin=None, env=None):
    """Runs a command to its end; `env` is added to the environment."""
    return subprocess.run(command, input=stdin, capture_output=True, text=True, env={**os.environ, **(env or {})})


def must(*command, **options):
    result = run(*command, **options)
    if result.returncode != 0:
        raise Failure(f"{command[0]} failed: {(result.stderr or result.stdout).strip()}")
    return result.stdout


def put(path, content, mode=0o644, group=None):
    """Replaces a file in one step that also lasts through a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".farm-new")
    with open(temporary, "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(content)
        if group is not None:
            shutil.chown(temporary, None, group)
        os.fchmod(file.fileno(), mode)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    settle_folder(path.parent)


def put_link(path, target):
    """Points a link at something else in one step that lasts."""
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    beside.symlink_to(target)
    os.replace(beside, path)
    settle_folder(path.parent)


def settle_folder(folder):
    """Makes renames in a folder last."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def settle_tree(folder):
    """Makes everything below a folder last: one call for its whole file system."""
    must("sync", "--file-system", str(folder))


def remove_tree(folder):
    """Moves a folder out of the way first, so that a cut never leaves half of it under its name."""
    if not folder.exists():
        return
    doomed = folder.with_name(f".{folder.name}.gone")
    shutil.rmtree(doomed, ignore_errors=True)
    os.replace(folder, doomed)
    shutil.rmtree(doomed)

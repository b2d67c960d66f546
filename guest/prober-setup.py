"""Brings a prober to its host: program, settings, targets, an account of its own, a unit. Run again it changes what differs.

What it brings stands in the last line of this file. With --root FOLDER it only writes files: for trials. Prints one
object of JSON. A prober that runs goes on while its targets change; what cannot be used never reaches it.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

USER = "farm-prober"
UNIT = "farm-prober.service"
# Is there from before the first file is replaced until the prober works with all of them.
PENDING = "etc/farm-prober/pending"
# Each target is asked once an interval, and an answer is waited for: then all have been asked anew.
SETTLE_SECONDS = 60
# Probers that start anew know nothing for one interval: each does it in a time of its own, so that another one measures.
# From the end of one turn to the beginning of the next one there is an interval, an answer and the start itself.
TURN_SECONDS, TURN_OPEN = 30, 4


class Failure(Exception):
    """For people; nothing was changed, or the message says what."""


def bundle():
    last = pathlib.Path(__file__).read_text(encoding="utf-8").rstrip("\n").rpartition("\n")[2]
    return json.loads(last.removeprefix("# "))


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        words = (done.stderr.strip() or done.stdout.strip()).splitlines()[-3:]
        raise Failure(f"{' '.join(map(str, command))}: {'; '.join(words) or done.returncode}")
    return done.stdout


def put(root, file):
    """Replaces a file in one step. Returns whether it was another one."""
    path = root / file["path"].lstrip("/")
    data, mode = file["content"].encode(), int(file["mode"], 8)
    if path.is_file() and path.read_bytes() == data and path.stat().st_mode & 0o777 == mode:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    with open(temporary, "wb") as target:
        target.write(data)
        os.fchmod(target.fileno(), mode)
        target.flush()
        os.fsync(target.fileno())
    os.replace(temporary, path)
    return True


def check(files):
    """The new program with the new settings and targets, before any of them is in place. Returns their mark."""
    with tempfile.TemporaryDirectory(prefix="farm-prober-") as folder:
        root = pathlib.Path(folder)
        for file in files:
            put(root, file)
        settings = json.loads((root / "etc/farm-prober/settings.json").read_text())
        aside = root / "settings.json"
        ca = settings.get("caFile")
        # The mark is that of the settings as they will be; the authorities are read from here.
        mark = run(*command(root), "--settings", root / "etc/farm-prober/settings.json", "mark").strip()
        aside.write_text(json.dumps({**settings, **({"caFile": str(root / ca.lstrip("/"))} if ca else {})}))
        run(*command(root), "--settings", aside, "check")
        return mark


def command(root):
    program = root / "usr/local/lib/farm-prober/prober.py"
    return (sys.executable, "-I", program, "--targets", root / "etc/farm-prober/targets.json")


def account():
    if subprocess.run(("id", USER), capture_output=True).returncode != 0:
        run("useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", USER)


def wait_for_turn(turn):
    while not 0 <= time.time() % (TURN_SECONDS * turn["of"]) - TURN_SECONDS * turn["own"] < TURN_OPEN:
        time.sleep(0.25)


def settle(mark):
    """Waits until the prober has asked each target with these settings."""
    deadline = time.monotonic() + SETTLE_SECONDS
    state = pathlib.Path("/run/farm-prober/state.json")
    while time.monotonic() < deadline:
        try:
            said = json.loads(state.read_text())
            if said["mark"] == mark and said["settled"]:
                return said["targets"]
        except (OSError, ValueError, KeyError):
            pass  # it has not begun
        time.sleep(0.5)
    status = subprocess.run(("journalctl", "-u", UNIT, "-n", "3", "-o", "cat"), capture_output=True, text=True).stdout
    raise Failure(f"the prober has not asked every target within {SETTLE_SECONDS} s: {status.strip()}")


def place(root, files):
    """Puts all files in place. Returns the paths of what was another one, and whether a run before broke off."""
    pending = root / PENDING
    unfinished = pending.exists()
    pending.parent.mkdir(parents=True, exist_ok=True)
    pending.touch()
    sync_folder(pending.parent)
    return [file["path"] for file in files if put(root, file)], unfinished


def sync_folder(folder):
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def begins_anew(path):
    """Whether the prober has to be started for a file: settings and targets it reads anew by itself."""
    return not path.startswith("/etc/farm-prober/") or path.endswith("/authorities.pem")


def start(changed, unfinished):
    """The prober works with what is in place now. What a run that broke off had changed nobody knows: all of it."""
    if unfinished or any(path.startswith("/etc/systemd/") for path in changed):
        run("systemctl", "daemon-reload")
    run("systemctl", "enable", "--quiet", UNIT)
    active = subprocess.run(("systemctl", "is-active", "--quiet", UNIT)).returncode == 0
    if active and (changed or unfinished):
        wait_for_turn(bundle()["turn"])
    if not active or unfinished or any(map(begins_anew, changed)):
        run("systemctl", "restart", UNIT)
    elif changed:
        run("systemctl", "reload", UNIT)


def apply(root):
    files = bundle()["files"]
    mark = check(files)
    changed, unfinished = place(root, files)
    result = {"mark": mark, "changed": changed}
    if root == pathlib.Path("/"):
        account()
        start(changed, unfinished)
        result["targets"] = settle(mark)
    (root / PENDING).unlink()
    return result


def main():
    root = pathlib.Path(sys.argv[2]) if sys.argv[1:2] == ["--root"] else pathlib.Path("/")
    try:
        print(json.dumps(apply(root), sort_keys=True))
    except (Failure, OSError) as error:
        print(f"prober: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

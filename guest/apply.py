"""Brings one machine to the state that its bundle describes, or leaves it as it was.

Started by the roll-out with the site's typed values on standard input and the uploaded bundle as argument,
which also holds this text. Needs root, nginx and systemd. Says what it changed; fails with one sentence.
"""

import fcntl
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import time

values = json.load(sys.stdin)
text = pathlib.Path(sys.argv[1]).read_bytes()
bundle = json.loads(text)
MANIFEST = pathlib.Path("/var/lib/farm/manifest.json")
CERTIFICATE = "/usr/local/lib/farm/certificate"


def fail(sentence):
    sys.exit(f"{values['id']}: {sentence}")


def run(*command, stdin=None):
    return subprocess.run(command, input=stdin, capture_output=True, text=True)


def must(*command):
    result = run(*command)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {(result.stderr or result.stdout).strip()}")


def put(path, content, mode):
    """Replaces a file in one step, so that nginx and systemd never read half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".farm-new")
    with open(temporary, "w", encoding="utf-8", newline="") as file:
        os.fchmod(file.fileno(), mode)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


class Change:
    """Files that were put or removed, with what they were before."""

    def __init__(self):
        self.before = {}

    def remember(self, path):
        try:
            self.before[path] = (path.read_text(encoding="utf-8"), path.stat().st_mode & 0o7777)
        except FileNotFoundError:
            self.before[path] = None

    def put(self, path, content, mode):
        try:
            same = path.read_text(encoding="utf-8") == content and path.stat().st_mode & 0o7777 == mode
        except FileNotFoundError:
            same = False
        if same:
            return
        self.remember(path)
        put(path, content, mode)

    def remove(self, path):
        if path.exists():
            self.remember(path)
            path.unlink()

    def undo(self):
        for path, old in self.before.items():
            if old is None:
                path.unlink(missing_ok=True)
            else:
                put(path, *old)

    def touches(self, prefix):
        return any(str(path).startswith(prefix) for path in self.before)


def activate(change):
    """Puts the files to work. Raises with the reason when a part of the machine refuses them."""
    if change.touches("/etc/systemd/system/"):
        must("systemctl", "daemon-reload")
    must(CERTIFICATE, "select")
    must("nginx", "-t", "-q")
    must("nft", "-f", "/etc/nftables.conf")
    must("systemctl", "enable", "--quiet", "nftables.service", "nginx.service")
    for unit in values["units"]:
        must("systemctl", "enable", "--quiet", "--now", unit)
    must("systemctl", "reload-or-restart", "nginx.service")
    check_answer()


def check_answer():
    """Asks the machine's own web server by the site's name, as the edge of the network would."""
    url = f"http://{values['domain']}/"
    # 503: the site says over HTTP that its certificate is not there yet; 308: it sends visitors to HTTPS.
    for _ in range(20):
        answer = run(
            "curl", "--silent", "--show-error", "--max-time", "10", "--output", "/dev/null",
            "--write-out", "%{http_code}", "--resolve", f"{values['domain']}:80:127.0.0.1", url,
        )
        if answer.stdout in ("308", "503"):
            return
        time.sleep(0.25)  # a reload takes a moment to reach the workers
    raise RuntimeError(f"{url} answers {answer.stdout} {answer.stderr.strip()} on this machine, expected 308 or 503")


def main():
    if hashlib.sha256(text).hexdigest() != values["bundle"]:
        fail("the uploaded bundle is not the one of this run")
    lock = open("/run/farm-apply.lock", "w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    old = json.loads(MANIFEST.read_text()) if MANIFEST.exists() else []
    wanted = {pathlib.Path(file["path"]): file for file in bundle["files"]}
    change = Change()
    try:
        for path, file in wanted.items():
            change.put(path, file["content"], int(file["mode"], 8))
        for path in map(pathlib.Path, old):
            if path not in wanted:
                if path.suffix == ".timer":
                    run("systemctl", "disable", "--quiet", "--now", path.name)
                change.remove(path)
        activate(change)
    except (OSError, RuntimeError) as error:
        change.undo()
        if change.touches("/etc/systemd/system/"):
            run("systemctl", "daemon-reload")
        if run("nginx", "-t", "-q").returncode == 0:
            run("systemctl", "reload-or-restart", "nginx.service")
        fail(f"the roll-out failed and was taken back: {error}")
    put(MANIFEST, json.dumps(sorted(map(str, wanted)), indent=1) + "\n", 0o644)
    # The state keeps what is printed here: a few names help the reader, a long list only costs.
    names = sorted(path.name for path in change.before)
    listed = f" ({', '.join(names)})" if 0 < len(names) <= 4 else ""
    print(f"{len(names)} of {len(wanted)} files changed{listed}")


main()

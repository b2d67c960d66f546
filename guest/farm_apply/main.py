"""The verbs of a bundle."""

import fcntl
import json
import os
import pathlib
import sys

from . import answers, secret_files
from .change import Change
from .machine import Failure, Machine, must, put, run
from .parameters import Parameters

CERTIFICATE = "/usr/local/lib/farm/certificate"


def enabled_sites(machine):
    """Which configurations of nginx are linked, and to what."""
    links = sorted(machine.enabled.iterdir()) if machine.enabled.exists() else []
    return [(path.name, os.readlink(path)) for path in links if path.is_symlink()]


class Rollout:
    def __init__(self, machine, values, bundle):
        self.machine = machine
        self.values = values
        self.bundle = bundle
        files = [*bundle["common"]["files"], *bundle["files"]]
        self.wanted = {machine.at(file["path"]): file for file in files}
        self.parameters = Parameters(machine, bundle["parameters"])
        self.change = Change()
        self.reload = False
        self.stopped = []  # timers that were switched off

    def stale(self):
        """What an earlier bundle put and this one no longer holds."""
        old = json.loads(self.machine.manifest.read_text()) if self.machine.manifest.exists() else []
        return [path for path in map(pathlib.Path, old) if path not in self.wanted]

    def perform(self):
        """Puts everything to work. Raises with the reason when a part of the machine refuses it."""
        machine, values, change = self.machine, self.values, self.change
        was_answering = answers.application_answers(machine, values)
        self.parameters.place()
        self.parameters.validate(values["id"])
        secret_files.require(machine, self.bundle["secrets"])
        self.parameters.ask(values["domain"])
        for path, file in self.wanted.items():
            change.put(path, file["content"].encode(), int(file["mode"], 8))
        for path in self.stale():
            if path.suffix == ".timer":
                self.stopped.append(path.name)
                run("systemctl", "disable", "--quiet", "--now", path.name)
            change.remove(path)
        if change.touches(machine.at("/etc/systemd/system")):
            must("systemctl", "daemon-reload")
        sites = enabled_sites(machine)
        must(CERTIFICATE, "select")
        self.reload = enabled_sites(machine) != sites or self.nginx_changed()
        must("nginx", "-t", "-q")
        must("nft", "-f", "/etc/nftables.conf")
        must("systemctl", "enable", "--quiet", "nftables.service", "nginx.service", *self.bundle["units"])
        for unit in self.bundle["units"]:
            if unit.endswith(".timer"):
                must("systemctl", "start", unit)
        self.parameters.swing(change)
        self.serve()
        answers.check(machine, values, was_answering)

    def nginx_changed(self):
        watched = ("/etc/nginx", "/etc/farm/nginx", "/etc/farm/origin-pull-ca.pem")
        return self.change.touches(*map(self.machine.at, watched))

    def serve(self):
        """Workers that run finish their requests; without a reason none has to."""
        if self.reload or run("systemctl", "is-active", "--quiet", "nginx.service").returncode != 0:
            must("systemctl", "reload-or-restart", "nginx.service")

    def undo(self):
        self.change.undo()
        if self.change.touches(self.machine.at("/etc/systemd/system")):
            run("systemctl", "daemon-reload")
        for timer in self.stopped:
            run("systemctl", "enable", "--quiet", "--now", timer)
        if (self.reload or self.nginx_changed()) and run("nginx", "-t", "-q").returncode == 0:
            run("systemctl", "reload-or-restart", "nginx.service")

    def finish(self):
        """What only a roll-out that went well may do. The state keeps what is printed: a few names help."""
        self.parameters.clean()
        secret_files.clean(self.machine, self.bundle["secrets"])
        manifest = json.dumps(sorted(map(str, self.wanted)), indent=1) + "\n"
        put(self.machine.manifest, manifest.encode(), 0o644)
        names = sorted(path.name for path in self.change.before)
        listed = f" ({', '.join(names)})" if 0 < len(names) <= 4 else ""
        return f"{len(names)} of {len(self.wanted) + 1} files changed{listed}"


def apply(machine, values, bundle):
    rollout = Rollout(machine, values, bundle)
    try:
        rollout.perform()
    except Exception as error:  # whatever it was, the machine goes back to what it was
        rollout.undo()
        if not isinstance(error, (OSError, Failure)):
            raise
        raise Failure(f"the roll-out failed and was taken back: {error}") from error
    print(rollout.finish())


def main(arguments, bundle, digest):
    os.umask(0o022)
    machine, given = Machine(), json.load(sys.stdin)
    site = bundle["values"]["id"]
    if arguments not in (["apply"], ["secrets"]):
        sys.exit(f"{site}: apply or secrets")
    if arguments == ["apply"] and given["bundle"] != digest:
        sys.exit(f"{site}: the uploaded bundle is not the one of this run")
    with open(machine.lock, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            if arguments == ["apply"]:
                apply(machine, bundle["values"], bundle)
            else:
                secret_files.place(machine, given["secrets"])
        except (OSError, Failure) as error:
            sys.exit(f"{site}: {error}")

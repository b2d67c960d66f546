"""The verbs of the monitoring's bundle."""

import fcntl
import hashlib
import json
import os
import pathlib
import sys
import time
import urllib.error
import urllib.request

from farm_apply import secret_files
from farm_apply.change import Change
from farm_apply.machine import Failure, Machine, must, put, run

FOLDER = "/etc/farm/monitoring"
UNITS = "/etc/systemd/system"
AUTHORITIES = "/usr/local/share/ca-certificates"


class MonitoringMachine(Machine):
    """Folders of the monitoring's machine; its services run as the user of Debian's packages."""

    group = "prometheus"

    def __init__(self, root="/"):
        super().__init__(root)
        self.manifest = self.at("/var/lib/farm/manifest.json")
        self.parameters = self.at(FOLDER)
        self.served = self.at("/var/lib/farm/monitoring-served.json")


class Rollout:
    """Puts the files and has each service run with them.

    What a service runs with is written down once it does: after a kill between the files and the service, or a reload
    that failed, the files are the same already and the service is not.
    """

    def __init__(self, machine, bundle):
        self.machine = machine
        self.bundle = bundle
        self.wanted = {machine.at(path): (content, int(mode, 8)) for path, mode, content in bundle["files"]}
        self.change = Change()
        self.served = json.loads(machine.served.read_text()) if machine.served.exists() else {}

    def digest(self, *folders):
        folders = [self.machine.at(folder) for folder in folders]
        within = [
            [str(path), *what] for path, what in sorted(self.wanted.items()) if any(at in path.parents for at in folders)
        ]
        return hashlib.sha256(json.dumps(within).encode()).hexdigest()

    def is_new(self, name, digest):
        return self.served.get(name) != digest

    def note(self, name, digest):
        self.served[name] = digest
        put(self.machine.served, (json.dumps(self.served, indent=1, sort_keys=True) + "\n").encode(), 0o644)

    def perform(self):
        machine, change = self.machine, self.change
        before = json.loads(machine.manifest.read_text()) if machine.manifest.exists() else []
        for path, (content, mode) in self.wanted.items():
            change.put(path, content.encode(), mode)
        for path in map(pathlib.Path, before):
            if path not in self.wanted:
                change.remove(path)
        modules = machine.at("/var/lib/farm/monitoring/blackbox.yml")
        if not modules.exists():
            put(modules, b'{"modules": {}}\n', 0o644)
        # The firewall first: a package's service listens as soon as it is installed.
        must("nft", "-f", "/etc/nftables.conf")
        must("systemctl", "enable", "--quiet", "nftables.service")
        self.once("units", self.digest(UNITS), "systemctl", "daemon-reload")
        self.once("authorities", self.digest(AUTHORITIES), "update-ca-certificates", "--fresh")
        must("/usr/local/lib/farm/packages", *self.bundle["packages"])
        must("promtool", "check", "config", f"{FOLDER}/prometheus.yml")
        must("amtool", "check-config", f"{FOLDER}/alertmanager.yml")
        must("systemctl", "enable", "--quiet", *self.bundle["units"])
        for unit in self.bundle["units"]:
            self.serve(unit)
        self.settle()

    def once(self, name, digest, *command):
        if self.is_new(name, digest):
            must(*command)
            self.note(name, digest)

    def serve(self, unit):
        """Reloads what only has other settings; a service whose unit changed, or its authorities, starts anew."""
        started, settings = self.digest(f"{UNITS}/{unit}.d", AUTHORITIES), self.digest(FOLDER)
        if unit.endswith(".path"):
            return must("systemctl", "start", unit)
        if run("systemctl", "is-active", "--quiet", unit).returncode != 0:
            must("systemctl", "start", unit)
        elif self.is_new(unit, started):
            must("systemctl", "restart", unit)
        elif unit in self.bundle["reloaded"] and self.is_new(f"{unit} settings", settings):
            must("systemctl", "reload", unit)
        self.note(unit, started)
        self.note(f"{unit} settings", settings)

    def settle(self):
        """Waits until each service says that it is ready with the settings it was given."""
        for address in self.bundle["ready"]:
            for attempt in range(120):
                try:
                    urllib.request.urlopen(address, timeout=5).close()
                    break
                except (OSError, urllib.error.URLError) as error:
                    if attempt == 119:
                        raise Failure(f"{address} does not answer: {error}") from error
                    time.sleep(0.5)

    def undo(self):
        # First: whatever becomes of this, nobody may believe that the services run with what was tried.
        self.machine.served.unlink(missing_ok=True)
        machine, change = self.machine, self.change
        change.undo()
        if change.touches(machine.at(UNITS)):
            run("systemctl", "daemon-reload")
        if change.touches(machine.at(AUTHORITIES)):
            run("update-ca-certificates", "--fresh")
        run("nft", "-f", "/etc/nftables.conf")
        for unit in self.bundle["units"]:
            if change.touches(machine.at(f"{UNITS}/{unit}.d"), machine.at(AUTHORITIES)) and not unit.endswith(".path"):
                # It may have failed with the unit that was tried, too often to be started again.
                run("systemctl", "reset-failed", unit)
                run("systemctl", "restart", unit)
            elif run("systemctl", "is-active", "--quiet", unit).returncode == 0:
                run("systemctl", "try-reload-or-restart", unit)

    def finish(self):
        put(self.machine.manifest, (json.dumps(sorted(map(str, self.wanted)), indent=1) + "\n").encode(), 0o644)
        names = sorted(path.name for path in self.change.before)
        listed = f" ({', '.join(names)})" if 0 < len(names) <= 4 else ""
        return f"{len(names)} of {len(self.wanted)} files changed{listed}"


def apply(machine, bundle):
    rollout = Rollout(machine, bundle)
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
    machine, given = MonitoringMachine(), json.load(sys.stdin)
    if arguments not in (["set-up"], ["secrets"]):
        sys.exit("monitoring: set-up or secrets")
    if arguments == ["set-up"] and given["bundle"] != digest:
        sys.exit("monitoring: the uploaded bundle is not the one of this run")
    with open(machine.lock, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            if arguments == ["set-up"]:
                apply(machine, bundle)
            else:
                secret_files.place(machine, given["secrets"])
        except (OSError, Failure) as error:
            sys.exit(f"monitoring: {error}")

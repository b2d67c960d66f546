#!/usr/bin/env python3
"""Takes what the monitoring shall ask from an uploaded file, once the services agree with it.

    targets FILE    FILE is JSON: modules of the blackbox exporter, sites and machines for Prometheus's discovery

Prometheus watches the folder of the two lists, so a site that comes or goes restarts nothing. A file that is refused
changes nothing: the monitoring goes on with what it had, and says so in the series farm_monitoring_targets_accepted.
"""

import hashlib
import json
import os
import pathlib
import subprocess
import sys

FOLDER = pathlib.Path(os.environ.get("FARM_TARGETS", "/var/lib/farm/monitoring"))
TEXTFILE = pathlib.Path(os.environ.get("FARM_TEXTFILES", "/var/lib/prometheus/node-exporter")) / "farm-targets.prom"
EXPORTER = os.environ.get("FARM_BLACKBOX_EXPORTER", "/usr/bin/prometheus-blackbox-exporter")
RELOAD = ("systemctl", "try-reload-or-restart", "prometheus-blackbox-exporter.service")


def put(path, content):
    """Replaces a file in one step: nobody ever reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    with open(temporary, "wb") as file:
        file.write(content)
        os.fchmod(file.fileno(), 0o644)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def text(value):
    return (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def read(source):
    """The three parts, or the reason why there are none."""
    given = json.loads(source)
    if not isinstance(given, dict):
        raise ValueError("no object")
    blackbox, probes, machines = (given[name] for name in ("blackbox", "probes", "machines"))
    for groups in (probes, machines):
        for group in groups:
            if not group["targets"] or not all(isinstance(target, str) for target in group["targets"]):
                raise ValueError("a group has no targets")
    asked = {group["labels"]["__param_module"] for group in probes}
    if lacking := sorted(asked - set(blackbox["modules"])):
        raise ValueError(f"modules are missing: {', '.join(lacking)}")
    return blackbox, probes, machines


def take(modules):
    """Gives the exporter its modules. What it took last is written down: after a kill, or a reload that failed, the
    file alone is what it should be."""
    current, taken = FOLDER / "blackbox.yml", FOLDER / "blackbox.taken"
    digest = hashlib.sha256(modules).hexdigest().encode()
    before = current.read_bytes() if current.exists() else None
    if before == modules and taken.exists() and taken.read_bytes() == digest:
        return
    taken.unlink(missing_ok=True)
    put(current, modules)
    try:
        subprocess.run(RELOAD, check=True, capture_output=True)
    except subprocess.SubprocessError:
        if before is not None:
            put(current, before)
        raise
    put(taken, digest)


def accept(source):
    blackbox, probes, machines = read(source)
    # JSON is YAML. The exporter itself says whether it takes it, before anything is replaced.
    trial = FOLDER / ".blackbox.trial.yml"
    put(trial, text(blackbox))
    checked = subprocess.run([EXPORTER, "--config.check", f"--config.file={trial}"], capture_output=True, text=True)
    trial.unlink()
    if checked.returncode != 0:
        raise ValueError(f"the blackbox exporter refuses its modules: {checked.stderr.strip().splitlines()[-1:]}")
    take(text(blackbox))
    # Modules first: whoever is asked next finds the module that it names.
    put(FOLDER / "probes.json", text(probes))
    put(FOLDER / "machines.json", text(machines))
    return len(probes), len(machines)


def tell(accepted, source):
    digest = hashlib.sha256(source).hexdigest()
    put(TEXTFILE, f"""# HELP farm_monitoring_targets_accepted Whether the targets that were uploaded last are in use.
# TYPE farm_monitoring_targets_accepted gauge
farm_monitoring_targets_accepted{{sha256="{digest}"}} {int(accepted)}
""".encode())


def main(path):
    source = pathlib.Path(path).read_bytes()
    try:
        probes, machines = accept(source)
    except (ValueError, KeyError, TypeError, AttributeError, OSError, subprocess.SubprocessError) as error:
        tell(False, source)
        sys.exit(f"targets: refused, everything stays as it was: {type(error).__name__}: {error}")
    tell(True, source)
    print(f"{probes} targets, {machines} machines")


main(sys.argv[1])

"""Which services use which files, looked up in /proc: what has to be restarted, and nothing else."""

import functools
import glob
import os
import pathlib
import re

from farm_release.machine import run

from .packages import files

# What takes effect by a restart of the machine alone. The first process and the message bus serve everybody.
KERNELS = re.compile(r"linux-image-|intel-microcode|amd64-microcode")
CORE = ("init.scope", "dbus.service")
# Sessions of users end by themselves; so does this program.
SPARED = re.compile(r"(user@|user-runtime-dir@|getty@|serial-getty@|console-getty|container-getty@|farm-patch)")
REPLACED = " (deleted)"
PROGRAMS = ("/usr/", "/lib", "/bin/", "/sbin/", "/opt/")


def unit_of(process):
    """The service that a process belongs to; None for a session's."""
    for line in process.joinpath("cgroup").read_text().splitlines():
        for part in reversed(line.split(":", 2)[2].split("/")):
            if part.endswith(".service") or part == "init.scope":
                return None if SPARED.match(part) else part
    return None


def used_by(process):
    """Paths that a process has mapped, open or in its command line: programs, libraries, archives of Java, scripts."""
    paths = {line.split(maxsplit=5)[5] for line in process.joinpath("maps").read_text().splitlines() if line.count("/")}
    paths.add(os.readlink(process / "exe"))
    for link in glob.glob(f"{process}/fd/*"):
        try:
            paths.add(os.readlink(link))
        except FileNotFoundError:
            pass
    paths.update(process.joinpath("cmdline").read_text(errors="replace").split("\0"))
    return {path for path in paths if path.startswith(PROGRAMS)}


def processes():
    """(unit, paths) of every process of a service."""
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if unit := unit_of(entry):
                yield unit, used_by(entry)
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue  # it has ended, or is the kernel's


def by_unit():
    """Paths, all links in them resolved, by unit."""
    found = {}
    for unit, paths in processes():
        found.setdefault(unit, set()).update(map(real, paths))
    return found


real_folder = functools.cache(os.path.realpath)


def real(path):
    """/lib is a link to /usr/lib: dpkg says the one, the kernel the other."""
    folder, name = os.path.split(path.removesuffix(REPLACED))
    return os.path.join(real_folder(folder), name)


def users_of(name, units):
    """Services that use files of a package, or whose own unit file it brings."""
    own = files(name)
    paths = {real(path) for path in own}
    using = {unit for unit, used in units.items() if paths & used}
    shipped = [os.path.basename(path) for path in own if "/systemd/system/" in path and path.endswith(".service")]
    return sorted(using | {unit for unit in shipped if unit in units})


def replaced():
    """Services that still run files which are no longer there."""
    return sorted({unit for unit, used in processes() if any(path.endswith(REPLACED) for path in used)})


def needs_reboot(name, units):
    return bool(KERNELS.match(name)) or any(unit in CORE for unit in units)


def active(unit):
    return run("systemctl", "is-active", "--quiet", unit).returncode == 0


def has_failed(unit):
    return run("systemctl", "is-failed", "--quiet", unit).returncode == 0


def failed():
    shown = run("systemctl", "list-units", "--failed", "--plain", "--no-legend").stdout
    return sorted(line.split()[0] for line in shown.splitlines() if line.strip())

"""What dpkg knows and does. Nothing here asks a question, and local settings always stay."""

import re

from farm_release.machine import Failure, run

ENVIRONMENT = {
    "DEBIAN_FRONTEND": "noninteractive",
    "DEBIAN_PRIORITY": "critical",
    "APT_LISTCHANGES_FRONTEND": "none",
    # What has to be restarted is this program's own decision.
    "NEEDRESTART_SUSPEND": "1",
    "LC_ALL": "C.UTF-8",
}
KEEP_SETTINGS = ("--force-confdef", "--force-confold")

# By the second letter of the state: half installed, unpacked, half configured, waiting for triggers.
HALF = "HUFWt"


def call(*command):
    return run(*command, env=ENVIRONMENT)


# What apt and dpkg say at the end of any failure; the reason stands before it.
NOISE = ("debconf: delaying", "Errors were encountered", "E: Sub-process")


def last_words(result, lines=6):
    words = [line for line in (result.stdout + result.stderr).splitlines() if line.strip() and not line.startswith(NOISE)]
    return " / ".join(line.strip()[:300] for line in words[-lines:])


def must(*command):
    result = call(*command)
    if result.returncode != 0:
        raise Failure(f"{command[0]}: {last_words(result)}")
    return result.stdout


def states():
    """State letters and version by name."""
    shown = must("dpkg-query", "--show", "--showformat=${db:Status-Abbrev}\\t${Package}\\t${Version}\\n")
    found = {}
    for line in shown.splitlines():
        state, name, version = line.split("\t")
        found[name] = (state, version)
    return found


def installed():
    """Version by name of what is there, whole or half."""
    return {name: version for name, (state, version) in states().items() if state[1] not in "nc"}


def broken():
    return sorted(name for name, (state, _) in states().items() if state[1] in HALF or state[2] == "R")


def older(one, other):
    return call("dpkg", "--compare-versions", one, "lt", other).returncode == 0


def files(name):
    """Paths that a package brought; the lines about diversions are not among them."""
    return [line for line in must("dpkg-query", "--listfiles", name).splitlines() if line.startswith("/") and line != "/."]


def may_ask_for_reboot(name):
    """Whether its script after an installation knows /run/reboot-required, as those of Debian's kernels and bus do."""
    if "postinst" not in must("dpkg-query", "--control-list", name).split():
        return False
    return re.search(r"reboot[-_]required", must("dpkg-query", "--control-show", name, "postinst")) is not None


def configure_rest():
    """Ends what a cut left half done."""
    must("dpkg", *KEEP_SETTINGS, "--configure", "--pending")


def install_files(*archives):
    """Installs from files, whatever stands there: an older version, or half of a newer one."""
    must("dpkg", *KEEP_SETTINGS, "--force-downgrade", "--install", *map(str, archives))


def purge(*names):
    must("dpkg", "--purge", *names)


def check():
    """Raises unless every package is whole and has what it needs."""
    must("apt-get", "check", "-qq")
    if half := broken():
        raise Failure(f"half installed: {', '.join(half)}")


def simulated(text):
    """What `apt-get --simulate` would install and remove: {name: version}, [name]."""
    added, removed = {}, []
    for line in text.splitlines():
        if match := re.match(r"Inst (\S+) (?:\[[^]]*\] )?\((\S+) ", line):
            added[match[1].split(":")[0]] = match[2]
        elif match := re.match(r"(?:Remv|Purg) (\S+)", line):
            removed.append(match[1].split(":")[0])
    return added, removed

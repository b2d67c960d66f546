#!/usr/bin/env python3
"""Installs Debian packages that are missing.

    packages NAME...    installs what is not there; what is there stays in the version it has

Where /etc/farm/packages.sources names the farm's own repository, packages come from there alone: other sources may
not be reachable. Otherwise they come from the machine's own sources. Nothing here asks a question, and files that
stand already where a package has its settings stay as they are.
"""

import os
import subprocess
import sys

SOURCES = "/etc/farm/packages.sources"
ENVIRONMENT = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_SUSPEND": "1", "LC_ALL": "C.UTF-8"}
OPTIONS = (
    "-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=3", "-o", "Acquire::http::Timeout=30",
    "-o", "Acquire::Languages=none", "-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold",
)


def options():
    if not os.path.exists(SOURCES):
        return OPTIONS
    only = ("-o", f"Dir::Etc::sourcelist={SOURCES}", "-o", "Dir::Etc::sourceparts=-")
    # The lists of the machine's own sources stay; the key is root's to read.
    return (*OPTIONS, *only, "-o", "APT::Get::List-Cleanup=0", "-o", "APT::Sandbox::User=root")


def call(*command):
    return subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True)


def is_installed(name):
    shown = call("dpkg-query", "--show", "--showformat=${db:Status-Abbrev}", name)
    return shown.returncode == 0 and shown.stdout.startswith("ii")


def must(*command):
    result = call(*command)
    if result.returncode != 0:
        words = [line.strip() for line in (result.stdout + result.stderr).splitlines() if line.strip()]
        sys.exit(f"packages: {' '.join(command[:1])}: {' / '.join(words[-6:])}")


def main(names):
    missing = [name for name in names if not is_installed(name)]
    if not missing:
        return
    must("apt-get", *options(), "--quiet", "--error-on=any", "update")
    must("apt-get", *options(), "--quiet", "install", "--yes", "--no-install-recommends", *missing)
    call("apt-get", *options(), "clean")
    print(f"installed {' '.join(missing)}")


main(sys.argv[1:])

#!/usr/bin/env python3
"""Takes the farm's figures from standard input and shows them to Prometheus by the node exporter's text files.

    figures NAME    standard input is Prometheus's text form; what it does not take changes nothing

A name is a file of its own: what one run asked for does not take away what another one did.
"""

import os
import pathlib
import re
import subprocess
import sys

FOLDER = pathlib.Path(os.environ.get("FARM_TEXTFILES", "/var/lib/prometheus/node-exporter"))
# promtool's exit codes: 1 for what cannot be read, 3 for what it would name otherwise.
UNREADABLE = 1


def main(name):
    if not re.fullmatch(r"[a-z]([a-z-]{0,98}[a-z])?", name):
        sys.exit("figures: a name has lower-case letters and hyphens")
    text = sys.stdin.buffer.read()
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True)
    if not text or checked.returncode == UNREADABLE:
        sys.exit(f"figures: refused: {checked.stderr.decode(errors='replace').strip() or 'nothing came'}")
    temporary = FOLDER / f".farm-{name}.prom.new"
    with open(temporary, "wb") as file:
        file.write(text)
        os.fchmod(file.fileno(), 0o644)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, FOLDER / f"farm-{name}.prom")


main(*sys.argv[1:2] or [""])

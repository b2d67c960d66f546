#!/usr/bin/env python3
"""Takes the farm's figures from standard input and shows them to Prometheus by the node exporter's text files.

    figures NAME    standard input is Prometheus's text form; what it does not take changes nothing

A name is a file of its own: what one run asked for does not take away what another one did. Files of several joined
names, as farms of before handed them over, go with the first of their names that comes anew: else old figures stand
beside new ones.

Whoever hands figures over hears besides whether there is anybody to raise alerts: who is gone cannot say so himself.
"""

import os
import pathlib
import re
import subprocess
import sys
import urllib.error
import urllib.request

FOLDER = pathlib.Path(os.environ.get("FARM_TEXTFILES", "/var/lib/prometheus/node-exporter"))
# promtool's exit codes: 1 for what cannot be read, 3 for what it would name otherwise.
UNREADABLE = 1
READY = os.environ.get("FARM_READY", "http://127.0.0.1:9090/-/ready http://127.0.0.1:9093/-/ready").split()


def silent():
    """Which of Prometheus and Alertmanager do not answer, and why."""
    for address in READY:
        try:
            urllib.request.urlopen(address, timeout=10).close()
        except (OSError, urllib.error.URLError) as error:
            yield f"{address} does not answer ({error})"


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
    for other in FOLDER.glob("farm-*-*.prom"):
        if name in other.stem.split("-")[1:]:
            other.unlink()
    if found := list(silent()):
        sys.exit(f"figures: taken, but nobody raises alerts: {'; '.join(found)}")


main(*sys.argv[1:2] or [""])

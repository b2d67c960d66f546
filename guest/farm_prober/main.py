"""The command line, the settings and the targets."""

import argparse
import asyncio
import hashlib
import json
import pathlib
import sys

from .ask import contexts
from .clock import Clock, TrialClock
from .log import Busy, Log, head_of
from .prober import Prober

TARGETS = ("citizens", "politicians", "tls", "oparl", "version", "dns", "outside")


class Unusable(Exception):
    """Settings or targets that nobody can work with."""


def read(path):
    try:
        return path.read_bytes()
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror}") from error


def mark_of(*texts):
    return hashlib.sha256(b"\0".join(texts)).hexdigest()[:16]


def load(settings_file, targets_file):
    """Settings, sites, and a mark that changes with either."""
    texts = [read(settings_file), read(targets_file)]
    try:
        settings, targets = (json.loads(text) for text in texts)
        sites = targets["sites"]
        if not settings["prober"]:
            raise Unusable(f"{settings_file}: no name")
        if settings.get("timeoutSec", 10) >= settings.get("intervalSec", 15):
            raise Unusable(f"{settings_file}: an answer is waited for longer than the next question comes")
        for site in sites:
            if not site["tenant"] or not site["domain"]:
                raise Unusable(f"{targets_file}: a site without a name")
            for target in site["targets"]:
                if target["target"] not in TARGETS:
                    raise Unusable(f"{targets_file}: {site['tenant']}: {target['target']} is no target")
        contexts(settings.get("caFile"))
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise Unusable(f"{settings_file}, {targets_file}: {type(error).__name__}: {error}") from error
    return settings, sites, mark_of(*texts)


def main(arguments):
    parser = argparse.ArgumentParser(prog="prober")
    parser.add_argument("--settings", type=pathlib.Path, default=pathlib.Path("/etc/farm-prober/settings.json"))
    parser.add_argument("--targets", type=pathlib.Path, default=pathlib.Path("/etc/farm-prober/targets.json"))
    parser.add_argument("--log", type=pathlib.Path, default=pathlib.Path("/var/lib/farm-prober"))
    parser.add_argument("--state", type=pathlib.Path)
    parser.add_argument("--clock-file", type=pathlib.Path)
    parser.add_argument("command", choices=("run", "check", "mark", "head"))
    options = parser.parse_args(arguments)
    try:
        if options.command == "mark":
            print(mark_of(read(options.settings), read(options.targets)))
            return 0
        loaded = load(options.settings, options.targets)
    except Unusable as error:
        print(f"prober: {error}", file=sys.stderr)
        return 1
    if options.command == "check":
        sites = loaded[1]
        print(json.dumps({"sites": len(sites), "targets": sum(len(site["targets"]) for site in sites), "mark": loaded[2]}))
        return 0
    if options.command == "head":
        seq, own = head_of(options.log)
        print(json.dumps({"prober": loaded[0]["prober"], "seq": seq, "hash": own}))
        return 0
    clock = TrialClock(options.clock_file) if options.clock_file else Clock()
    try:
        log = Log(options.log, loaded[0]["prober"])
    except Busy:
        print(f"prober: another prober writes to {options.log}", file=sys.stderr)
        return 75
    async def run():
        prober = Prober(clock, log, loaded, lambda: load(options.settings, options.targets), options.state)
        await prober.run()

    asyncio.run(run())
    return 0

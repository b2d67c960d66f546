#!/usr/bin/python3 -I
"""Sums the traffic of one site from nginx's log, and ages the log.

  traffic run                 read what is new, write the days' sums, rotate, shorten addresses, delete
  traffic show FROM TO        the same, then the sums of these days as one JSON document
  --root FOLDER, --at TIME    another root than /, another time than now: for trials

Days are those of Europe/Berlin. Addresses never reach the sums. A log is known by its first readable line
without the address, so renaming, compressing and shortening leave it the same log, and how far it was read is
a number of lines, which none of them changes. Positions and sums of the open days are one file, replaced in
one step: whatever ends this program, the next run goes on where the sums end. The files of the days follow
from it and are written again when a run did not get so far.
"""

import argparse
import datetime
import fcntl
import gzip
import json
import os
import pathlib
import signal
import sys
import zlib

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from traffic_disk import put, sync_folder  # noqa: E402
from traffic_lines import CLASSES, PROBE, aged, client_class, day_of, fingerprint, moment, parse  # noqa: E402

UTC = datetime.timezone.utc
DAY = 86_400
# Full addresses for 7 days, shortened ones for 90: docs/how-to/traffic.md.
ADDRESS_SECONDS, LOG_SECONDS = 7 * DAY, 90 * DAY
# A day stays beside the positions until nothing more is to be expected for it.
OPEN_SECONDS = 3 * DAY
# Paths that a day keeps: more than a report shows, fewer than a robot can invent.
KEPT_PATHS, MOST_PATHS = 50, 20_000
PRESENTATIONS = ("citizens", "politicians", "other")
DAMAGE = (EOFError, zlib.error, gzip.BadGzipFile)


def empty_day():
    counts = {name: {kind: [0, 0, 0] for kind in CLASSES} for name in PRESENTATIONS}
    return {"counts": counts, "leftOut": [0, 0, 0], "paths": {}}


def add(count, entry):
    """Counts are requests, bytes sent, bytes received."""
    count[0] += 1
    count[1] += entry["bytes"]
    count[2] += entry["received"]


def top(paths, limit):
    return dict(sorted(paths.items(), key=lambda item: (-item[1][1], item[0]))[:limit])


class Traffic:
    def __init__(self, root, now):
        self.now = now.timestamp()
        self.today = day_of(now)
        self.stamp = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        self.logs = root / "var/log/nginx"
        self.live = self.logs / "access.json"
        self.pid = root / "run/nginx.pid"
        self.book = root / "var/lib/farm/traffic"
        self.book.mkdir(parents=True, exist_ok=True)
        self.lock = open(self.book / "lock", "w")
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        self.positions = self.book / "positions.json"
        try:
            self.state = json.loads(self.positions.read_text())
            self.recounting = False
        except FileNotFoundError:
            self.state = {"logs": {}, "days": {}, "unreadable": 0, "seen": "", "began": None}
            # Sums without positions: what the logs still hold is counted anew instead of once more.
            self.recounting = True
        self.days = self.state["days"]

    def day_file(self, day):
        return self.book / f"{day}.json"

    def write_days(self):
        for day, sums in self.days.items():
            over = day < self.state["seen"]
            put(self.day_file(day), {**sums, "day": day, "complete": over, "paths": top(sums["paths"], KEPT_PATHS)})

    def close_days(self):
        """Takes old days from the positions. Their files are on the disk: write_days came first."""
        oldest = day_of(datetime.datetime.fromtimestamp(self.now - OPEN_SECONDS, UTC))
        for day in [day for day in self.days if day < oldest]:
            del self.days[day]

    def sums_of(self, day):
        if day not in self.days:
            file = self.day_file(day)
            if file.exists() and not self.recounting:
                kept = json.loads(file.read_text())
                self.days[day] = {key: kept[key] for key in empty_day()}
            else:
                self.days[day] = empty_day()
        return self.days[day]

    def count(self, entry):
        day, seconds = moment(entry["time"])
        # The oldest log's first day may have lost lines since it was summed.
        if self.recounting and day <= self.state["began"] and self.day_file(day).exists():
            return seconds
        sums = self.sums_of(day)
        agent, path = str(entry.get("agent", "")), str(entry.get("path", ""))
        if PROBE in agent:
            add(sums["leftOut"], entry)
            return seconds
        name = entry.get("presentation")
        add(sums["counts"][name if name in PRESENTATIONS else "other"][client_class(agent, path)], entry)
        add(sums["paths"].setdefault(path[:300], [0, 0, 0]), entry)
        if len(sums["paths"]) > MOST_PATHS:
            sums["paths"] = top(sums["paths"], MOST_PATHS // 2)
        return seconds

    def lines(self, path):
        """Whole lines; what nginx has not ended yet comes with the next run."""
        final = path != self.live and self.now - path.stat().st_mtime > 3600
        with open(path, "rb") as raw:
            left = os.fstat(raw.fileno()).st_size
            packed = path.suffix == ".gz"
            # What is counted must not go from the log by a power cut, or later lines would be taken for it.
            os.fsync(raw.fileno())
            with gzip.open(raw) if packed else raw as file:
                for line in file:
                    left -= len(line)
                    if not packed and left < 0 or not (line.endswith(b"\n") or final):
                        return
                    yield line

    def first(self, path):
        """Day and seconds of the first line that can be read."""
        try:
            return next((moment(entry["time"]) for entry in map(parse, self.lines(path)) if entry), None)
        except DAMAGE:
            return None

    def read_log(self, path):
        known, torn, number = None, 0, 0
        try:
            for number, line in enumerate(self.lines(path), 1):
                if known is not None and number <= known["lines"]:
                    continue
                entry = parse(line)
                if known is None:
                    if entry is None:
                        torn += 1
                        continue
                    known = self.state["logs"].setdefault(fingerprint(entry), {"lines": 0, "newest": 0, "aged": False})
                    if number <= known["lines"]:
                        continue
                    self.state["unreadable"] += torn
                known["lines"] = number
                if entry is None:
                    self.state["unreadable"] += 1
                else:
                    known["newest"] = max(known["newest"], self.count(entry))
        except DAMAGE as error:
            print(f"traffic: {path} is damaged after line {number}: {error}", file=sys.stderr)
        return known

    def read_all(self):
        paths = sorted(path for path in self.logs.glob("access.json*"))
        if self.recounting:
            self.state["began"] = min((found[0] for found in map(self.first, paths) if found), default=self.today)
        found = {path: self.read_log(path) for path in paths}
        self.state["seen"] = self.today
        present = list(map(id, found.values()))
        for key, log in list(self.state["logs"].items()):
            if log["newest"] < self.now - LOG_SECONDS - 30 * DAY and id(log) not in present:
                del self.state["logs"][key]
        return found

    def rotate(self):
        """Begins a new log when the present one has lines of an earlier day. Returns whether there is a log."""
        if not self.live.exists():
            return False
        first = self.first(self.live)
        aside = self.logs / f"access.json-{self.stamp}"
        if first is None or first[0] >= self.today or aside.exists():
            return True
        status = self.live.stat()
        os.rename(self.live, aside)
        # Made here, since nginx would make it readable for everybody.
        descriptor = os.open(self.live, os.O_WRONLY | os.O_CREAT | os.O_EXCL, status.st_mode & 0o640)
        os.fchown(descriptor, status.st_uid, status.st_gid)
        os.close(descriptor)
        try:
            process = int(self.pid.read_text())
            # The number may be another process's since nginx ended.
            if pathlib.Path(f"/proc/{process}/comm").read_text().strip() == "nginx":
                os.kill(process, signal.SIGUSR1)
        except (FileNotFoundError, ProcessLookupError, ValueError):
            pass  # nginx does not run; it opens the log when it starts
        return True

    def shorten(self, path, packed, limit):
        """Writes a log anew, compressed, line for line, without the full addresses of old lines."""
        status = path.stat()
        temporary = self.logs / ".farm-traffic.new"
        with open(temporary, "wb") as raw:
            os.fchown(raw.fileno(), status.st_uid, status.st_gid)
            os.fchmod(raw.fileno(), status.st_mode & 0o777)
            with gzip.GzipFile("", "wb", 6, raw, mtime=0) as file:
                for line in self.lines(path):
                    entry = parse(line)
                    # A torn line may hold an address in any place.
                    old = entry is None or moment(entry["time"])[1] <= limit
                    file.write((aged(entry) if entry else b"{}\n") if old else line)
            raw.flush()
            os.fsync(raw.fileno())
        os.utime(temporary, ns=(status.st_atime_ns, status.st_mtime_ns))
        os.replace(temporary, packed)
        if packed != path:
            path.unlink()
        sync_folder(self.logs)

    def age(self, found):
        """Shortens and deletes. Each log was read to its end before, in this run."""
        limit = self.now - ADDRESS_SECONDS
        for path, log in found.items():
            if path == self.live:
                continue
            newest = log["newest"] if log else path.stat().st_mtime
            # Of a log without one readable line nobody could shorten the addresses.
            if newest <= (self.now - LOG_SECONDS if log else limit):
                path.unlink()
                continue
            first = None if log is None or log["aged"] and path.suffix == ".gz" else self.first(path)
            if first is None or first[1] > limit:
                continue
            packed = path if path.suffix == ".gz" else path.with_name(path.name + ".gz")
            if found.get(packed, log) is not log:
                packed = path.with_name(f"{path.name}-{newest}.gz")
            try:
                self.shorten(path, packed, limit)
                log["aged"] = newest <= limit
            except DAMAGE:
                pass  # read_log has said so; it is deleted when its time comes

    def run(self):
        self.write_days()
        self.close_days()
        watched = self.rotate()
        found = self.read_all()
        # Who looks at the log today has a sum for today, be it zero; a day at which nobody looked has none.
        if watched:
            self.sums_of(self.today)
        put(self.positions, self.state)
        self.write_days()
        self.age(found)
        put(self.positions, self.state)

    def show(self, first, last):
        files = [file for file in sorted(self.book.glob("????-??-??.json")) if first <= file.stem <= last]
        days = [json.loads(file.read_text()) for file in files]
        return {"version": 1, "unreadable": self.state["unreadable"], "days": days}


def main():
    parser = argparse.ArgumentParser(prog="traffic")
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path("/"))
    parser.add_argument("--at", type=datetime.datetime.fromisoformat, default=datetime.datetime.now(UTC))
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run")
    show = commands.add_parser("show")
    for name in ("first", "last"):
        show.add_argument(name, type=lambda text: datetime.date.fromisoformat(text).isoformat())
    args = parser.parse_args()
    traffic = Traffic(args.root, args.at)
    traffic.run()
    if args.command == "show":
        json.dump(traffic.show(args.first, args.last), sys.stdout, sort_keys=True)
        print()


main()

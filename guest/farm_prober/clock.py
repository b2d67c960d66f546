"""The two clocks of a prober: the wall's, which people and NTP may step, and the monotonic one, which nobody can."""

import datetime
import json
import pathlib
import time

UTC = datetime.timezone.utc


def iso(wall_ms):
    """UTC with milliseconds: "2026-11-26T10:00:00.000Z"."""
    seconds, milliseconds = divmod(int(wall_ms), 1000)
    return f"{datetime.datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{milliseconds:03d}Z"


BOOT = pathlib.Path("/proc/sys/kernel/random/boot_id")


class Clock:
    """The machine's clocks, in milliseconds."""

    # How many of the prober's seconds pass in one of the machine's.
    speed = 1.0

    def monotonic(self):
        return time.monotonic() * 1000

    def wall(self):
        return time.time() * 1000

    @property
    def boot(self):
        """Names the beginning that the monotonic clock counts from; None where nobody knows it."""
        try:
            return BOOT.read_text().strip() or None
        except OSError:
            return None


class TrialClock(Clock):
    """
    A clock out of a file, so that a trial can step it and let an hour pass in a minute: {"speed": 20, "stepMs": 0},
    read whenever somebody asks. The speed counts from the start and is not changed later. `start` is the wall's time
    at the beginning, in milliseconds since 1970.
    """

    # Each trial counts from a beginning of its own.
    boot = None

    def __init__(self, path):
        self.path = path
        read = self.read()
        self.speed = float(read.get("speed", 1))
        self.begun = time.monotonic()
        self.start = float(read.get("start", time.time() * 1000))

    def read(self):
        try:
            return json.loads(self.path.read_text())
        except (OSError, ValueError):
            return {}  # it is just being written

    def monotonic(self):
        return (time.monotonic() - self.begun) * 1000 * self.speed

    def wall(self):
        return self.start + self.monotonic() + float(self.read().get("stepMs", 0))

"""The one instance that runs, and how it answers."""

import http.client
import json
import time

from .machine import Failure, put, run

PAGES = {"citizens": "/citizens/", "politicians": "/politicians/logon", "oparl": "/citizens/oparl/system"}


def unit(generation):
    return f"allrisnet@{generation}.service"


class Instance:
    def __init__(self, machine, domain):
        self.machine = machine
        self.domain = domain

    def start(self, generation):
        self.machine.systemctl("start", unit(generation))

    def stop(self, generation):
        self.machine.systemctl("stop", unit(generation))

    def running(self):
        """Generations whose instance runs or tries to."""
        listed = run("systemctl", "list-units", "--no-legend", "--plain", "--state=active,activating,deactivating", "allrisnet@*.service")
        names = [line.split()[0] for line in listed.stdout.splitlines() if line.strip()]
        return sorted(int(name.removeprefix("allrisnet@").removesuffix(".service")) for name in names)

    def close(self):
        """From here on nginx sends visitors the page of the maintenance."""
        put(self.machine.maintenance, "ALLRIS net is being changed\n")

    def open(self):
        self.machine.maintenance.unlink(missing_ok=True)

    def connections(self):
        """How many requests run: connections to the instance's port that are established."""
        port = f":{self.machine.port:04X}"
        count = 0
        for table in ("/proc/net/tcp", "/proc/net/tcp6"):
            try:
                lines = open(table, encoding="ascii").read().splitlines()[1:]
            except FileNotFoundError:
                continue
            rows = (line.split() for line in lines)
            count += sum(1 for row in rows if row[1].endswith(port) and row[3] == "01")
        return count

    def drain(self, story):
        time.sleep(0.2)  # a request that nginx took before the flag was there has reached the instance by now
        deadline = time.monotonic() + self.machine.drain_seconds
        while (left := self.connections()) > 0:
            if time.monotonic() > deadline:
                return story.note(f"{left} requests still ran after {self.machine.drain_seconds} s and were cut off")
            time.sleep(0.1)

    def get(self, path, timeout=15):
        connection = http.client.HTTPConnection("127.0.0.1", self.machine.port, timeout=timeout)
        headers = {"Host": self.domain, "X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.1"}
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read(2_000_000).decode("utf-8", "replace")
        finally:
            connection.close()

    def health(self):
        """What the instance says of itself; raises Failure with the reason when it does not answer well."""
        try:
            status, body = self.get("/internal/health")
            facts = json.loads(body) if status == 200 else None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Failure(f"/internal/health: {error}") from error
        if not isinstance(facts, dict):
            raise Failure(f"/internal/health answers {status}: {body[:200].strip()}")
        return facts

    def is_release(self, release):
        facts = self.health()
        if (facts.get("version"), str(facts.get("build"))) != (release.version, release.build):
            raise Failure(f"/internal/health says {facts.get('version')} ({facts.get('build')}), expected {release.version} ({release.build})")

    def wait(self, generation, release):
        """Until the release answers. One that systemd keeps restarting is not waited for."""
        deadline = time.monotonic() + self.machine.start_seconds
        while True:
            try:
                return self.is_release(release)
            except Failure as failure:
                reason = failure
            shown = run("systemctl", "show", "--property=ActiveState,NRestarts", unit(generation)).stdout
            state = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
            if state.get("ActiveState") in ("failed", "inactive") or int(state.get("NRestarts") or 0) >= 3:
                raise Failure(f"{release.version} does not stay up ({self.last_words(generation)})")
            if time.monotonic() > deadline:
                raise Failure(f"{release.version} does not answer within {self.machine.start_seconds} s: {reason}")
            time.sleep(0.25)

    def last_words(self, generation):
        words = run("journalctl", "--quiet", "--no-pager", "--output=cat", "--lines=3", "--unit", unit(generation)).stdout
        return " / ".join(line.strip()[:200] for line in words.splitlines()) or "its journal is empty"

    def check_pages(self, release, pages):
        mark = f"Version {release.version} ({release.build})"
        for name in pages:
            path = PAGES[name]
            try:
                status, body = self.get(path)
            except (OSError, http.client.HTTPException) as error:
                raise Failure(f"{path}: {error}") from error
            if status != 200:
                raise Failure(f"{path} answers {status}")
            if name == "oparl":
                check_oparl(path, body)
            elif mark not in body:
                raise Failure(f"{path} does not say {mark!r}")

    def check(self, release, pages):
        """Several rounds, since a release may break some seconds after its start."""
        started = time.monotonic()
        for second in self.machine.rounds:
            time.sleep(max(0, started + second - time.monotonic()))
            try:
                self.is_release(release)
                self.check_pages(release, pages)
            except Failure as failure:
                raise Failure(f"{round(time.monotonic() - started)} s after {release.version} answered first: {failure}") from failure


def check_oparl(path, body):
    try:
        system = json.loads(body)
    except ValueError as error:
        raise Failure(f"{path} is no JSON: {error}") from error
    kind = system.get("type", "") if isinstance(system, dict) else ""
    if not kind.startswith("https://schema.oparl.org/1.1/System"):
        raise Failure(f"{path} is no OParl 1.1 system, its type is {kind!r}")

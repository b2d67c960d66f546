"""The prober itself: asks every target at its time, and keeps the log."""

import asyncio
import concurrent.futures
import json
import logging
import os
import signal
import sys

from . import ask
from .heads import Heads
from .watch import Order, spread

TICK_MS = 1000
ALIVE_MS = 60_000
# An adjustment that NTP makes by slewing is far below it within a minute.
STEP_MS = 2000
# Later than that and the prober itself was held up: no site is blamed for what failed meanwhile.
STALL_MS = 2000


class Prober:
    """Runs until it is told to stop. Whatever a site, a disk or a clock does, it goes on."""

    def __init__(self, clock, log, settings, load, state=None):
        """`load` reads settings and targets anew; `state` is the file that says what it works with."""
        self.clock = clock
        self.log = log
        self.load = load
        self.state = state
        self.stopping = asyncio.Event()
        self.reloading = False
        self.tasks = []
        # How often it was held up, and how long at most since its start.
        self.stalls = 0
        self.held = 0
        self.stall_ms = STALL_MS * max(1, clock.speed)
        # Its own, since names that are looked up occupy the common one: a lame resolver must not hold up the log.
        self.disk = concurrent.futures.ThreadPoolExecutor(1)
        self.heads = None
        # It tells of each connection that breaks off, and the log has all of that.
        logging.getLogger("asyncio").setLevel(logging.CRITICAL)
        self.use(*settings)

    def use(self, settings, sites, mark):
        self.settings = settings
        self.mark = mark
        self.interval = settings.get("intervalSec", 15) * 1000
        self.timeout = settings.get("timeoutSec", 10)
        self.witness_ms = settings.get("witnessSec", 300) * 1000
        self.blind, self.strict = ask.contexts(settings.get("caFile"))
        self.watched = spread(sites, self.interval)
        if self.heads is not None:
            self.heads.close()
        self.heads = Heads(settings, self.log)

    async def sleep(self, milliseconds):
        await asyncio.sleep(max(milliseconds, 0) / 1000 / self.clock.speed)

    async def run(self):
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self.stopping.set)
        loop.add_signal_handler(signal.SIGINT, self.stopping.set)
        loop.add_signal_handler(signal.SIGHUP, lambda: setattr(self, "reloading", True))
        self.begin()
        guard = asyncio.ensure_future(self.guard())
        while not self.stopping.is_set():
            await self.sleep(TICK_MS)
            try:
                await self.tick()
            except Exception as error:  # the log goes on, whatever it was
                print(f"prober: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        guard.cancel()
        now = self.clock.monotonic()
        self.check_clock(now)
        self.close(now)
        self.end()
        self.heads.close()
        self.add(self.clock.monotonic(), "stop", {})
        self.hand_over()
        self.log.write()

    def begin(self):
        """A start: nothing is known of anybody. The first question of each target comes within one interval."""
        self.order = Order()
        self.held = 0
        now, wall = self.clock.monotonic(), self.clock.wall()
        self.offset = wall - now
        self.alive_at = self.witness_at = self.stepped_at = now
        targets = [{**each.names, "decides": bool(each.target.get("decides"))} for each in self.watched]
        self.settled = False
        boot = self.clock.boot
        facts = {"intervalSec": self.settings.get("intervalSec", 15), **({"boot": boot} if boot else {})}
        self.order.add(now, wall, "start", {**facts, "targets": targets})
        for each in self.watched:
            each.ok, each.run = None, 0
            each.answered.clear()
        asked = [each for each in self.watched if each.page is None]
        self.tasks = [asyncio.ensure_future(self.follow(each, now, self.order)) for each in asked]

    def end(self):
        for task in self.tasks:
            task.cancel()
        self.order.close()

    def add(self, at, kind, facts):
        self.order.add(at, self.clock.wall(), kind, facts)

    async def follow(self, each, begun, order):
        """Asks one target once an interval, always at its own phase, as long as the prober has this order."""
        due = begun + each.phase
        # A task whose answer comes at the same moment does not notice that it was cancelled.
        while order is self.order and not self.stopping.is_set():
            await self.sleep(due - self.clock.monotonic())
            await self.question(each)
            now = self.clock.monotonic()
            due += self.interval * max(1, -(-(now - due) // self.interval))

    async def question(self, each):
        at, wall, stalls = self.clock.monotonic(), self.clock.wall(), self.stalls
        order = self.order
        token = order.ask(at)
        body = reason = None
        try:
            body = await asyncio.wait_for(self.put(each), self.timeout / self.clock.speed)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            reason = ask.reason_of(error)
        if order is not self.order:
            return  # there was a new start meanwhile
        order.answered(token)
        late = self.clock.monotonic() - at > self.timeout * 1000 + self.stall_ms
        if reason is not None and (late or stalls != self.stalls):
            return  # it counts as not asked
        self.note(each, at, wall, reason)
        for other in each.readers:
            self.note(other, at, wall, reason or ask.version(other.target, body))

    def note(self, each, at, wall, reason):
        each.answered.append(at)
        facts = each.judge(reason is None, reason)
        if facts is not None:
            self.order.add(at, wall, "probe", facts)

    async def put(self, each):
        """Asks; what a page says comes back."""
        site, target = each.site, each.target
        name = target["target"]
        if name == "tls":
            return await ask.tls(site, self.strict)
        if name == "dns":
            return await ask.dns(site, target)
        if name == "oparl":
            return await ask.oparl(site, target, self.blind)
        # From outside the farm a visitor's browser looks at the certificate.
        return await ask.page(site, target, self.strict if name == "outside" else self.blind)

    async def guard(self):
        """Notices when it is held up itself. A slow disk does not hold it up: lines wait, questions go on."""
        while True:
            before = self.clock.monotonic()
            await self.sleep(TICK_MS)
            late = self.clock.monotonic() - before - TICK_MS
            if late > self.stall_ms:
                self.stalls += 1
                self.held = max(self.held, late)

    async def tick(self):
        now = self.clock.monotonic()
        self.check_clock(now)
        if self.reloading:
            self.reload()
        elif self.doubtful:
            self.restart()
        if now - self.alive_at >= ALIVE_MS:
            self.alive(now)
        await self.heads.serve()
        if now - self.witness_at >= self.witness_ms:
            self.witness_at = now
            for peer in self.heads.peers:
                asyncio.ensure_future(self.witness(peer))
        self.hand_over()
        # In a thread: a disk that is slow must not look like sites that do not answer.
        await asyncio.get_running_loop().run_in_executor(self.disk, self.log.write)
        self.tell()

    @property
    def doubtful(self):
        """Nobody was asked for so long that nothing is known any more; or lines were lost to a full disk."""
        return self.held > max(self.interval, self.stall_ms) or self.log.lost

    def check_clock(self, now):
        """The wall clock against the monotonic one, since the last `alive` or step."""
        offset = self.clock.wall() - self.clock.monotonic()
        step = offset - self.offset
        if abs(step) > STEP_MS:
            self.offset, self.stepped_at = offset, now
            self.add(now, "clock", {"stepMs": round(step)})

    def alive(self, now):
        self.alive_at += ALIVE_MS * ((now - self.alive_at) // ALIVE_MS)
        self.offset = self.clock.wall() - self.clock.monotonic()
        self.add_alive(now, now)

    def close(self, now):
        """The last sign of life before an end: it proves the time up to the oldest question without an answer."""
        at = self.order.oldest(now)
        # What the wall clock was before a step is not known any more.
        if not self.doubtful and at > self.stepped_at:
            self.add_alive(now, at)

    def add_alive(self, now, at):
        watched = self.watched

        def facts():
            rounds = []
            for each in watched:
                asked = 0
                while each.answered and each.answered[0] < at:
                    each.answered.popleft()
                    asked += 1
                rounds.append(asked)
            return {"rounds": min(rounds, default=0), "monotonicMs": int(at)}

        self.order.add(at, self.clock.wall() - (now - at), "alive", facts)

    async def witness(self, peer):
        order = self.order
        facts = await self.heads.see(peer)
        if facts is not None and order is self.order:
            self.add(self.clock.monotonic(), "witness", facts)

    def reload(self):
        self.reloading = False
        try:
            read = self.load()
        except Exception as error:  # the old targets are better than none
            print(f"prober: the targets cannot be used, the old ones stay: {error}", file=sys.stderr, flush=True)
            return
        if read[2] == self.mark:
            return
        self.close(self.clock.monotonic())
        self.restart(read)

    def restart(self, read=None):
        """What is known up to here goes into the log; then a new start."""
        self.end()
        if self.log.lost:
            self.log.lost = False
        else:
            self.hand_over()
        if read is not None:
            self.use(*read)
        self.begin()

    def hand_over(self):
        for wall_ms, kind, facts in self.order.ripe():
            self.log.add(wall_ms, kind, facts)

    def tell(self):
        """Says which targets are asked and whether each has been asked, for whoever rolls them out."""
        settled = all(each.run > 0 for each in self.watched)
        if self.state is None or settled == self.settled:
            return
        self.settled = settled
        said = {"pid": os.getpid(), "mark": self.mark, "targets": len(self.watched), "settled": settled}
        try:
            temporary = self.state.with_name(f".{self.state.name}.new")
            temporary.write_text(json.dumps(said) + "\n")
            os.replace(temporary, self.state)
        except OSError as error:
            print(f"prober: {self.state}: {error}", file=sys.stderr, flush=True)

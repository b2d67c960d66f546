"""What is known of the targets, and the lines that follow from it."""

import collections
import heapq
import itertools


class Watched:
    """One target of one administration."""

    def __init__(self, site, target, phase):
        self.site = site
        self.target = target
        # Milliseconds into the interval at which it is asked.
        self.phase = phase
        self.ok = None
        self.run = 0
        # The target whose page it is read from, and those that are read from its page: a version costs no visit.
        self.page = None
        self.readers = []
        # When it was asked since the last `alive`, by the monotonic clock; only questions that have their answer.
        self.answered = collections.deque()

    @property
    def names(self):
        return {"tenant": self.site["tenant"], "target": self.target["target"]}

    def judge(self, ok, reason):
        """The line that an answer gives, or None: the first one, each change, the failure that confirms a failure."""
        self.run = self.run + 1 if ok == self.ok else 1
        self.ok = ok
        if self.run > (1 if ok else 2):
            return None
        return {**self.names, "ok": ok, "run": self.run, **({"reason": reason} if reason else {})}


def spread(sites, interval_ms):
    """All targets of all sites, their phases even over the interval, and those of one site far from each other."""
    ranks = collections.defaultdict(list)
    for site in sites:
        for rank, target in enumerate(target for target in site["targets"] if target["target"] != "version"):
            ranks[rank].append((site, target))
    ordered = [each for rank in sorted(ranks) for each in ranks[rank]]
    watched = [Watched(site, target, interval_ms * at / len(ordered)) for at, (site, target) in enumerate(ordered)]
    pages = {}
    for each in watched:
        if each.target["target"] in ("citizens", "politicians"):
            pages.setdefault(each.site["tenant"], each)
    for site in sites:
        page = pages.get(site["tenant"])
        for target in site["targets"]:
            if target["target"] == "version" and page is not None:
                reader = Watched(site, target, page.phase)
                reader.page = page
                page.readers.append(reader)
                watched.append(reader)
    return watched


class Order:
    """
    Holds lines back until all that was asked before them has its answer, so that the log is in the order of time. One
    order for one start: what a start leaves open is forgotten.
    """

    def __init__(self):
        self.count = itertools.count()
        self.events = []
        self.open = {}

    def ask(self, at):
        token = next(self.count)
        self.open[token] = at
        return token

    def answered(self, token):
        self.open.pop(token, None)

    def add(self, at, wall_ms, kind, facts):
        """`facts` may be something to be called when the line's turn comes."""
        heapq.heappush(self.events, (at, next(self.count), wall_ms, kind, facts))

    def oldest(self, default):
        """When the oldest question without an answer was put."""
        return min(self.open.values(), default=default)

    def close(self):
        """Gives up what has no answer yet. A sign of life that waits for it would prove what nobody knows."""
        limit = self.oldest(float("inf"))
        self.events = [event for event in self.events if event[3] != "alive" or event[0] <= limit]
        heapq.heapify(self.events)
        self.open.clear()

    def ripe(self):
        """The lines whose turn has come."""
        limit = self.oldest(float("inf"))
        while self.events and self.events[0][0] < limit:
            _, _, wall_ms, kind, facts = heapq.heappop(self.events)
            yield wall_ms, kind, facts() if callable(facts) else facts

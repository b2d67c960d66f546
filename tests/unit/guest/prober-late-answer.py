"""A question whose answer comes at the very moment of a new start: says in JSON what the prober knows and asks after it."""

import asyncio
import json
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])

from farm_prober.clock import Clock  # noqa: E402
from farm_prober.prober import Prober  # noqa: E402


class Lines:
    """The log's side that the prober hands lines to."""

    lost = False
    prober = "rand-1"
    head = (-1, "0" * 64)

    def __init__(self):
        self.lines = []

    def add(self, _wall, kind, facts):
        self.lines.append({"kind": kind, **facts})


def given(mark):
    targets = [{"target": "citizens", "decides": True, "path": "/"}]
    return {"prober": "rand-1"}, [{"tenant": mark, "domain": f"{mark}.example", "targets": targets}], mark


async def trial():
    log = Lines()
    prober = Prober(Clock(), log, given("old"), lambda: given("new"))
    asked, answers = [], []

    def put(each):
        asked.append(each.site["tenant"])
        answers.append(asyncio.get_running_loop().create_future())
        return answers[-1]

    prober.put = put
    prober.begin()
    while not answers:
        await asyncio.sleep(0)
    # The answer is there, and whoever waits for it has not been told yet.
    answers[0].set_result(b"")
    await asyncio.sleep(0)
    old = list(prober.tasks)
    prober.reload()
    for _ in range(10):
        await asyncio.sleep(0)
    prober.hand_over()
    left = [task for task in old if not task.done()]
    prober.end()
    for task in left:
        task.cancel()
    return {
        "asked": asked,
        "left": len(left),
        "kinds": [line["kind"] for line in log.lines],
        "probed": [line["tenant"] for line in log.lines if line["kind"] == "probe"],
    }


print(json.dumps(asyncio.run(trial())))

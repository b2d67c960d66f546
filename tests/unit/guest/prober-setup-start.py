"""What the installer of a prober tells systemd, case by case, in JSON: {case: [commands]}. Nothing of the machine is touched."""

import importlib.util
import json
import pathlib
import subprocess
import sys
import types

sys.dont_write_bytecode = True
spec = importlib.util.spec_from_file_location("setup", sys.argv[1])
setup = importlib.util.module_from_spec(spec)
spec.loader.exec_module(setup)

said = []
setup.run = lambda *words: said.append(" ".join(words[1:2]))
setup.wait_for_turn = lambda _turn: said.append("turn")
active = 0
setup.subprocess = types.SimpleNamespace(run=lambda *_a, **_k: subprocess.CompletedProcess((), active))

root = pathlib.Path(sys.argv[2])
files = setup.bundle()["files"]


def tell(changed, unfinished=False):
    said.clear()
    setup.start(changed, unfinished)
    return list(said)


result = {
    "nothing": tell([]),
    "targets": tell(["/etc/farm-prober/targets.json"]),
    "authorities": tell(["/etc/farm-prober/authorities.pem"]),
    "program": tell(["/usr/local/lib/farm-prober/prober.py"]),
    "unit": tell(["/etc/systemd/system/farm-prober.service"]),
}
# A run that is killed between the files and the start, and the one after it.
first = setup.place(root, files)
second = setup.place(root, files)
result["killed"] = {"first": first[1], "changed": second[0], "told": tell(*second)}
active = 3
result["stopped"] = tell([])
print(json.dumps(result))

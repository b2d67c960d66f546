"""Runs the release program on a folder instead of a machine: root, port and verb as arguments."""

import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[4] / "guest"))

from farm_release.machine import Machine  # noqa: E402
from farm_release.verbs import main  # noqa: E402

root, port, *arguments = sys.argv[1:]
machine = Machine(root)
machine.program = f"{root}/bin/release"
machine.port = int(port)
machine.as_postgres = machine.as_application = ()
machine.owner = None
machine.start_seconds = 10
machine.drain_seconds = 2
machine.rounds = (0, 0.2, 0.45)
machine.lock_seconds = 0.5
machine.margin = 0
sys.exit(main(machine, arguments))

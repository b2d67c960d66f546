"""Runs the backup program on a folder instead of a machine: root, port and verb as arguments."""

import os
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[4] / "guest"))

from farm_backup.machine import BackupMachine  # noqa: E402
from farm_backup.verbs import main  # noqa: E402

root, port, *arguments = sys.argv[1:]
machine = BackupMachine(root)
machine.program = f"{root}/bin/backup"
machine.port = int(port)
machine.as_postgres = machine.as_application = ()
# Owners are tried where the tests may give files away.
machine.owner = "root" if os.getuid() == 0 else None
machine.start_seconds = 10
machine.drain_seconds = 2
machine.rounds = (0, 0.2, 0.45)
machine.lock_seconds = machine.wait_seconds = 0.5
machine.margin = int(os.environ.get("SCRATCH_MARGIN", "0"))
machine.reread_days = int(os.environ.get("SCRATCH_REREAD", machine.reread_days))
sys.exit(main(machine, arguments))

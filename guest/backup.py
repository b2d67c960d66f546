#!/usr/bin/python3 -I
"""What a backup of this machine is to hold, written so that it fits together, and single parts brought back from it.

backup state                      writes the state now; the timer does it 30 minutes before the backup
backup show                       the newest state: its age, its release, and how the ones before went
backup verify [--folder F]        recomputes every checksum of the newest state, or of the one in a folder
backup self-check                 the application answers, the state verifies, its dump can be read back
backup export --files PATH        a file or folder of the application, from the newest state, as tar on standard output
backup export --database          the dump of the newest state, likewise
backup import --files|--database  puts back what such a stream on standard input holds, and only that
backup undo ID                    takes an import back
backup clean                      removes what was kept aside for 72 hours, and what a cut left half made

Prints one object of JSON (an export: on standard error). Exit codes: 0 done, 1 failed and nothing changed or
everything taken back, 2 failed and could not be taken back, 75 something else is busy (EX_TEMPFAIL).
"""

import pathlib
import sys

# -I keeps Python off the caller's modules, and off the program's own folder with them.
sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from farm_backup.machine import BackupMachine  # noqa: E402
from farm_backup.verbs import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(BackupMachine(), sys.argv[1:]))

#!/usr/bin/python3 -I
"""ALLRIS net on its machine: installing, updating and going back, each completely or not at all.

release install    the first release of this machine          (request as JSON on standard input)
release update     another release, beside the one that runs  (request as JSON on standard input)
release back       the generation before the current one      (the same, or nothing)
release status     what is installed, what runs, how it answers
release start      start what `current` names (at boot)
release recover    put away what a power cut left half made (at boot, before `start`)
release clean      remove generations and releases that are older than 72 hours and not current
release begin ID VERB    the same as VERB, but as a service that outlives the connection
release follow ID LINE   the steps of such a run from a line on, until it has a result

Prints one object of JSON. Exit codes: 0 done, 1 failed and nothing changed or everything taken back,
2 failed and could not be taken back, 75 another run is busy (EX_TEMPFAIL).
"""

import pathlib
import sys

# -I keeps Python off the caller's modules, and off the program's own folder with them.
sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from farm_release.machine import Machine  # noqa: E402
from farm_release.verbs import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(Machine(), sys.argv[1:]))

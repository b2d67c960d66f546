#!/usr/bin/python3 -I
"""The packages of a machine: brought to fixed versions, or back to what they were.

patch status          what is installed, which services use it            (request as JSON on standard input)
patch check            whether packages, services and the site are well
patch begin ID        brings packages to versions, as a service that outlives the connection (request likewise)
patch follow ID LINE  the steps of such a run from a line on, until it has a result
patch run ID          what the service does; it takes up a run that a cut or a restart left

The operator's machine brings the program with every call, so there is one version of it: the newest.
Prints one object of JSON a line. How a run ended stands in its `outcome`.
"""

import pathlib
import sys

# -I keeps Python off the caller's modules, and off the program's own folder with them.
sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from farm_patch.machine import PatchMachine  # noqa: E402
from farm_patch.verbs import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(PatchMachine(), sys.argv[1:]))

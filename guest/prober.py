#!/usr/bin/python3 -I
"""Asks sites whether they answer, and writes down what becomes of it: the raw log of the service level.

prober run     until SIGTERM; SIGHUP reads the settings and targets anew
prober check   reads settings and targets and says whether they can be used
prober mark    what settings and targets are told by, in 16 characters
prober head    the end of the log: number and hash of its last line

  --settings FILE   /etc/farm-prober/settings.json
  --targets FILE    /etc/farm-prober/targets.json
  --log FOLDER      /var/lib/farm-prober, a file a day
  --state FILE      where it says what it works with. Default: nowhere
  --clock-file FILE another clock than the machine's, for trials: see farm_prober/clock.py

Needs Python's standard library alone and stands apart from everything that it watches. Exit codes: 0 done,
1 the settings cannot be used, 75 another one writes to the same log (EX_TEMPFAIL).
"""

import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from farm_prober.main import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

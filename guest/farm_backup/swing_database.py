"""A database put back: two renames in one transaction."""

import time

from farm_release.database import Database, name_of
from farm_release.generation import Generations
from farm_release.machine import Failure

from .snapshot import referenced, terminate


class DatabaseSwing:
    """`incoming` is complete before; what was the site's is kept as `allrisnet_<generation>_old_<run>`."""

    def __init__(self, machine, run):
        self.machine, self.run = machine, run
        self.request = run.request()
        self.database = Database(machine)
        self.live = name_of(self.request["generation"])
        self.incoming = self.request["incoming"]
        self.old = f"{self.live}_old_{run.name}"

    def needs_stop(self):
        return True

    def swing(self):
        self.rename((self.live, self.old), (self.incoming, self.live))

    def swung(self):
        return not self.exists(self.incoming) and self.exists(self.old)

    def swing_back(self):
        self.rename((self.live, self.incoming), (self.old, self.live))

    def rename(self, *pairs):
        """All of them or none; whoever is still connected would keep a database from it."""
        statements = "".join(f"ALTER DATABASE {before} RENAME TO {after};\n" for before, after in pairs)
        for attempt in range(5):
            terminate(self.database, *(before for before, _ in pairs))
            try:
                return self.database.admin(f"BEGIN;\n{statements}COMMIT;\n")
            except Failure:
                if attempt == 4:
                    raise
                time.sleep(0.5)

    def exists(self, name):
        return bool(self.database.admin(f"SELECT 1 FROM pg_database WHERE datname = '{name}';"))

    def facts(self):
        """Files that the rows name now and the site has not: those are to be put back as well."""
        generations = Generations(self.machine)
        current = generations.current()
        names = referenced(self.database, self.live, self.machine.releases / current.release)
        files = generations.folder(current.generation) / "files"
        missing = None if names is None else [name for name in names if not (files / name).is_file()]
        return {"migrated": self.request.get("migrated", []), "dangling": None if missing is None else len(missing),
                "danglingNames": None if missing is None else missing[:20]}

"""One instant of the application's database, for everybody who asks during its life."""

import os
import subprocess
import time

from farm_release.database import Database, name_of
from farm_release.machine import Failure, run

from .copying import copy

TABLES = """SELECT format('SELECT %L, count(*) FROM %I.%I', schemaname || '.' || tablename, schemaname, tablename)
FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1 \\gexec
"""


class Snapshot:
    """
    A transaction that stays open: the dump, the count of rows and the list of files all see what it sees (PostgreSQL,
    "snapshot synchronization functions").
    """

    def __init__(self, machine, generation):
        self.machine = machine
        self.database = Database(machine)
        self.name = name_of(generation)

    def __enter__(self):
        command = [*self.machine.as_postgres, "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", self.name]
        self.session = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd="/")
        self.session.stdin.write("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;\nSELECT pg_export_snapshot();\n")
        self.session.stdin.flush()
        self.id = self.session.stdout.readline().strip()
        self.instant = time.time_ns()
        if not self.id:
            raise Failure(f"the database refuses: {self.session.communicate()[1].strip()}")
        return self

    def __exit__(self, *_):
        self.session.stdin.close()
        self.session.wait()
        self.session.stdout.close()
        self.session.stderr.close()

    def dump(self, path, room):
        """The whole database in PostgreSQL's own format. Returns SHA-256 and size."""
        command = [*self.machine.as_postgres, "pg_dump", "--format=custom", f"--snapshot={self.id}", "--dbname", self.name]
        with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as target:
            dumping = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/")
            try:
                facts = copy(dumping.stdout.read, target, room)
            except BaseException:
                dumping.kill()
                raise
            finally:
                words = dumping.communicate()[1].decode("utf-8", "replace").strip()
        if dumping.returncode != 0:
            raise Failure(f"pg_dump: {words}")
        return facts

    def rows(self):
        """Rows of each table."""
        lines = self.database.admin(f"{self.join()}{TABLES}", self.name)
        return {table: int(count) for table, _, count in (line.rpartition("|") for line in lines)}

    def bytes(self):
        return int(self.database.admin(f"SELECT pg_database_size('{self.name}');")[0])

    def references(self, release):
        """Files that rows name, by the question that the release brings for it; None when it brings none."""
        return referenced(self.database, self.name, release, self.join())

    def join(self):
        return f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;\nSET TRANSACTION SNAPSHOT '{self.id}';\n"


def referenced(database, name, release, begin=""):
    """
    Paths below the application's files that its rows name. Only the release knows its tables: `references.sql` lies
    beside its migrations, and gives a path a row.
    """
    question = release / "WEB-INF" / "references.sql"
    if not question.exists():
        return None
    return sorted({line for line in database.application(name, begin + question.read_text(encoding="utf-8")) if line})


def restore(database, name, dump):
    """Reads a dump into an empty database, as the application's own role: it can do no more than the release."""
    command = [*database.machine.as_application, "pg_restore", "--exit-on-error", "--no-owner", "--no-privileges",
               "--host=127.0.0.1", "--username=allrisnet", "--dbname", name]
    environment = {**os.environ, "PGPASSWORD": database.password_file.read_text().strip()}
    with open(dump, "rb") as file:
        done = subprocess.run(command, stdin=file, capture_output=True, env=environment, cwd="/")
    if done.returncode != 0:
        # Its first line says what failed; the next ones may show rows.
        words = done.stderr.decode("utf-8", "replace").strip().split("\n")[0]
        raise Failure(f"the dump cannot be read into a database: {words}")


def terminate(database, *names):
    """Ends connections that would keep databases from being renamed or copied."""
    listed = ", ".join(f"'{name}'" for name in names)
    database.admin(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN ({listed}) AND pid <> pg_backend_pid();")


def is_readable(dump):
    """Whether PostgreSQL takes it for a dump at all."""
    return run("pg_restore", "--list", str(dump)).returncode == 0

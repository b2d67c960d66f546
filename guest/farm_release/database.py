"""The application's databases: one a generation, all of the role `allrisnet`."""

import base64
import hashlib
import hmac
import re
import secrets
import time

from .machine import Failure, must, put, run

ROLE = "allrisnet"


def name_of(generation):
    return f"allrisnet_{generation}"


def scram(password):
    """What PostgreSQL keeps of a password (RFC 5803): the password itself is in no statement and no log."""
    salt, rounds = secrets.token_bytes(16), 4096
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds)
    key = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    text = [base64.b64encode(part).decode() for part in (salt, key, server)]
    return f"SCRAM-SHA-256${rounds}:{text[0]}${text[1]}:{text[2]}"


class Database:
    def __init__(self, machine):
        self.machine = machine
        self.password_file = machine.parameters / "database.password"

    def admin(self, sql, database="postgres"):
        command = [*self.machine.as_postgres, "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database]
        result = run(*command, stdin=sql)
        if result.returncode != 0:
            raise Failure(f"the database refuses: {result.stderr.strip()}")
        return result.stdout.split("\n")[:-1]

    def application(self, database, sql):
        """As the application's own role and user, so that a release's script can do no more than the release."""
        command = [*self.machine.as_application, "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1",
                   "-h", "127.0.0.1", "-U", ROLE, "-d", database]
        result = run(*command, stdin=sql, env={"PGPASSWORD": self.password_file.read_text().strip()})
        if result.returncode != 0:
            raise Failure(result.stderr.strip())
        return result.stdout.split("\n")[:-1]

    def ensure_role(self):
        """The role and its password, which is made here and never leaves the machine."""
        if not self.password_file.exists():
            put(self.password_file, secrets.token_urlsafe(32) + "\n", 0o640, self.machine.owner)
        password = scram(self.password_file.read_text().strip())
        verb = "ALTER" if self.admin(f"SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}';") else "CREATE"
        self.admin(f"{verb} ROLE {ROLE} LOGIN PASSWORD '{password}';")

    def all(self):
        """Generations that have a database."""
        names = self.admin("SELECT datname FROM pg_database;")
        return sorted(int(name[10:]) for name in names if re.fullmatch(r"allrisnet_\d+", name))

    def size(self, generation):
        return int(self.admin(f"SELECT pg_database_size('{name_of(generation)}');")[0])

    def create(self, generation, template=None):
        """An empty database, or the copy of another generation's."""
        source = "template0" if template is None else name_of(template)
        statement = f"CREATE DATABASE {name_of(generation)} OWNER {ROLE} TEMPLATE {source}"
        if template is None:
            self.admin(f"{statement} ENCODING 'UTF8';")
            return
        # Whoever is still connected, a dump for example, would keep the copy from being made.
        for attempt in range(5):
            self.admin(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{source}';")
            try:
                return self.admin(f"{statement};")
            except Failure:
                if attempt == 4:
                    raise
                time.sleep(0.5)

    def drop(self, generation):
        self.admin(f"DROP DATABASE IF EXISTS {name_of(generation)} WITH (FORCE);")

    def migrate(self, generation, folder):
        return self.migrate_named(name_of(generation), folder)

    def migrate_named(self, name, folder):
        """Runs the scripts that this database has not seen, all of them or none. Returns their names."""
        self.application(name, """SET client_min_messages = warning;
CREATE TABLE IF NOT EXISTS farm_migrations (name text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());""")
        done = set(self.application(name, "SELECT name FROM farm_migrations;"))
        files = [file for file in sorted(folder.glob("*.sql")) if file.stem not in done]
        strange = [file.name for file in files if not re.fullmatch(r"\d{3}-[a-z0-9-]+", file.stem)]
        if strange:
            raise Failure(f"migrations are named NNN-<name>.sql, not {', '.join(strange)}")
        script = ["\\set ON_ERROR_STOP on", "SET client_min_messages = warning;", "BEGIN;"]
        for file in files:
            script += [file.read_text(encoding="utf-8"), f";INSERT INTO farm_migrations (name) VALUES ('{file.stem}');"]
        self.application(name, "\n".join([*script, "COMMIT;"]) + "\n")
        return [file.stem for file in files]


def ensure_running():
    must("systemctl", "start", "postgresql.service")
